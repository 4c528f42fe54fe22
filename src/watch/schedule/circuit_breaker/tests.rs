//! The circuit breaker by itself: outcomes in, states out.

use fastrand::Rng;
use proptest::prelude::*;

use super::*;
use crate::watch::target::{FollowId, JobId};

const INTERVAL: Duration = Duration::from_secs(5);

/// An environment of some jobs with the same interval.
struct Polled(usize);

impl PolledJobs for Polled {
    fn polled_jobs(&self, limit: usize) -> usize {
        self.0.min(limit)
    }

    fn shortest_interval(&self) -> Option<Duration> {
        Some(INTERVAL)
    }
}

/// A circuit breaker with a clock, for an environment of some jobs.
struct Scene {
    breaker: CircuitBreaker,
    start: Instant,
    now: Instant,
    rng: Rng,
    jobs: usize,
}

impl Scene {
    fn new(jobs: usize) -> Self {
        let start = Instant::now();
        Self {
            breaker: CircuitBreaker::new(),
            start,
            now: start,
            rng: Rng::with_seed(3),
            jobs,
        }
    }

    fn record(&mut self, request: PollRequest, outcome: PollOutcome) -> Option<Instant> {
        self.now += Duration::from_millis(100);
        let poll = FinishedPoll {
            request,
            outcome,
            in_flight: 0,
        };
        let jobs = Polled(self.jobs);
        self.breaker.record(&poll, &jobs, self.now, &mut self.rng)
    }

    fn finish(&mut self, job: u32, outcome: PollOutcome) -> Option<Instant> {
        self.record(PollRequest::Status(JobId(job)), outcome)
    }

    fn finish_all(&mut self, outcomes: &[(u32, PollOutcome)]) {
        for (job, outcome) in outcomes {
            self.finish(*job, *outcome);
        }
    }

    fn state(&self) -> CircuitState {
        self.breaker.state()
    }

    fn is_unauthorized(&self) -> bool {
        matches!(self.state(), CircuitState::Unauthorized(_))
    }

    fn is_outage(&self) -> bool {
        matches!(self.state(), CircuitState::Outage(_))
    }
}

use PollOutcome::{Error, NoSuchPath, NotFound, RateLimited, Running, Unauthorized, Unavailable};

#[test]
fn three_different_jobs_refused_in_a_row_are_unauthorized() {
    let mut scene = Scene::new(100);
    scene.finish_all(&[(0, Unauthorized), (1, Unauthorized)]);
    assert_eq!(scene.state(), CircuitState::Closed);
    scene.finish(2, Unauthorized);
    let next = scene.now + UNAUTHORIZED_PROBE;
    assert_eq!(scene.state(), CircuitState::Unauthorized(next));
    assert_eq!(scene.breaker.admission(), Admission::OneProbe(next));
    assert_eq!(scene.finish(3, Running), Some(scene.now));
    assert_eq!(scene.state(), CircuitState::Closed);
}

#[test]
fn single_polls_try_every_job_once_the_key_was_accepted() {
    let mut scene = Scene::new(100);
    scene.breaker = CircuitBreaker::for_single_polls();
    scene.finish_all(&[(0, Unauthorized), (1, Unauthorized), (2, Unauthorized)]);
    assert!(scene.is_unauthorized(), "not accepted yet");
    scene.breaker = CircuitBreaker::for_single_polls();
    scene.finish(0, Running);
    for job in 1..50 {
        scene.finish(job, Unauthorized);
        assert_eq!(scene.breaker.admission(), Admission::All);
    }
}

#[test]
fn a_job_refused_again_and_again_is_not_several_jobs() {
    let mut scene = Scene::new(3);
    for _ in 0..10 {
        scene.finish_all(&[(0, Unauthorized), (1, Unauthorized)]);
    }
    assert_eq!(scene.state(), CircuitState::Closed);
    let newest = PollRequest::Newest(JobId(1));
    scene.record(newest, Unauthorized);
    assert_eq!(scene.state(), CircuitState::Closed, "the same job");
}

#[test]
fn a_success_in_between_ends_the_streak() {
    for success in [
        Running,
        PollOutcome::Completed,
        PollOutcome::Failed,
        NotFound,
    ] {
        let mut scene = Scene::new(100);
        for job in 0..20 {
            scene.finish_all(&[(job, Unauthorized), (job + 1, Unauthorized), (99, success)]);
            assert_eq!(scene.state(), CircuitState::Closed, "{success:?}");
        }
    }
}

#[test]
fn what_says_nothing_about_the_key_does_not_end_the_streak() {
    for outcome in [NoSuchPath, Error, Unavailable] {
        let mut scene = Scene::new(100);
        scene.finish_all(&[
            (0, Unauthorized),
            (9, outcome),
            (1, Unauthorized),
            (9, outcome),
            (2, Unauthorized),
        ]);
        assert!(scene.is_unauthorized(), "{outcome:?}");
    }
}

#[test]
fn fewer_than_three_jobs_must_all_be_refused() {
    let mut scene = Scene::new(2);
    scene.finish(0, Unauthorized);
    assert_eq!(scene.state(), CircuitState::Closed);
    scene.finish(1, Unauthorized);
    assert!(scene.is_unauthorized());
    let mut scene = Scene::new(1);
    scene.finish(0, Unauthorized);
    assert!(scene.is_unauthorized());
}

#[test]
fn a_path_that_does_not_exist_is_never_a_refused_key() {
    let mut scene = Scene::new(3);
    for job in 0..50 {
        scene.finish(job, NoSuchPath);
        assert_eq!(scene.state(), CircuitState::Closed);
    }
}

#[test]
fn each_refused_probe_delays_the_next_one_by_a_minute() {
    let mut scene = Scene::new(100);
    scene.finish_all(&[(0, Unauthorized), (1, Unauthorized), (2, Unauthorized)]);
    for (job, outcome) in [
        (3, Unauthorized),
        (4, NoSuchPath),
        (5, Unavailable),
        (6, Error),
    ] {
        scene.now += UNAUTHORIZED_PROBE;
        scene.finish(job, outcome);
        let next = scene.now + UNAUTHORIZED_PROBE;
        assert_eq!(
            scene.state(),
            CircuitState::Unauthorized(next),
            "{outcome:?}"
        );
    }
    scene.breaker.probe_now(scene.now);
    assert_eq!(scene.breaker.admission(), Admission::OneProbe(scene.now));
}

#[test]
fn listings_that_the_key_does_not_permit_are_not_a_refused_key() {
    let mut scene = Scene::new(100);
    scene.finish(0, Running);
    for job in 1..10 {
        scene.record(PollRequest::Newest(JobId(job)), Unauthorized);
    }
    scene.record(PollRequest::Tenants(FollowId(1)), Unauthorized);
    assert_eq!(scene.state(), CircuitState::Closed);
    let mut scene = Scene::new(100);
    for job in 1..4 {
        scene.record(PollRequest::Newest(JobId(job)), Unauthorized);
    }
    assert!(scene.is_unauthorized(), "no status was ever accepted");
}

#[test]
fn several_different_jobs_unavailable_in_a_row_are_an_outage() {
    let mut scene = Scene::new(100);
    scene.finish_all(&[(0, Unavailable), (1, Unavailable), (2, Unavailable)]);
    assert_eq!(scene.state(), CircuitState::Closed, "to be confirmed");
    let probe = Admission::OneProbe(scene.now);
    assert_eq!(scene.breaker.admission(), probe, "immediately");
    scene.finish(3, Unavailable);
    assert!(scene.is_outage());
    assert_eq!(scene.finish(4, Running), Some(scene.now));
    assert_eq!(scene.state(), CircuitState::Closed);
}

#[test]
fn a_healthy_job_disproves_an_outage_without_a_wait() {
    let mut scene = Scene::new(100);
    scene.finish_all(&[(0, Unavailable), (1, Unavailable), (2, Unavailable)]);
    assert_eq!(scene.finish(3, Running), None, "nothing has waited");
    assert_eq!(scene.breaker.admission(), Admission::All);
}

#[test]
fn one_unavailable_job_is_not_an_outage() {
    let mut scene = Scene::new(100);
    for _ in 0..50 {
        scene.finish(0, Unavailable);
    }
    assert_eq!(scene.breaker.admission(), Admission::All);
}

#[test]
fn any_response_ends_an_outage() {
    for outcome in [Running, NotFound, NoSuchPath, Error, Unauthorized] {
        let mut scene = Scene::new(100);
        for job in 0..6 {
            scene.finish(job, Unavailable);
        }
        assert!(scene.is_outage());
        scene.finish(7, outcome);
        assert_eq!(scene.breaker.admission(), Admission::All, "{outcome:?}");
    }
}

#[test]
fn probes_of_an_outage_become_rarer_up_to_the_shortest_interval() {
    let mut scene = Scene::new(100);
    for job in 0..200 {
        scene.finish(job, Unavailable);
        if let CircuitState::Outage(next) = scene.state() {
            let wait = next - scene.now;
            assert!(
                (Duration::from_secs(1)..=INTERVAL).contains(&wait),
                "{wait:?}"
            );
        }
    }
}

#[test]
fn a_rate_limit_lasts_as_long_as_requested_and_longer_ones_win() {
    let mut scene = Scene::new(100);
    let wait = |seconds| RateLimited(Some(Duration::from_secs(seconds)));
    let until = scene.finish(0, wait(30)).unwrap();
    assert_eq!(until, scene.now + Duration::from_secs(30));
    assert_eq!(scene.finish(1, wait(5)), None);
    assert_eq!(scene.finish(2, Running), None, "sent before");
    assert_eq!(scene.state(), CircuitState::RateLimited(until));
    let longer = scene.finish(3, wait(60)).unwrap();
    assert_eq!(scene.state(), CircuitState::RateLimited(longer));
    scene.now = longer;
    scene.finish(4, Running);
    assert_eq!(scene.state(), CircuitState::Closed);
    let immediately = scene.finish(5, wait(0)).unwrap();
    assert_eq!(immediately, scene.now + MIN_RATE_LIMIT);
}

proptest! {
    /// The rule for refused keys, checked against the whole record of outcomes.
    #[test]
    fn unauthorized_means_three_jobs_refused_without_a_success_in_between(
        record in prop::collection::vec((0_u32..6, 0_usize..6), 1..60), jobs in 1_usize..6,
    ) {
        let outcomes = [Running, Unauthorized, Unauthorized, Unavailable, NoSuchPath, Error];
        let mut scene = Scene::new(jobs);
        let mut refused = std::collections::BTreeSet::new();
        let mut is_unauthorized = false;
        for (job, outcome) in record {
            let (job, outcome) = (job % u32::try_from(jobs).unwrap(), outcomes[outcome]);
            scene.finish(job, outcome);
            match outcome {
                Running => {
                    refused.clear();
                    is_unauthorized = false;
                }
                Unauthorized => {
                    refused.insert(job);
                    is_unauthorized |= refused.len() >= jobs.min(3);
                }
                _ => {}
            }
            prop_assert_eq!(scene.is_unauthorized(), is_unauthorized);
        }
    }

    /// The rule for outages: never without failures of two different jobs, and
    /// never while jobs succeed in between.
    #[test]
    fn an_outage_means_failures_of_different_jobs_without_a_response_in_between(
        record in prop::collection::vec((0_u32..5, any::<bool>()), 1..60),
    ) {
        let mut scene = Scene::new(5);
        let mut streak = Vec::new();
        for (job, is_up) in record {
            scene.finish(job, if is_up { Running } else { Unavailable });
            if is_up {
                streak.clear();
            } else {
                streak.push(job);
            }
            let is_several = streak.iter().any(|other| *other != streak[0]);
            prop_assert_eq!(scene.is_outage(), streak.len() > 3 && is_several
                && streak[..streak.len() - 1].iter().any(|other| *other != streak[0]));
        }
    }

    /// No outcome keeps an environment closed for longer than its rule says.
    #[test]
    fn every_wait_is_limited(record in prop::collection::vec((0_u32..5, 0_usize..7), 1..80)) {
        let outcomes = [
            Running, Unauthorized, Unavailable, NoSuchPath, Error, RateLimited(None),
            RateLimited(Some(Duration::from_mins(10))),
        ];
        let mut scene = Scene::new(5);
        for (job, outcome) in record {
            scene.finish(job, outcomes[outcome]);
            let longest = scene.now + Duration::from_mins(10);
            prop_assert!(scene.breaker.opens_at().is_none_or(|opens| opens <= longest));
        }
        prop_assert!(scene.start < scene.now);
    }
}
