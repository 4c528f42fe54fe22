//! Operations whose instructions scripts/instructions.py counts: times depend on
//! the machine and what else runs on it, instruction counts hardly do.
//!
//! Prints the names of the operations; with a name and a number, performs that
//! operation that number of times.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

mod support;

use std::hint::black_box;

use hgtop::app::{Column, Message, Sort, update};
use hgtop::hotglue::Job;
use support::{Screen, answer, compared, model, now, one_change, press, resize, rollout};

/// A name, and what it performs a number of times.
type Operation = (&'static str, fn(u32));

const OPERATIONS: [Operation; 9] = [
    ("frame_80x24", |count| frames(80, 24, None, count)),
    ("frame_200x60", |count| frames(200, 60, None, count)),
    ("frame_of_the_matrix", |count| {
        frames(200, 60, Some('M'), count);
    }),
    ("frame_of_the_pulse", |count| {
        frames(200, 60, Some('P'), count);
    }),
    ("frame_of_the_comparison", frames_of_the_comparison),
    ("apply_one_update", updates),
    ("decode_an_answer", decodes),
    ("sort_by_message", sorts),
    ("forecast", forecasts),
];

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [name, count] = &arguments[..] {
        let operation = OPERATIONS.iter().find(|(known, _)| known == name);
        let (_, operation) = operation.unwrap();
        operation(count.parse().unwrap());
        return;
    }
    for (name, _) in OPERATIONS {
        println!("{name}");
    }
}

fn frames(width: u16, height: u16, key: Option<char>, count: u32) {
    let mut model = model(500);
    resize(&mut model, width, height);
    if let Some(key) = key {
        press(&mut model, crossterm::event::KeyCode::Char(key));
    }
    let mut screen = Screen::new(width, height);
    for _ in 0..count {
        screen.draw(&model);
    }
}

fn frames_of_the_comparison(count: u32) {
    let model = compared(60);
    let mut screen = Screen::new(200, 60);
    for _ in 0..count {
        screen.draw(&model);
    }
}

fn updates(count: u32) {
    let jobs = 500;
    let mut model = model(jobs);
    // The same preparation whatever the count, so that it cancels out.
    let batches = (1..=100_u32).map(|turn| one_change(turn * 7_919, jobs));
    let batches: Vec<_> = batches.collect();
    for batch in batches.into_iter().take(count as usize) {
        update(&mut model, now(), Message::Watched(batch));
    }
}

fn decodes(count: u32) {
    let body = answer(7, "ETL_FAILED");
    for _ in 0..count {
        black_box(Job::decode(black_box(&body)).unwrap());
    }
}

fn sorts(count: u32) {
    let mut model = model(2_000);
    for turn in 0..count {
        model.jobs.set_sort(Sort {
            column: Some(Column::Message),
            reversed: turn % 2 == 0,
        });
    }
}

fn forecasts(count: u32) {
    let rollout = rollout(200);
    for _ in 0..count {
        black_box(rollout.forecast(now()).unwrap());
    }
}
