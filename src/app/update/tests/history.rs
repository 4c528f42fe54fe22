//! Baselines and earlier runs from the history.

use std::sync::Arc;

use super::*;
use crate::app::detail::{Line, Tab};
use crate::app::redraw::changes_screen;
use crate::history::{HistoryAnswer, HistoryQuery, PastRun, Run};
use crate::hotglue::{
    EnvId, FlowId, Job, JobAddress, JobRoot, JobStatus, RowCounts, Stage, State, Text,
};
use crate::rollout::{Anomaly, ForecastRequest, ForecastScope};
use crate::watch::{Snapshot, Transition};

/// A flow whose runs usually take 100 s, of which the sync takes a minute with
/// an event every ten seconds.
fn past_runs() -> Message {
    let past = (0..20).map(|number| {
        let noise = |seconds: i64| SignedDuration::from_secs(seconds + seconds * (number % 5) / 50);
        let started = now() - SignedDuration::from_hours(24 * (number + 1));
        PastRun {
            tenant: TenantId::parse("acme").unwrap(),
            tap: Text::new("shopify"),
            tap_version: None,
            job_root: JobRoot::parse(&format!("acme/flows/f/jobs/past-{number}")).unwrap(),
            started,
            finished: started + noise(100),
            state: State::Completed,
            stages: vec![(Stage::Sync, noise(60)), (Stage::Etl, noise(30))],
            silences: vec![(Stage::Sync, noise(10))],
            rows: None,
            message: None,
        }
    });
    let env = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    let flow = FlowId::parse("f").unwrap();
    Message::HistoryAnswer(HistoryAnswer::PastRuns {
        flows: vec![(env, flow, past.collect())],
        forecasts: Vec::new(),
    })
}

/// A poll of the first job, `later` seconds after `now`, that finds it in the
/// sync since `now` without an event since then.
fn confirm(model: &mut Model, later: i64) -> Vec<Effect> {
    let time = now() + SignedDuration::from_secs(later);
    let mut known = model.jobs.get(JobId(0)).unwrap().snapshot.clone();
    known.health.last_success = Some(time);
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(0), known);
    update(model, time, Message::Watched(batch))
}

fn anomaly(model: &Model) -> Option<String> {
    let row = model.jobs.get(JobId(0)).unwrap();
    row.anomaly.map(Anomaly::description)
}

#[test]
fn job_is_judged_at_its_last_poll_and_not_between_polls() {
    let mut model = model();
    update(&mut model, now(), past_runs());
    poll(&mut model, 0, "SYNC_STARTED", 0);
    confirm(&mut model, 1);
    // However long the next poll takes, nothing counts for the job.
    let hours_later = now() + SignedDuration::from_hours(5);
    update(&mut model, hours_later, Message::Tick);
    assert_eq!(
        (anomaly(&model), model.jobs.counts().anomalies()),
        (None, 0)
    );
    confirm(&mut model, 900);
    let slow = anomaly(&model).unwrap();
    assert!(
        slow.starts_with("slow: sync for 15m 00s (p95: 1m 0"),
        "{slow}"
    );
    assert_eq!(model.jobs.counts().anomalies(), 1);
    // The next stage has no anomaly yet.
    poll(&mut model, 0, "ETL_STARTED", 901);
    assert_eq!(anomaly(&model), None);
}

#[test]
fn eta_is_computed_outside_and_only_after_changes() {
    let requests = |effects: &[Effect]| -> Vec<ForecastRequest> {
        let requests = effects.iter().filter_map(|effect| match effect {
            Effect::Forecast(request) => Some(request.clone()),
            _ => None,
        });
        requests.collect()
    };
    let mut model = model();
    update(&mut model, now(), past_runs());
    poll(&mut model, 0, "SYNC_STARTED", 0);
    let effects = confirm(&mut model, 1);
    let request = requests(&effects).pop().unwrap();
    // None while one is being computed.
    poll(&mut model, 0, "ETL_STARTED", 40);
    assert!(requests(&confirm(&mut model, 41)).is_empty());
    let computed = request.compute();
    assert!(changes_screen(&model, &Message::Forecast(computed.clone())));
    let effects = update(&mut model, now(), Message::Forecast(computed));
    assert!(requests(&effects).is_empty());
    let eta = model.forecast.eta(&ForecastScope::All).unwrap();
    assert!(
        eta.last_job() == Some(JobId(0)) && eta.started == 1,
        "{eta:?}"
    );
    let effects = confirm(&mut model, 42);
    let request = requests(&effects).pop().unwrap();
    update(&mut model, now(), Message::Forecast(request.compute()));
    // Polls that confirm what is known bring one every ten seconds.
    assert!(requests(&confirm(&mut model, 45)).is_empty());
    assert_eq!(requests(&confirm(&mut model, 53)).len(), 1);
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
        silences: Vec::new(),
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
    let label = |model: &Model| model.jobs.get(id).unwrap().anomaly_label();
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

#[test]
fn completed_run_of_a_followed_tenant_without_its_rows_is_marked() {
    let mut model = model_of(
        "[environments.dev]\nenv_id = \"dev.example-env.hotglue.xyz\"\n\
         [[follow]]\nname = \"invoices\"\nflow = \"f\"\ntenants = [\"acme\"]\n",
    );
    let message = match transition_with("JOB_COMPLETED", ",\"processed_rows\":0") {
        Message::Watched(mut batch) => {
            let address = Arc::clone(&batch.transitions[0].address);
            let snapshot = batch.snapshots.get_mut(&JobId(0)).unwrap();
            snapshot.address = Some(address);
            Message::Watched(batch)
        }
        other => other,
    };
    update(&mut model, now(), message);
    update(&mut model, now(), runs_before(8_100));
    let label = model.jobs.get(JobId(0)).unwrap().anomaly_label();
    assert_eq!(label.unwrap(), "completed with 0 rows (baseline 8.1k)");
}
