//! Baselines and earlier runs from the history.

use std::sync::Arc;

use super::*;
use crate::app::detail::{Line, Tab};
use crate::history::{Baseline, HistoryAnswer, HistoryQuery, Percentiles, Run, StageBaseline};
use crate::hotglue::{EnvId, FlowId, JobAddress, JobRoot, JobStatus, Stage, Text};
use crate::rollout::Anomaly;
use crate::watch::Transition;

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
