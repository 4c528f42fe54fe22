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
    assert_eq!(stretched, Duration::from_secs(100));
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
