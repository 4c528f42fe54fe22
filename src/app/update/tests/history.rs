//! Baselines and earlier runs from the history.

use std::sync::Arc;

use super::*;
use crate::app::detail::{Line, Tab};
use crate::history::{
    Baseline, HistoryAnswer, HistoryQuery, PastRun, Percentiles, Run, StageBaseline,
};
use crate::hotglue::{
    EnvId, FlowId, Job, JobAddress, JobRoot, JobStatus, RowCounts, Stage, State, Text,
};
use crate::rollout::Anomaly;
use crate::watch::{Snapshot, Transition};

/// A flow whose sync usually takes a minute, with an event every ten seconds.
fn baseline() -> HistoryAnswer {
    let percentiles = |seconds: i64| Percentiles {
        count: 20,
        p50: SignedDuration::from_secs(seconds),
        p90: SignedDuration::from_secs(seconds * 2),
        p95: SignedDuration::from_secs(seconds * 3),
    };
    let stage = |seconds: i64| StageBaseline {
        duration: percentiles(seconds),
        silence: Some(percentiles(10)),
        share: 100,
    };
    let baseline = Baseline {
        stages: [(Stage::Sync, stage(60)), (Stage::Etl, stage(30))].into(),
        total: Some(percentiles(100)),
    };
    let env = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    HistoryAnswer::Baseline(vec![(
        env,
        FlowId::parse("f").unwrap(),
        Text::new("shopify"),
        baseline,
    )])
}

#[test]
fn job_becomes_silent_when_its_check_is_due_without_another_poll() {
    let mut model = model();
    update(&mut model, now(), Message::HistoryAnswer(baseline()));
    poll(&mut model, 0, "SYNC_STARTED", 0);
    assert_eq!(model.jobs.get(JobId(0)).unwrap().anomaly, None);
    assert_eq!(model.jobs.counts().anomalies(), 0);
    // The p95 of the longest silence is 30 s, and the tolerance 5 s.
    let after = |seconds| now() + SignedDuration::from_secs(seconds);
    update(&mut model, after(34), Message::Tick);
    assert_eq!(model.jobs.counts().anomalies(), 0);
    assert!(crate::app::next_change(&model).unwrap() <= after(35));
    update(&mut model, after(35), Message::Tick);
    let anomaly = model.jobs.get(JobId(0)).unwrap().anomaly;
    assert!(
        matches!(anomaly, Some(Anomaly::Silent { .. })),
        "{anomaly:?}"
    );
    assert_eq!(
        anomaly.unwrap().description(after(40)),
        "silent for 40s (p95: 30s)"
    );
    assert_eq!(model.jobs.counts().anomalies(), 1);
    let left = model.forecast.eta(1, after(0)).unwrap();
    assert_eq!(left.p50.as_secs(), 60 + 30);
    // The next stage has no anomaly yet.
    poll(&mut model, 0, "ETL_STARTED", 41);
    assert_eq!(model.jobs.get(JobId(0)).unwrap().anomaly, None);
}

fn run_queries(effects: &[Effect]) -> usize {
    let is_query =
        |effect: &&Effect| matches!(effect, Effect::HistoryQuery(HistoryQuery::Runs(..)));
    effects.iter().filter(is_query).count()
}

fn run(status: &str) -> Run {
    Run {
        job_root: JobRoot::parse("acme/flows/f/jobs/0").unwrap(),
        tenant: TenantId::parse("acme").unwrap(),
        started: Some(now()),
        status: JobStatus::parse(status),
        last: now(),
        message: None,
        fields: Vec::new(),
        rows: None,
        steps: Vec::new(),
    }
}

fn runs(status: &str) -> Message {
    Message::HistoryAnswer(HistoryAnswer::Runs {
        env_id: EnvId::parse("dev.example-env.hotglue.xyz").unwrap(),
        flow: FlowId::parse("f").unwrap(),
        tenant: TenantId::parse("acme").unwrap(),
        runs: vec![run(status)],
        last_completed: None,
    })
}

/// The status of the only earlier run in the Timeline tab.
fn earlier_run(model: &Model) -> String {
    let lines: Vec<_> = model.detail.lines.iter().map(Line::text).collect();
    let heading = lines
        .iter()
        .position(|line| line.starts_with("Earlier runs"));
    let run = &lines[heading.unwrap() + 1];
    run.split_whitespace().nth(3).unwrap().to_owned()
}

#[test]
fn earlier_runs_are_refreshed_when_one_of_them_changes() {
    let text =
        format!("{FILE}\n[[jobs]]\nname = \"earlier\"\njob_root = \"acme/flows/f/jobs/0\"\n");
    let mut model = model_of(&text);
    model.jobs.select(JobId(0));
    model.detail.open = true;
    model.detail.tab = Tab::Timeline;
    assert_eq!(run_queries(&update(&mut model, now(), Message::Tick)), 1);
    update(&mut model, now(), runs("SYNC_STARTED"));
    assert_eq!(earlier_run(&model), "SYNC_STARTED");
    assert_eq!(run_queries(&update(&mut model, now(), Message::Tick)), 0);

    // Another tenant's job changes nothing here.
    let other = transition_of(1, "globex/flows/f/jobs/2");
    assert_eq!(run_queries(&update(&mut model, now(), other)), 0);
    let finished = transition_of(2, "acme/flows/f/jobs/0");
    let effects = update(&mut model, now(), finished);
    let recorded = effects
        .iter()
        .position(|effect| matches!(effect, Effect::Record(_)));
    let queried = effects
        .iter()
        .position(|effect| matches!(effect, Effect::HistoryQuery(HistoryQuery::Runs(..))));
    assert!(recorded < queried, "{effects:?}");
    // What was known stays until the answer is there.
    assert_eq!(earlier_run(&model), "SYNC_STARTED");
    update(&mut model, now(), runs("JOB_COMPLETED"));
    assert_eq!(earlier_run(&model), "JOB_COMPLETED");
}

/// The transition of a job to `JOB_COMPLETED`.
fn transition_of(id: u32, root: &str) -> Message {
    let mut batch = Batch::default();
    let snapshot = snapshot("JOB_COMPLETED", 0);
    let address = JobAddress::from_root(JobRoot::parse(root).unwrap()).unwrap();
    batch.transitions.push(Transition::new(
        JobId(id),
        Arc::new(address),
        Some(JobStatus::parse("SYNC_STARTED")),
        snapshot.job.clone().unwrap(),
        now(),
    ));
    batch.snapshots.insert(JobId(id), snapshot);
    Message::Watched(batch)
}

/// The answer to the query of the finished runs before those of a tenant, each
/// of which moved this many rows.
fn runs_before(rows: u64) -> Message {
    let run = |day: i64| PastRun {
        tenant: TenantId::parse("acme").unwrap(),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("acme/flows/f/jobs/before{day}")).unwrap(),
        started: now() - SignedDuration::from_hours(24 * day),
        finished: now() - SignedDuration::from_hours(24 * day - 1),
        state: State::Completed,
        stages: Vec::new(),
        rows: Some(RowCounts {
            total: Some(rows),
            ..RowCounts::default()
        }),
        message: None,
    };
    let env_id = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    let root = JobRoot::parse("acme/flows/f/jobs/0").unwrap();
    let address = Arc::new(JobAddress::from_root(root).unwrap());
    let runs = (1..8).map(run).collect();
    Message::HistoryAnswer(HistoryAnswer::RunsBefore(vec![(env_id, address, runs)]))
}

/// A batch with the transition of the first job to a status, with fields of its
/// answer.
fn transition_with(status: &str, fields: &str) -> Message {
    let job = format!(
        r#"{{"status":"{status}","start_time":"{}"{fields}}}"#,
        now()
    );
    let job = Arc::new(Job::decode(&job).unwrap());
    let root = JobRoot::parse("acme/flows/f/jobs/0").unwrap();
    let address = Arc::new(JobAddress::from_root(root).unwrap());
    let mut batch = Batch::default();
    let new = Transition::new(JobId(0), address, None, Arc::clone(&job), now());
    batch.transitions.push(new);
    let snapshot = Snapshot {
        job: Some(job),
        ..Snapshot::default()
    };
    batch.snapshots.insert(JobId(0), snapshot);
    Message::Watched(batch)
}

#[test]
fn completed_job_without_its_rows_is_marked() {
    let mut model = model_of(&format!(
        "{FILE}\n[[jobs]]\nname = \"first\"\njob_root = \"acme/flows/f/jobs/0\"\n"
    ));
    let id = model.jobs.all().find(|row| row.job_root().ends_with("/0"));
    let id = id.unwrap().id;
    let label = |model: &Model| model.jobs.get(id).unwrap().anomaly_label(now());
    let queries = |effects: &[Effect]| {
        let is_query =
            |effect: &&Effect| matches!(effect, Effect::HistoryQuery(HistoryQuery::RunsBefore(_)));
        effects.iter().filter(is_query).count()
    };
    let message = |status, fields| match transition_with(status, fields) {
        Message::Watched(mut batch) => {
            batch.transitions[0].id = id;
            batch.snapshots = batch.snapshots.into_values().map(|it| (id, it)).collect();
            Message::Watched(batch)
        }
        other => other,
    };
    let effects = update(
        &mut model,
        now(),
        message("SYNC_STARTED", ",\"processed_rows\":0"),
    );
    assert_eq!(queries(&effects), 0);
    let effects = update(
        &mut model,
        now(),
        message("JOB_COMPLETED", ",\"processed_rows\":0"),
    );
    assert_eq!(queries(&effects), 1);
    assert_eq!(label(&model), None);
    update(&mut model, now(), runs_before(8_100));
    let expected = "completed with 0 rows (baseline 8.1k)";
    assert_eq!(label(&model).unwrap(), expected);
    // Only a new run is judged again.
    update(&mut model, now(), message("SYNC_STARTED", ""));
    assert_eq!(label(&model), None);
    // That every record failed needs no history.
    let failed = r#","summary":{"orders":{"success":0,"fail":12}}"#;
    update(&mut model, now(), message("JOB_COMPLETED", failed));
    let expected = "completed, but all 12 records failed";
    assert_eq!(label(&model).unwrap(), expected);
}
