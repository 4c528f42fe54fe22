//! The rollout that the scenes show, and how a scene becomes text.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hgtop::app::{ConfigSource, Message, Model, ModelConfig, update};
use hgtop::config::{self, Config, Overrides};
use hgtop::hotglue::{Job, JobAddress, JobRoot, JobStatus};
use hgtop::watch::{Batch, Health, JobId, Snapshot, Transition};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

pub mod screen;

use screen::Screen;

pub fn now() -> Timestamp {
    "2026-11-23T14:02:31Z".parse().unwrap()
}

pub fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

/// A job of the rollout: name, tap, target, status, seconds since its last
/// event, run time in seconds, message.
pub type Line = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i64,
    i64,
    &'static str,
);

pub const ROLLOUT: [Line; 9] = [
    (
        "acme invoices",
        "quickbooks:sandbox",
        "intacct",
        "ETL_FAILED",
        12,
        250,
        "KeyError: 'invoice_id' in etl.py line 42\n\nTraceback (most recent call last):\n  File \"/app/etl.py\", line 42, in <module>\n    invoices = invoices.merge(lines, left_on=\"invoice_id\", right_on=\"Id\")\nKeyError: 'invoice_id'",
    ),
    (
        "globex orders",
        "shopify",
        "netsuite",
        "ETL_STARTED",
        3,
        121,
        "",
    ),
    (
        "initech deals",
        "hubspot",
        "snowflake",
        "JOB_COMPLETED",
        2_460,
        337,
        "",
    ),
    (
        "umbrella orders",
        "shopify",
        "netsuite",
        "SYNC_STARTED",
        4,
        20,
        "",
    ),
    (
        "hooli accounts",
        "salesforce",
        "bigquery",
        "EXPORT_STARTED",
        65,
        400,
        "",
    ),
    (
        "wayne-corp 日本語 ünïcode",
        "stripe",
        "xero",
        "DISCOVER_STARTED",
        2,
        5,
        "",
    ),
    ("tyrell payouts", "stripe", "xero", "JOB_CREATED", 1, 1, ""),
    (
        "stark odd",
        "",
        "",
        "WAITING_FOR_APPROVAL",
        90_000,
        90_100,
        "somebody must approve \u{1b}[31mthis\u{202e}",
    ),
    (
        "soylent export",
        "quickbooks:sandbox",
        "intacct",
        "EXPORT_FAILED",
        600,
        75,
        "target-intacct: 422 Unprocessable Entity: account '40010' is not valid for location 'E100' (17 of 2311 records failed)",
    ),
];

pub fn config(jobs: usize) -> Config {
    let mut source = String::from("[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n");
    for number in 0..jobs {
        let (name, ..) = ROLLOUT[number % ROLLOUT.len()];
        let tenant = name.split(' ').next().unwrap();
        source.push_str(&format!(
            "[[jobs]]\nname = \"{name}\"\njob_root = \"{tenant}/flows/l8odS2mce/jobs/job{number:03}\"\n"
        ));
    }
    config::parse(&source, Path::new("config.toml"), &Overrides::default()).unwrap()
}

pub fn model(config: Config, source: ConfigSource, (width, height): (u16, u16)) -> Model {
    Model::new(ModelConfig::new(
        config,
        source,
        now(),
        Size::new(width, height),
    ))
}

pub fn snapshot(number: usize) -> Snapshot {
    let (_, tap, target, status, updated, ran, message) = ROLLOUT[number % ROLLOUT.len()];
    let body = serde_json::json!({
        "job_id": format!("job{number:03}"),
        "flow": "l8odS2mce",
        "tap": tap,
        "target": target,
        "status": status,
        "message": message,
        "start_time": ago(updated + ran).to_string(),
        "last_updated": ago(updated).to_string(),
        "state": {"token": "customer data"},
        "processed_rows": 2311,
    });
    Snapshot {
        job: Some(Arc::new(Job::decode(&body.to_string()).unwrap())),
        address: None,
        health: Health {
            last_poll: Some(ago(1)),
            last_success: Some(ago(1)),
            latency: Some(Duration::from_millis(84)),
            next_poll: Some(now() + SignedDuration::from_secs(4)),
            polls: 12,
            errors: 1,
            failure_streak: None,
        },
    }
}

pub fn transition(number: usize, from: &str, to: &str, seconds: i64) -> Transition {
    let root = JobRoot::parse(&format!("t/flows/l8odS2mce/jobs/job{number:03}")).unwrap();
    let body = serde_json::json!({"status": to, "last_updated": ago(seconds).to_string()});
    Transition::new(
        JobId(u32::try_from(number).unwrap()),
        Arc::new(JobAddress::from_root(root).unwrap()),
        (!from.is_empty()).then(|| JobStatus::parse(from)),
        Arc::new(Job::decode(&body.to_string()).unwrap()),
        ago(seconds),
    )
}

pub fn answers(jobs: usize) -> Batch {
    let mut batch = Batch::default();
    for number in 0..jobs {
        batch
            .snapshots
            .insert(JobId(u32::try_from(number).unwrap()), snapshot(number));
    }
    for (number, line) in ROLLOUT.iter().enumerate().take(jobs) {
        batch.transitions.push(transition(number, "", line.3, 60));
    }
    if jobs > 1 {
        batch.transitions[0] = transition(0, "", "JOB_CREATED", 262);
        batch
            .transitions
            .push(transition(0, "JOB_CREATED", "SYNC_STARTED", 250));
        batch
            .transitions
            .push(transition(0, "SYNC_STARTED", "ETL_STARTED", 40));
        batch
            .transitions
            .push(transition(0, "ETL_STARTED", "ETL_FAILED", 12));
        batch
            .transitions
            .push(transition(1, "SYNC_SUCCESS", "ETL_STARTED", 3));
    }
    batch
}

/// A rollout of `jobs` jobs, each polled once.
pub fn rollout(jobs: usize, size: (u16, u16)) -> Model {
    let mut model = model(
        config(jobs),
        ConfigSource::File("config.toml".to_owned()),
        size,
    );
    update(&mut model, now(), Message::Watched(answers(jobs)));
    model
}

pub fn press(model: &mut Model, keys: &str) {
    for key in keys.split_whitespace() {
        let (code, modifiers) = match key {
            "enter" => (KeyCode::Enter, KeyModifiers::NONE),
            "esc" => (KeyCode::Esc, KeyModifiers::NONE),
            "tab" => (KeyCode::Tab, KeyModifiers::NONE),
            "right" => (KeyCode::Right, KeyModifiers::NONE),
            "down" => (KeyCode::Down, KeyModifiers::NONE),
            "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
            _ => (
                KeyCode::Char(key.chars().next().unwrap()),
                KeyModifiers::NONE,
            ),
        };
        update(model, now(), Message::Key(KeyEvent::new(code, modifiers)));
    }
}

/// Pastes text and waits until the paste has ended.
pub fn paste(model: &mut Model, text: &str) {
    update(model, now(), Message::Paste(text.to_owned()));
    let idle = now() + SignedDuration::from_millis(30);
    update(model, idle, Message::Tick);
}

/// The model drawn, as text.
pub fn screen_text(model: &Model) -> String {
    Screen::of(model).text()
}
