//! Fairness: no job waits for the others longer than the limits require.

use fastrand::Rng;
use proptest::prelude::*;

use super::*;

/// The longest time in seconds that a job waited for a poll, also at the end.
fn longest_gap(simulation: &Simulation, job: u32) -> f64 {
    let end = simulation.elapsed().as_secs_f64();
    let times = simulation.times(job);
    let starts = std::iter::once(0.0).chain(times.iter().copied());
    let ends = times.iter().copied().chain([end]);
    starts
        .zip(ends)
        .map(|(from, to)| to - from)
        .fold(0.0, f64::max)
}

#[test]
fn every_job_is_polled_within_twice_the_stretched_interval() {
    let mut simulation = Simulation::new(2_000);
    let stretched = simulation.schedule.stretched_interval(INTERVAL);
    assert_eq!(stretched.as_secs(), 133);
    simulation.run(Duration::from_mins(20), |_, _| PollOutcome::Running);
    for job in 0..2_000 {
        let gap = longest_gap(&simulation, job);
        assert!(gap <= 2.0 * stretched.as_secs_f64(), "job {job}: {gap}");
    }
}

#[test]
fn without_a_rate_limit_the_interval_is_not_stretched() {
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: 16,
    };
    let simulation = Simulation::with_limits(2_000, limits);
    assert_eq!(simulation.schedule.stretched_interval(INTERVAL), INTERVAL);
}

#[test]
fn failing_jobs_do_not_delay_the_others() {
    for outcome in [
        PollOutcome::Error,
        PollOutcome::Unavailable,
        PollOutcome::Unauthorized,
        PollOutcome::NotFound,
        PollOutcome::NoSuchPath,
    ] {
        // The failing job also takes the longest to respond.
        let mut simulation = Simulation::new(20);
        simulation.run(Duration::from_mins(30), |request, _| {
            if request == status(0) {
                outcome
            } else {
                PollOutcome::Running
            }
        });
        for job in 1..20 {
            let gap = longest_gap(&simulation, job);
            // The first polls are one half to one and a half intervals apart.
            assert!(
                gap <= 1.5 * INTERVAL.as_secs_f64(),
                "{outcome:?}, {job}: {gap}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the other jobs meet, a healthy job is never delayed by more than
    /// one interval, as long as fewer than three jobs are refused at a time.
    #[test]
    fn healthy_jobs_are_polled_whatever_the_others_meet(
        seed: u64,
        jobs in 4_u32..60,
        failing in 1_u32..12,
        refused in 0_u32..2,
    ) {
        let mut simulation = Simulation::new(jobs);
        simulation.schedule.rng = Rng::with_seed(seed);
        let failing = failing.min(jobs - 3);
        let mut random = Rng::with_seed(seed);
        simulation.run(Duration::from_mins(10), |request, _| {
            let PollRequest::Status(JobId(job)) = request else {
                return PollOutcome::Running;
            };
            if job < refused {
                PollOutcome::Unauthorized
            } else if job < refused + failing {
                *random.choice(&[
                    PollOutcome::Unavailable,
                    PollOutcome::Unavailable,
                    PollOutcome::Unavailable,
                    PollOutcome::Error,
                    PollOutcome::NoSuchPath,
                ]).unwrap()
            } else {
                PollOutcome::Running
            }
        });
        let stretched = simulation.schedule.stretched_interval(INTERVAL).as_secs_f64();
        for job in refused + failing..jobs {
            let gap = longest_gap(&simulation, job);
            prop_assert!(gap <= 2.0 * stretched + 0.5, "{} of {}: {}", job, jobs, gap);
        }
        prop_assert!(simulation.most_within(SECOND, Duration::ZERO) <= 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever comes first, under a rate limit every job is polled within the
    /// stretched interval; those that come first are polled more often.
    #[test]
    fn jobs_that_come_first_delay_no_other_beyond_the_stretched_interval(
        seed: u64,
        jobs in 150_u32..900,
        first in 1_u32..60,
        failing in 0_u32..60,
        rate in 2_u32..30,
    ) {
        let limits = Limits {
            requests_per_second: Some(rate),
            concurrent_requests: 16,
        };
        let mut simulation = Simulation::with_limits(jobs, limits);
        simulation.schedule.rng = Rng::with_seed(seed);
        let stretched = simulation.schedule.stretched_interval(INTERVAL);
        let in_view = (jobs - first..jobs).map(status);
        simulation.schedule.poll_first(in_view.collect());
        simulation.run(3 * stretched, |request, _| match request {
            PollRequest::Status(JobId(job)) if job < failing => PollOutcome::Error,
            _ => PollOutcome::Running,
        });
        // A job that was due just before another waits for it, too.
        let most = stretched.as_secs_f64() + 1.5 * INTERVAL.as_secs_f64();
        for job in failing..jobs {
            let gap = longest_gap(&simulation, job);
            prop_assert!(gap <= most, "{}: {} of {}", job, gap, most);
        }
        prop_assert!(simulation.most_within(SECOND, Duration::ZERO) <= rate as usize);
    }
}

#[test]
fn jobs_in_view_are_polled_before_others_under_a_rate_limit() {
    let mut simulation = Simulation::new(2_000);
    let in_view = 1_900..1_920;
    let requests = in_view.clone().map(status);
    simulation.schedule.poll_first(requests.collect());
    simulation.run(Duration::from_secs(2), |_, _| PollOutcome::Running);
    let polled = simulation.jobs_since(Duration::ZERO);
    assert!(in_view.clone().all(|job| polled.contains(&status(job))));
    simulation.run(Duration::from_mins(30), |_, _| PollOutcome::Running);
    let polls = |jobs: std::ops::Range<u32>| -> usize {
        let counts: Vec<_> = jobs.map(|job| simulation.times(job).len()).collect();
        counts.iter().sum::<usize>() / counts.len()
    };
    // Five polls a second go to the twenty jobs in view.
    assert!(polls(in_view) > 300);
    assert!((13..=16).contains(&polls(0..1_900)), "{}", polls(0..1_900));
    // Those of an earlier window come first no longer.
    simulation.schedule.poll_first([status(7)].into());
    let since = simulation.elapsed();
    simulation.run(Duration::from_mins(2), |_, _| PollOutcome::Running);
    let times = simulation.times(7);
    assert!(
        times
            .iter()
            .filter(|time| **time > since.as_secs_f64())
            .count()
            > 18
    );
    let times = simulation.times(1_900);
    assert!(
        times
            .iter()
            .filter(|time| **time > since.as_secs_f64())
            .count()
            < 4
    );
}

#[test]
fn new_and_failing_jobs_are_polled_before_others_under_a_rate_limit() {
    let mut simulation = Simulation::new(2_000);
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Running);
    let (start, now) = (simulation.elapsed(), simulation.now);
    for job in 5_000..5_010 {
        simulation.schedule.add(status(job), INTERVAL, now);
    }
    simulation.run(Duration::from_secs(5), |_, _| PollOutcome::Running);
    let polled = simulation.jobs_since(start);
    assert!((5_000..5_010).all(|job| polled.contains(&status(job))));
    simulation.run(Duration::from_mins(20), |request, _| {
        if request == status(3) {
            PollOutcome::Error
        } else {
            PollOutcome::Running
        }
    });
    // Its waits are those of the backoff, at most two minutes, without the queue.
    let failing = simulation.times(3).len();
    assert!(failing > simulation.times(4).len() + 3, "{failing}");
}

#[test]
fn jobs_in_view_need_no_rate_limit_to_be_polled_as_usual() {
    let mut simulation = Simulation::new(10);
    simulation.schedule.poll_first([status(3)].into());
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    for job in 0..10 {
        assert!((11..=13).contains(&simulation.times(job).len()));
    }
}
