use super::*;
use crate::history::PastRun;
use crate::hotglue::{JobRoot, State};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

/// Runs of five minutes with a sync of three minutes, in which there is an
/// event at least every 30 seconds.
fn baseline() -> FlowBaseline {
    let past: Vec<_> = (0..40)
        .map(|number| {
            let noise =
                |seconds: i64| SignedDuration::from_secs(seconds + seconds * (number % 9) / 60);
            let started = at(-number * 86_400);
            PastRun {
                tenant: acme(),
                tap: Text::new("shopify"),
                tap_version: None,
                job_root: JobRoot::parse(&format!("acme/flows/f/jobs/{number}")).unwrap(),
                started,
                finished: started + noise(300),
                state: State::Completed,
                stages: vec![(Stage::Sync, noise(180))],
                silences: vec![(Stage::Sync, noise(30))],
                rows: None,
                message: None,
            }
        })
        .collect();
    FlowBaseline::new(&past).unwrap()
}

/// A job in the sync that began after five seconds.
fn job(last_event: i64, polled: i64) -> RunningJob {
    RunningJob {
        started: Some(at(0)),
        stage: Some(RunningStage {
            stage: Stage::Sync,
            since: at(5),
            has_finished: false,
        }),
        last_event: Some(at(last_event)),
        polled: at(polled),
    }
}

fn judged(job: RunningJob) -> Option<String> {
    judge(job, &acme(), None, &baseline()).map(Anomaly::description)
}

#[test]
fn job_is_silent_when_a_poll_finds_no_event_for_too_long() {
    assert_eq!(judged(job(100, 130)), None);
    let silent = judged(job(20, 160)).unwrap();
    assert!(silent.starts_with("silent for 2m 20s (p95: 3"), "{silent}");
}

#[test]
fn slow_is_reported_before_silence_that_lasts_since_the_stage_began() {
    let slow = judged(job(5, 700)).unwrap();
    assert!(
        slow.starts_with("slow: sync for 11m 35s (p95: 3m"),
        "{slow}"
    );
}

#[test]
fn a_job_whose_stages_are_unknown_is_judged_as_a_whole() {
    let unknown = |polled| RunningJob {
        stage: None,
        ..job(5, polled)
    };
    assert_eq!(judged(unknown(330)), None);
    let slow = judged(unknown(1_200)).unwrap();
    assert!(
        slow.starts_with("slow: running for 20m 00s (p95: 5m"),
        "{slow}"
    );
}

#[test]
fn stage_that_has_finished_is_not_judged() {
    let between = |polled| RunningJob {
        stage: job(5, polled).stage.map(|stage| RunningStage {
            has_finished: true,
            ..stage
        }),
        ..job(5, polled)
    };
    assert_eq!(judged(between(280)), None);
    assert!(judged(between(1_200)).unwrap().starts_with("slow: running"));
}
