//! Learning baselines from the listings of followed flows.

use std::sync::Arc;

use super::*;
use crate::history::{HistoryAnswer, HistoryQuery, PastRun};
use crate::hotglue::{FetchError, FlowId, JobRoot, Text};
use crate::watch::{FailureStreak, Snapshot};

fn following() -> Model {
    let text = format!(
        "{FILE}\n[[follow]]\nname = \"rollout\"\nflow = \"f9\"\ntenants = [\"acme\", \"globex\"]\n"
    );
    Model::new(ModelConfig::new(
        config(&text),
        ConfigSource::File("hgtop.toml".to_owned()),
        now(),
        Size::new(120, 30),
    ))
}

fn started() -> Model {
    let mut model = following();
    start(&model);
    let effects = update(&mut model, now(), Message::Tick);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Learn(_)))
    );
    model
}

fn notice(model: &Model) -> &str {
    model
        .notice
        .as_ref()
        .map_or("", |notice| notice.text.as_str())
}

fn snapshot(is_failed: bool) -> Snapshot {
    let mut snapshot = Snapshot::default();
    snapshot.health.last_poll = Some(now());
    snapshot.health.failure_streak = is_failed.then(|| FailureStreak {
        since: now(),
        count: 1,
        error: Arc::new(FetchError::TimedOut),
    });
    snapshot
}

#[test]
fn learning_lists_the_tenants_and_shows_its_progress() {
    let mut model = started();
    let effects = press(&mut model, KeyCode::Char('B'));
    let learned = effects.iter().find_map(|effect| match effect {
        Effect::Learn(rows) => Some(rows.clone()),
        _ => None,
    });
    assert_eq!(learned, Some(vec![JobId(2), JobId(3)]));
    assert_eq!(notice(&model), "learning: 0 of 2 tenants");
    let mut batch = Batch::default();
    batch.listed.insert(JobId(2));
    let later = now() + SignedDuration::from_mins(5);
    let effects = update(&mut model, later, Message::Watched(batch));
    assert_eq!(notice(&model), "learning: 1 of 2 tenants");
    let is_query =
        |effect: &Effect| matches!(effect, Effect::HistoryQuery(HistoryQuery::PastRuns { .. }));
    assert!(effects.iter().any(is_query));
    // A tenant whose listing fails does not hold it up.
    let mut batch = Batch::default();
    batch.snapshots.insert(JobId(3), snapshot(true));
    update(&mut model, now(), Message::Watched(batch));
    assert_eq!(notice(&model), "learning finished: 2 tenants");
}

#[test]
fn learning_is_offered_once_and_only_where_a_baseline_is_missing() {
    let none = || Message::HistoryAnswer(HistoryAnswer::PastRuns(Vec::new()));
    let mut model = started();
    update(&mut model, now(), none());
    assert_eq!(notice(&model), "", "its tenants are not polled yet");
    let mut batch = Batch::default();
    for row in [JobId(2), JobId(3)] {
        batch.snapshots.insert(row, snapshot(false));
    }
    update(&mut model, now(), Message::Watched(batch.clone()));
    update(&mut model, now(), none());
    assert_eq!(notice(&model), "no baseline for rollout: B learns it");
    model.notice = None;
    update(&mut model, now(), none());
    assert_eq!(notice(&model), "");

    let mut model = started();
    update(&mut model, now(), Message::Watched(batch));
    let env_id = model.environments.iter().next().unwrap().env_id().clone();
    let past = |number: i64| PastRun {
        tenant: TenantId::parse("acme").unwrap(),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("acme/flows/f9/jobs/{number}")).unwrap(),
        started: now() - SignedDuration::from_hours(number),
        finished: now() - SignedDuration::from_hours(number) + SignedDuration::from_mins(5),
        state: State::Completed,
        stages: Vec::new(),
        silences: Vec::new(),
        rows: None,
        message: None,
    };
    let flow = FlowId::parse("f9").unwrap();
    let answer = HistoryAnswer::PastRuns(vec![(env_id, flow, (1..30).map(past).collect())]);
    update(&mut model, now(), Message::HistoryAnswer(answer));
    assert_eq!(notice(&model), "");
    let effects = press(&mut model, KeyCode::Char('B'));
    assert!(effects.is_empty() && notice(&model).starts_with("nothing to learn"));
}
