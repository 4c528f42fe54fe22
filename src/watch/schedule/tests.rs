//! The polling rules, on a clock that the tests turn.

use super::*;
use crate::watch::JobId;

const INTERVAL: Duration = Duration::from_secs(5);

/// Runs a schedule against a service that answers `outcome` after `latency`,
/// and records when each job was asked.
struct Simulation {
    schedule: Schedule,
    now: Instant,
    start: Instant,
    answers: BTreeSet<(Instant, PollRequest)>,
    asked: Vec<(Duration, PollRequest)>,
    latency: Duration,
}

impl Simulation {
    fn new(jobs: u32) -> Self {
        let limits = Limits {
            requests_per_second: Some(20),
            concurrent_requests: 16,
        };
        Self::with_limits(jobs, limits)
    }

    fn with_limits(jobs: u32, limits: Limits) -> Self {
        let start = Instant::now();
        let mut schedule = Schedule::new(limits, 7);
        for job in 0..jobs {
            schedule.add(PollRequest::Status(JobId(job)), INTERVAL, start);
        }
        Self {
            schedule,
            now: start,
            start,
            answers: BTreeSet::new(),
            asked: Vec::new(),
            latency: Duration::from_millis(30),
        }
    }

    fn run(
        &mut self,
        length: Duration,
        mut outcome: impl FnMut(PollRequest, Duration) -> PollOutcome,
    ) {
        let end = self.now + length;
        loop {
            while let Some(key) = self.schedule.take(self.now) {
                self.asked.push((self.now - self.start, key));
                self.answers.insert((self.now + self.latency, key));
            }
            let answer = self.answers.first().map(|(at, _)| *at);
            let wake = self.schedule.wake_at();
            let Some(next) = answer
                .into_iter()
                .chain(wake)
                .min()
                .filter(|next| *next <= end)
            else {
                self.now = end;
                return;
            };
            assert!(next >= self.now || wake.is_some(), "time never goes back");
            // A wake-up in the past without work would be a hot loop.
            assert!(answer == Some(next) || next > self.now, "woken for nothing");
            self.now = next.max(self.now);
            while let Some(&(at, key)) = self.answers.first() {
                if at > self.now {
                    break;
                }
                self.answers.remove(&(at, key));
                let outcome = outcome(key, self.now - self.start);
                self.schedule.finish(key, outcome, self.now);
            }
        }
    }

    fn times(&self, key: u32) -> Vec<f64> {
        let mine = self
            .asked
            .iter()
            .filter(|(_, each)| *each == PollRequest::Status(JobId(key)));
        mine.map(|(at, _)| at.as_secs_f64()).collect()
    }

    fn most_within(&self, window: Duration, from: Duration) -> usize {
        let times: Vec<_> = self
            .asked
            .iter()
            .map(|(at, _)| *at)
            .filter(|at| *at >= from)
            .collect();
        (0..times.len())
            .map(|at| {
                times[at..]
                    .iter()
                    .take_while(|time| **time < times[at] + window)
                    .count()
            })
            .max()
            .unwrap_or(0)
    }
}

#[test]
fn running_jobs_are_asked_every_interval() {
    let mut simulation = Simulation::new(10);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    for key in 0..10 {
        let times = simulation.times(key);
        assert!(times[0] < 1.0);
        for gap in times.windows(2).skip(1).map(|pair| pair[1] - pair[0]) {
            assert!((4.7..=5.3).contains(&gap), "{gap}");
        }
        assert!((11..=13).contains(&times.len()));
    }
}

#[test]
fn the_rate_bound_holds_in_any_second() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.most_within(SECOND, Duration::ZERO), 20);
    // … and is used to the full: every job has been asked after 25 seconds.
    let asked: BTreeSet<_> = simulation
        .asked
        .iter()
        .filter(|(at, _)| *at < Duration::from_secs(26))
        .map(|(_, key)| *key)
        .collect();
    assert_eq!(asked.len(), 500);
    assert!(simulation.asked.len() > 1_100);
}

#[test]
fn polls_are_spread_not_volleyed() {
    let limits = Limits {
        requests_per_second: Some(1_000),
        concurrent_requests: 256,
    };
    let mut simulation = Simulation::with_limits(500, limits);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    // 100 a second on average: 10 in a tenth of one.
    let most = simulation.most_within(Duration::from_millis(100), Duration::from_secs(10));
    assert!(most <= 40, "{most}");
}

#[test]
fn concurrency_is_bounded() {
    let mut simulation = Simulation::new(50);
    simulation.latency = Duration::from_secs(10);
    simulation.run(Duration::from_secs(9), |_, _| PollOutcome::Running);
    assert_eq!(simulation.asked.len(), 16);
}

#[test]
fn completed_jobs_rest_and_failed_ones_get_a_second_look_for_an_hour() {
    let mut simulation = Simulation::new(2);
    simulation.run(Duration::from_hours(3), |key, _| match key {
        PollRequest::Status(JobId(0)) => PollOutcome::Completed,
        _ => PollOutcome::Failed,
    });
    assert_eq!(simulation.times(0).len(), 1);
    let looks = simulation.times(1);
    assert!((12..=14).contains(&looks.len()), "{looks:?}");
    assert!(looks.last().unwrap() < &4_000.0);
    simulation
        .schedule
        .poll_now(PollRequest::Status(JobId(0)), simulation.now);
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    assert_eq!(simulation.times(0).len(), 2);
}

#[test]
fn a_failed_job_that_comes_back_to_life_is_watched_again() {
    let mut simulation = Simulation::new(1);
    simulation.run(Duration::from_mins(12), |_, at| {
        if at < Duration::from_mins(6) {
            PollOutcome::Failed
        } else {
            PollOutcome::Running
        }
    });
    assert!(simulation.times(0).len() > 10);
}

#[test]
fn one_failing_job_backs_off_to_two_minutes_and_one_success_resets_it() {
    let mut simulation = Simulation::new(2);
    let hour = Duration::from_hours(1);
    simulation.run(hour, |key, _| {
        if key == PollRequest::Status(JobId(0)) {
            PollOutcome::Unavailable
        } else {
            PollOutcome::Running
        }
    });
    let times = simulation.times(0);
    // Full jitter halves the mean of a wait that is capped at 120 s.
    assert!((40..=110).contains(&times.len()), "{}", times.len());
    assert!(
        times
            .windows(2)
            .all(|pair| (1.0..=121.0).contains(&(pair[1] - pair[0])))
    );
    assert!(simulation.times(1).len() > 700, "the other job goes on");
    simulation.run(Duration::from_mins(4), |_, _| PollOutcome::Running);
    let last: Vec<_> = simulation.times(0).into_iter().rev().take(3).collect();
    assert!(last[0] - last[1] < 5.5, "{last:?}");
}

#[test]
fn an_outage_is_probed_by_one_request_and_ends_within_an_interval() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    let before = simulation.asked.len();
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Unavailable);
    let probes = simulation.asked.len() - before;
    assert!((120..=400).contains(&probes), "{probes}");
    let back = simulation.now;
    let asked = simulation.asked.len();
    simulation.run(Duration::from_secs(6), |_, _| PollOutcome::Running);
    let first = simulation.asked[asked].0;
    assert!(first <= back - simulation.start + Duration::from_secs(6));
    assert!(simulation.asked.len() - asked > 10);
    assert!(simulation.most_within(SECOND, Duration::ZERO) <= 20);
}

#[test]
fn a_refused_key_stops_the_environment_but_for_one_probe_a_minute() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Unauthorized);
    // What was under way, and ten probes.
    assert!(
        simulation.asked.len() <= 16 + 11,
        "{}",
        simulation.asked.len()
    );
    assert!(matches!(
        simulation.schedule.circuit(),
        CircuitState::Unauthorized(_)
    ));
    simulation.schedule.reset(
        Limits {
            requests_per_second: Some(20),
            concurrent_requests: 16,
        },
        simulation.now,
    );
    let asked = simulation.asked.len();
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    assert!(
        simulation.asked.len() - asked >= 16,
        "a new key resumes at once"
    );
}

#[test]
fn one_refused_job_among_good_ones_does_not_stop_them() {
    let mut simulation = Simulation::new(10);
    simulation.run(Duration::from_mins(5), |key, _| {
        if key == PollRequest::Status(JobId(3)) {
            PollOutcome::Unauthorized
        } else {
            PollOutcome::Running
        }
    });
    assert!(simulation.times(9).len() > 50);
    assert!((5..=7).contains(&simulation.times(3).len()));
}

#[test]
fn a_429_holds_the_whole_environment() {
    let mut simulation = Simulation::new(100);
    let wait = Duration::from_secs(30);
    let mut limited = None;
    simulation.run(Duration::from_mins(2), |_, at| {
        if at < Duration::from_secs(10) || limited.is_some_and(|since| at > since + wait) {
            return PollOutcome::Running;
        }
        limited.get_or_insert(at);
        PollOutcome::RateLimited(Some(wait))
    });
    let since = limited.unwrap();
    let latest = since + Duration::from_millis(200);
    let during = simulation
        .asked
        .iter()
        .filter(|(at, _)| *at > latest && *at < since + wait);
    assert_eq!(during.count(), 0);
    assert!(simulation.asked.iter().any(|(at, _)| *at > since + wait));
}

#[test]
fn a_429_without_a_time_backs_off() {
    let mut simulation = Simulation::new(100);
    simulation.run(Duration::from_mins(10), |_, _| {
        PollOutcome::RateLimited(None)
    });
    assert!(simulation.asked.len() <= 60, "{}", simulation.asked.len());
}

#[test]
fn an_unknown_job_is_tried_once_a_minute() {
    let mut simulation = Simulation::new(1);
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::NotFound);
    assert!((10..=11).contains(&simulation.asked.len()));
}

#[test]
fn pause_stops_all_but_what_is_asked_for() {
    let mut simulation = Simulation::new(5);
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    simulation.schedule.pause(true);
    let asked = simulation.asked.len();
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.asked.len(), asked);
    simulation
        .schedule
        .poll_now(PollRequest::Status(JobId(2)), simulation.now);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.asked.len(), asked + 1);
    simulation.schedule.pause(false);
    simulation.run(Duration::from_secs(10), |_, _| PollOutcome::Running);
    assert!(simulation.asked.len() > asked + 5);
}

#[test]
fn a_job_asked_for_while_under_way_is_asked_once_more() {
    let mut simulation = Simulation::new(1);
    let key = simulation.schedule.take(simulation.now).unwrap();
    simulation.schedule.poll_now(key, simulation.now);
    assert_eq!(simulation.schedule.take(simulation.now + SECOND), None);
    simulation
        .schedule
        .finish(key, PollOutcome::Completed, simulation.now + SECOND);
    assert_eq!(simulation.schedule.take(simulation.now + SECOND), Some(key));
}

#[test]
fn a_removed_job_frees_its_place_when_its_answer_comes() {
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: 1,
    };
    let mut simulation = Simulation::with_limits(2, limits);
    let now = simulation.now;
    assert_eq!(
        simulation.schedule.take(now),
        Some(PollRequest::Status(JobId(0)))
    );
    simulation.schedule.remove(PollRequest::Status(JobId(0)));
    assert_eq!(simulation.schedule.take(now), None);
    simulation
        .schedule
        .finish(PollRequest::Status(JobId(0)), PollOutcome::Running, now);
    assert_eq!(
        simulation.schedule.take(now),
        Some(PollRequest::Status(JobId(1)))
    );
    assert_eq!(simulation.schedule.due(PollRequest::Status(JobId(0))), None);
}

#[test]
fn rate_limit_holds_across_a_reset() {
    let limits = |rate| Limits {
        requests_per_second: Some(rate),
        concurrent_requests: 100,
    };
    for (before, after) in [(20, 20), (20, 5), (5, 20)] {
        let mut simulation = Simulation::with_limits(500, limits(before));
        simulation.run(SECOND * 3 / 2, |_, _| PollOutcome::Running);
        let now = simulation.now;
        simulation.schedule.reset(limits(after), now);
        simulation.run(SECOND * 3, |_, _| PollOutcome::Running);
        let most = simulation.most_within(SECOND, Duration::ZERO);
        assert_eq!(most, before.max(after) as usize, "{before} to {after}");
    }
}
