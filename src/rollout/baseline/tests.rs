use jiff::Timestamp;

use super::*;
use crate::hotglue::JobRoot;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

/// A run that started `age` days ago.
fn run(name: &str, age: i64, seconds: i64, version: Option<&str>) -> PastRun {
    let started = at(-age * 86_400);
    PastRun {
        tenant: tenant(name),
        tap: Text::new("shopify"),
        tap_version: version.map(Text::new),
        job_root: JobRoot::parse(&format!("{name}/flows/f/jobs/{age}")).unwrap(),
        started,
        finished: started + SignedDuration::from_secs(seconds),
        state: State::Completed,
        stages: vec![
            (Stage::Sync, SignedDuration::from_secs(seconds / 2)),
            (Stage::Etl, SignedDuration::from_secs(seconds / 4)),
        ],
        silences: vec![(Stage::Sync, SignedDuration::from_secs(10))],
        rows: None,
        message: None,
    }
}

#[test]
fn failures_count_and_their_durations_do_not() {
    let mut past: Vec<_> = (0..6).map(|age| run("acme", age, 100, None)).collect();
    for (run, state) in past.iter_mut().zip([State::Failed, State::Cancelled]) {
        run.state = state;
        run.finished = run.started + SignedDuration::from_secs(1);
    }
    let baseline = FlowBaseline::new(&past).unwrap();
    assert_eq!(baseline.failures(), (1, 5));
    let total = baseline.total(&tenant("acme"), None);
    assert_eq!((total.p50.as_secs(), total.runs), (100, 4));
    assert!(FlowBaseline::new(&past[..4]).is_none());
}

#[test]
fn stages_and_silences_have_baselines_where_they_occur() {
    let past: Vec<_> = (0..9).map(|age| run("acme", age, 80 + age, None)).collect();
    let baseline = FlowBaseline::new(&past).unwrap();
    let stage = |stage| baseline.stage(&tenant("acme"), None, stage);
    assert_eq!(stage(Stage::Sync).unwrap().p50.as_secs(), 42);
    assert_eq!(stage(Stage::Etl).unwrap().p50.as_secs(), 21);
    assert_eq!(stage(Stage::Discover), None);
    let silence = baseline.silence(&tenant("acme"), None, Stage::Sync);
    assert_eq!(silence.unwrap().p50.as_secs(), 10);
    assert_eq!(baseline.silence(&tenant("acme"), None, Stage::Etl), None);
}

#[test]
fn runs_of_the_current_version_count_once_there_are_three() {
    let old = (3..12).map(|age| run("acme", age, 100, Some("v1")));
    let past = |new: i64| -> Vec<_> {
        let new = (0..new).map(|age| run("acme", age, 300, Some("v2")));
        new.chain(old.clone()).collect()
    };
    let p50 = |past: &[PastRun]| {
        let baseline = FlowBaseline::new(past).unwrap();
        baseline.total(&tenant("acme"), None).p50.as_secs()
    };
    assert_eq!(p50(&past(2)), 100);
    assert_eq!(p50(&past(3)), 300);
}

#[test]
fn limits_exist_for_what_has_a_baseline() {
    let past: Vec<_> = (0..20)
        .map(|age| run("acme", age, 90 + age, None))
        .collect();
    let baseline = FlowBaseline::new(&past).unwrap();
    let acme = tenant("acme");
    let limit = baseline.limit(&acme, None, 0.002).unwrap().as_secs();
    assert!((110..400).contains(&limit), "{limit}");
    let seldom = baseline.limit(&acme, None, 0.000_1).unwrap().as_secs();
    assert!(seldom > limit);
    assert!(
        baseline
            .stage_limit(&acme, None, Stage::Sync, 0.002)
            .is_some()
    );
    assert_eq!(
        baseline.stage_limit(&acme, None, Stage::Export, 0.002),
        None
    );
    assert!(
        baseline
            .silence_limit(&acme, None, Stage::Sync, 0.002)
            .is_some()
    );
}
