//! Learning baselines from the listings of followed flows.

use std::sync::Arc;

use super::*;
use crate::history::{HistoryAnswer, HistoryQuery, PastRun};
use crate::hotglue::{EnvId, FetchError, FlowId, Job, JobAddress, JobRoot, State, Text};
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
    let none = || {
        Message::HistoryAnswer(HistoryAnswer::PastRuns {
            flows: Vec::new(),
            forecasts: Vec::new(),
        })
    };
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
    let follow = model.follows.iter().next().unwrap().0;
    let offer = |model: &Model| model.learning_offer(follow);
    assert_eq!(offer(&model).unwrap(), "no baseline: B learns it");
    press(&mut model, KeyCode::Char('B'));
    assert_eq!(offer(&model), None, "it was acted on");

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
    let answer = HistoryAnswer::PastRuns {
        flows: vec![(env_id, flow, (1..30).map(past).collect())],
        forecasts: Vec::new(),
    };
    update(&mut model, now(), Message::HistoryAnswer(answer));
    assert_eq!(notice(&model), "");
    let effects = press(&mut model, KeyCode::Char('B'));
    assert!(effects.is_empty() && notice(&model).starts_with("nothing to learn"));
}

#[test]
fn forecast_of_a_followed_flow_is_recorded_once_a_minute() {
    let mut model = following();
    let flow = FlowId::parse("f9").unwrap();
    let env_id = EnvId::parse("dev.example-env.hotglue.xyz").unwrap();
    let past = |number: i64| PastRun {
        tenant: TenantId::parse("acme").unwrap(),
        tap: Text::new("shopify"),
        tap_version: None,
        job_root: JobRoot::parse(&format!("acme/flows/f9/jobs/past-{number}")).unwrap(),
        started: now() - SignedDuration::from_hours(number),
        finished: now() - SignedDuration::from_hours(number) + SignedDuration::from_mins(20),
        state: State::Completed,
        stages: Vec::new(),
        silences: Vec::new(),
        rows: None,
        message: None,
    };
    let answer = HistoryAnswer::PastRuns {
        flows: vec![(env_id.clone(), flow.clone(), (1..20).map(past).collect())],
        forecasts: Vec::new(),
    };
    update(&mut model, now(), Message::HistoryAnswer(answer));
    let mut recorded = Vec::new();
    for seconds in [0, 30, 45, 61, 100, 122] {
        let time = now() + SignedDuration::from_secs(seconds);
        let root = JobRoot::parse("acme/flows/f9/jobs/1").unwrap();
        let address = JobAddress::from_root(root).unwrap();
        let answer = format!(
            r#"{{"status":"SYNC_STARTED","tap":"shopify","start_time":"{}","last_updated":"{time}"}}"#,
            now()
        );
        let job = Job::decode(&answer).unwrap();
        let mut snapshot = snapshot(false);
        snapshot.job = Some(Arc::new(job));
        snapshot.address = Some(Arc::new(address));
        snapshot.health.last_success = Some(time);
        let mut batch = Batch::default();
        batch.snapshots.insert(JobId(2), snapshot);
        let mut effects = update(&mut model, time, Message::Watched(batch));
        let request = effects.iter().find_map(|effect| match effect {
            Effect::Forecast(request) => Some(request.clone()),
            _ => None,
        });
        if let Some(request) = request {
            let answer = Message::Forecast(request.compute());
            effects.extend(update(&mut model, time, answer));
        }
        for effect in effects {
            if let Effect::RecordForecasts(forecasts) = effect {
                recorded.extend(forecasts);
            }
        }
    }
    let made: Vec<_> = recorded.iter().map(|forecast| forecast.made).collect();
    let seconds = |seconds| now() + SignedDuration::from_secs(seconds);
    assert_eq!(made, [seconds(0), seconds(61), seconds(122)]);
    assert_eq!((&recorded[0].env_id, &recorded[0].flow), (&env_id, &flow));
    assert_eq!(recorded[0].since, now());
}
