//! Benchmarks of what must stay fast: drawing a frame, applying updates, decoding
//! responses, scheduling. Run with `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

#[expect(dead_code, reason = "other benchmarks use the rest")]
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crossterm::event::KeyCode;
use divan::Bencher;
use hgtop::app::{Column, Message, Sort, Typing, update};
use hgtop::config::{self, Overrides};
use hgtop::hotglue::Job;
use hgtop::watch::{Batch, JobId, Limits, PollOutcome, PollRequest, Schedule};
use support::{Screen, answer, model, now, one_change, press, resize, snapshot, source};
use tokio::time::Instant;

fn main() {
    divan::main();
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_200x60(bencher: Bencher, jobs: u32) {
    let model = model(jobs);
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_80x24(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    resize(&mut model, 80, 24);
    let mut screen = Screen::new(80, 24);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_filtered(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let filter = "status:failed tenant-1 elapsed>1s";
    model.jobs.set_filter(filter, Typing::Finished).unwrap();
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_grouped(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('b'));
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_of_the_matrix(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('M'));
    let mut screen = Screen::new(200, 60);
    bencher.bench_local(|| screen.draw(&model));
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn apply_one_update(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let mut turn = 0_u32;
    bencher
        .with_inputs(|| {
            turn = turn.wrapping_add(7_919);
            one_change(turn, jobs)
        })
        .bench_local_values(|batch| update(&mut model, now(), Message::Watched(batch)));
}

#[divan::bench(args = [10_000])]
fn apply_an_update_of_every_job(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    bencher
        .with_inputs(|| {
            let mut batch = Batch::default();
            for number in 0..jobs {
                batch
                    .snapshots
                    .insert(JobId(number), snapshot(number, "SYNC_STARTED"));
            }
            batch
        })
        .bench_local_values(|batch| update(&mut model, now(), Message::Watched(batch)));
}

const COLUMNS: [Column; 6] = [
    Column::Status,
    Column::Updated,
    Column::Elapsed,
    Column::Name,
    Column::Tap,
    Column::Message,
];

#[divan::bench(args = COLUMNS)]
fn sort_10_000_by(bencher: Bencher, column: Column) {
    sort_by(bencher, 10_000, column);
}

#[divan::bench(args = COLUMNS)]
fn sort_100_000_by(bencher: Bencher, column: Column) {
    sort_by(bencher, 100_000, column);
}

fn sort_by(bencher: Bencher, jobs: u32, column: Column) {
    let mut model = model(jobs);
    let mut reversed = false;
    bencher.bench_local(|| {
        reversed = !reversed;
        model.jobs.set_sort(Sort {
            column: Some(column),
            reversed,
        });
    });
}

#[divan::bench(args = [10_000])]
fn apply_one_update_grouped(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('b'));
    let mut turn = 0_u32;
    bencher
        .with_inputs(|| {
            turn = turn.wrapping_add(7_919);
            one_change(turn, jobs)
        })
        .bench_local_values(|batch| update(&mut model, now(), Message::Watched(batch)));
}

/// A batch of new jobs must cost in proportion to its size.
#[divan::bench(args = [2_000, 20_000])]
fn reload_with_new_jobs(bencher: Bencher, jobs: u32) {
    let config = config::parse(&source(jobs), Path::new("bench"), &Overrides::default()).unwrap();
    bencher
        .with_inputs(|| (model(1), Box::new(config.clone())))
        .bench_local_values(|(mut model, config)| {
            update(&mut model, now(), Message::Reloaded(Ok(config)));
            model
        });
}

#[divan::bench(args = [10_000])]
fn read_references(bencher: Bencher, count: u32) {
    let mut text = String::new();
    for number in 0..count {
        writeln!(text, "tenant-{number}/flows/l8odS2mce/jobs/j{number}").unwrap();
    }
    bencher.bench(|| hgtop::hotglue::read_references(divan::black_box(&text)));
}

#[divan::bench(args = [10_000, 100_000])]
fn type_a_letter_into_the_filter(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('/'));
    bencher.bench_local(|| {
        press(&mut model, KeyCode::Char('t'));
        press(&mut model, KeyCode::Backspace);
    });
}

#[divan::bench]
fn decode_an_answer(bencher: Bencher) {
    let body = answer(7, "ETL_FAILED");
    bencher.bench(|| Job::decode(divan::black_box(&body)).unwrap());
}

#[divan::bench(args = [10_000])]
fn read_a_config(bencher: Bencher, jobs: u32) {
    let source = source(jobs);
    bencher.bench(|| config::parse(&source, Path::new("bench"), &Overrides::default()).unwrap());
}

#[divan::bench(args = [10_000])]
fn take_and_finish_one(bencher: Bencher, jobs: u32) {
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: 16,
    };
    let mut schedule = Schedule::new(limits, 7);
    let mut time = Instant::now();
    for number in 0..jobs {
        schedule.add(
            PollRequest::Status(JobId(number)),
            Duration::from_secs(5),
            time,
        );
    }
    bencher.bench_local(|| {
        time += Duration::from_millis(1);
        if let Some(key) = schedule.take(time) {
            schedule.finish(key, PollOutcome::Running, time);
        }
    });
}
