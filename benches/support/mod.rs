//! What the benchmarks work on: a dashboard with jobs in every state, a rollout
//! with a baseline, a comparison.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use hgtop::app::{ConfigSource, Effect, Message, Model, ModelConfig, update};
use hgtop::config::{self, Overrides};
use hgtop::history::{HistoryAnswer, PastRun, RolloutRuns};
use hgtop::hotglue::{FlowId, Job, JobRoot, State, TenantId, Text};
use hgtop::rollout::{FlowBaseline, FlowSnapshot, RolloutSnapshot, StartedJob};
use hgtop::ui;
use hgtop::watch::{Batch, JobId, Snapshot};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

const STATUSES: [&str; 5] = [
    "JOB_CREATED",
    "SYNC_STARTED",
    "ETL_FAILED",
    "EXPORT_STARTED",
    "JOB_COMPLETED",
];

pub(crate) fn now() -> Timestamp {
    "2026-11-23T14:02:31Z".parse().unwrap()
}

pub(crate) fn answer(number: u32, status: &str) -> String {
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

pub(crate) fn snapshot(number: u32, status: &str) -> Snapshot {
    let job = Job::decode(&answer(number, status)).unwrap();
    Snapshot {
        job: Some(Arc::new(job)),
        ..Snapshot::default()
    }
}

pub(crate) fn source(jobs: u32) -> String {
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

fn dashboard(source: &str) -> Model {
    let config = config::parse(source, Path::new("bench"), &Overrides::default()).unwrap();
    Model::new(ModelConfig::new(
        config,
        ConfigSource::Demo,
        now(),
        Size::new(200, 60),
    ))
}

pub(crate) fn model(jobs: u32) -> Model {
    let mut model = dashboard(&source(jobs));
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

pub(crate) fn press(model: &mut Model, code: KeyCode) {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(model, now(), Message::Key(key));
}

pub(crate) fn resize(model: &mut Model, width: u16, height: u16) {
    update(model, now(), Message::Resize { width, height });
}

/// Draws frames of a size.
pub(crate) struct Screen(Terminal<TestBackend>);

impl Screen {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        Self(Terminal::new(TestBackend::new(width, height)).unwrap())
    }

    pub(crate) fn draw(&mut self, model: &Model) {
        let draw = |frame: &mut ratatui::Frame| drop(ui::view(model, frame));
        self.0.draw(draw).unwrap();
    }
}

/// A batch in which one job has another status.
pub(crate) fn one_change(turn: u32, jobs: u32) -> Batch {
    let mut batch = Batch::default();
    let (number, status) = (turn % jobs, STATUSES[(turn % 5) as usize]);
    batch
        .snapshots
        .insert(JobId(number), snapshot(number, status));
    batch
}

/// A finished run of a tenant, some days before the rollout.
fn past_run(tenant: u32, day: u32, percent: u32) -> PastRun {
    let seconds = i64::from((40 + tenant % 90 * 9) * percent / 100 + (tenant * 7 + day * 3) % 11);
    let started = now() - SignedDuration::from_secs(3_000 + i64::from(day) * 86_400);
    PastRun {
        tenant: TenantId::parse(&format!("t{tenant}")).unwrap(),
        tap: Text::new("shopify"),
        tap_version: Some(Text::new("v1")),
        job_root: JobRoot::parse(&format!("t{tenant}/flows/l8odS2mce/jobs/{day}")).unwrap(),
        started,
        finished: started + SignedDuration::from_secs(seconds),
        state: State::Completed,
        stages: Vec::new(),
        rows: None,
        silences: Vec::new(),
        message: None,
    }
}

/// A rollout of which no job has finished.
pub(crate) fn rollout(unfinished: u32) -> RolloutSnapshot {
    let past =
        (0..unfinished).flat_map(|tenant| (1..=4).map(move |day| past_run(tenant, day, 100)));
    let past: Vec<_> = past.collect();
    let baseline = FlowBaseline::new(&past).unwrap();
    let tap = Text::new("shopify");
    let jobs = (0..unfinished).map(|number| {
        let tenant = TenantId::parse(&format!("t{number}")).unwrap();
        let expected = baseline.expectation(&tenant, Some(&tap));
        let started = now() - SignedDuration::from_secs(i64::from(number % 60));
        StartedJob::new(JobId(number), expected, started, now(), None)
    });
    let jobs = jobs.collect();
    RolloutSnapshot {
        flows: vec![FlowSnapshot {
            baseline: Arc::new(baseline),
            jobs,
        }],
        ..RolloutSnapshot::default()
    }
}

/// A dashboard that shows the comparison of a rollout with its baseline.
pub(crate) fn compared(tenants: u32) -> Model {
    let since = now() - SignedDuration::from_hours(1);
    let source = format!(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\n[[follow]]\nname = \"invoices\"\n\
         flow = \"l8odS2mce\"\ntenants = [\"t1\", \"t2\"]\nsince = {since}\n"
    );
    let mut model = dashboard(&source);
    press(&mut model, KeyCode::Char('='));
    let before = (0..tenants).flat_map(|tenant| (1..=5).map(move |day| past_run(tenant, day, 100)));
    let runs = RolloutRuns {
        flow: FlowId::parse("l8odS2mce").unwrap(),
        since,
        before: before.collect(),
        after: (0..tenants)
            .map(|tenant| past_run(tenant, 0, 150))
            .collect(),
    };
    let read = HistoryAnswer::RolloutRuns(Box::new(runs));
    let effects = update(&mut model, now(), Message::HistoryAnswer(read));
    for effect in effects {
        if let Effect::Compare(mut task) = effect {
            task.tenants = None;
            let requested = task.requested;
            update(&mut model, now(), Message::Compared(requested, task.run()));
        }
    }
    model
}
