//! Benchmarks of what must stay fast: drawing a frame, applying updates, decoding
//! responses, scheduling. Run with `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::Bencher;
use hgtop::app::{Column, ConfigSource, Message, Model, ModelConfig, Sort, Typing, update};
use hgtop::config::{self, Overrides};
use hgtop::hotglue::Job;
use hgtop::ui;
use hgtop::watch::{Batch, JobId, Limits, PollOutcome, PollRequest, Schedule, Snapshot};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;
use tokio::time::Instant;

const STATUSES: [&str; 5] = [
    "JOB_CREATED",
    "SYNC_STARTED",
    "ETL_FAILED",
    "EXPORT_STARTED",
    "JOB_COMPLETED",
];

fn main() {
    divan::main();
}

fn now() -> Timestamp {
    "2026-11-23T14:02:31Z".parse().unwrap()
}

fn answer(number: u32, status: &str) -> String {
    let updated = now() - SignedDuration::from_secs(i64::from(number % 4_000));
    format!(
        r#"{{"job_id":"j{number}","env_id":"dev.x.xyz","job_name":"invoices:{number}","tenant":"tenant-{}",
        "started_by":"default","flow":"l8odS2mce","s3_root":"tenant-{}/flows/l8odS2mce/jobs/j{number}",
        "start_time":"{}","state":{{"bookmarks":{{}}}},"tap":"quickbooks:sandbox","target":"intacct",
        "status":"{status}","message":"KeyError: 'invoice_id' in etl.py line {number}","last_updated":"{updated}"}}"#,
        number % 500,
        number % 500,
        updated - SignedDuration::from_secs(90),
    )
}

fn snapshot(number: u32, status: &str) -> Snapshot {
    let job = Job::decode(&answer(number, status)).unwrap();
    Snapshot {
        job: Some(Arc::new(job)),
        ..Snapshot::default()
    }
}

fn source(jobs: u32) -> String {
    let mut source = String::from("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    for number in 0..jobs {
        let tenant = number % 500;
        write!(
            source,
            "[[jobs]]\nname = \"tenant-{tenant} invoices\"\njob_root = \"tenant-{tenant}/flows/l8odS2mce/jobs/j{number}\"\n"
        )
        .unwrap();
    }
    source
}

fn model(jobs: u32) -> Model {
    let config = config::parse(&source(jobs), Path::new("bench"), &Overrides::default()).unwrap();
    let mut model = Model::new(ModelConfig::new(
        config,
        ConfigSource::Demo,
        now(),
        Size::new(200, 60),
    ));
    let mut batch = Batch::default();
    for number in 0..jobs {
        let status = STATUSES[(number % 5) as usize];
        batch
            .snapshots
            .insert(JobId(number), snapshot(number, status));
    }
    update(&mut model, now(), Message::Watched(batch));
    model
}

fn press(model: &mut Model, code: KeyCode) {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, now(), Message::Key(key));
}

fn resize(model: &mut Model, width: u16, height: u16) {
    update(model, now(), Message::Resize { width, height });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_200x60(bencher: Bencher, jobs: u32) {
    let model = model(jobs);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .unwrap();
    });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_80x24(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    resize(&mut model, 80, 24);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .unwrap();
    });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_filtered(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let filter = "status:failed tenant-1 elapsed>1s";
    model.jobs.set_filter(filter, Typing::Finished).unwrap();
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .unwrap();
    });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_grouped(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('b'));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .unwrap();
    });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_of_the_matrix(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    press(&mut model, KeyCode::Char('M'));
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal
            .draw(|frame| drop(ui::view(&model, frame)))
            .unwrap();
    });
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn apply_one_update(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let mut turn = 0_u32;
    bencher
        .with_inputs(|| {
            turn = turn.wrapping_add(7_919);
            let mut batch = Batch::default();
            let status = STATUSES[(turn % 5) as usize];
            batch
                .snapshots
                .insert(JobId(turn % jobs), snapshot(turn % jobs, status));
            batch
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
            let mut batch = Batch::default();
            let status = STATUSES[(turn % 5) as usize];
            batch
                .snapshots
                .insert(JobId(turn % jobs), snapshot(turn % jobs, status));
            batch
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
