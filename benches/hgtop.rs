//! What must stay fast: drawing a frame, applying news, decoding answers,
//! scheduling. Run with `cargo bench`.
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use divan::Bencher;
use hgtop::app::{Column, Message, Model, Origin, Setup, Sort, update};
use hgtop::config::{self, Overrides};
use hgtop::hotglue::Job;
use hgtop::ui;
use hgtop::watch::{Ask, Batch, JobKey, Limits, Schedule, Snapshot, Verdict};
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
    let mut model = Model::new(Setup::new(config, Origin::Demo, now(), Size::new(200, 60)));
    let mut batch = Batch::default();
    for number in 0..jobs {
        let status = STATUSES[(number % 5) as usize];
        batch
            .snapshots
            .insert(JobKey(number), snapshot(number, status));
    }
    update(&mut model, now(), Message::Watched(batch));
    model
}

#[divan::bench(args = [100, 10_000, 100_000])]
fn frame_200x60(bencher: Bencher, jobs: u32) {
    let model = model(jobs);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    bencher.bench_local(|| {
        terminal.draw(|frame| ui::view(&model, frame)).unwrap();
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
                .insert(JobKey(turn % jobs), snapshot(turn % jobs, status));
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
                    .insert(JobKey(number), snapshot(number, "SYNC_STARTED"));
            }
            batch
        })
        .bench_local_values(|batch| update(&mut model, now(), Message::Watched(batch)));
}

#[divan::bench(args = [10_000, 100_000])]
fn sort_by_another_column(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let mut reversed = false;
    bencher.bench_local(|| {
        reversed = !reversed;
        model.jobs.set_sort(Sort {
            column: Some(Column::Name),
            reversed,
        });
    });
}

#[divan::bench(args = [10_000, 100_000])]
fn type_a_letter_into_the_filter(bencher: Bencher, jobs: u32) {
    let mut model = model(jobs);
    let press = |model: &mut Model, code| {
        update(
            model,
            now(),
            Message::Key(KeyEvent::new(code, KeyModifiers::NONE)),
        )
    };
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
        schedule.add(Ask::Status(JobKey(number)), Duration::from_secs(5), time);
    }
    bencher.bench_local(|| {
        time += Duration::from_millis(1);
        if let Some(key) = schedule.take(time) {
            schedule.finish(key, Verdict::Running, time);
        }
    });
}
