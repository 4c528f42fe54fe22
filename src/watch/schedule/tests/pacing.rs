//! When a job is polled again, depending on its last outcome.

use super::*;

#[test]
fn running_jobs_are_polled_every_interval() {
    let mut simulation = Simulation::new(10);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    for job in 0..10 {
        let times = simulation.times(job);
        assert!(times[0] < 1.0);
        for gap in times.windows(2).skip(1).map(|pair| pair[1] - pair[0]) {
            assert!((4.7..=5.3).contains(&gap), "{gap}");
        }
        assert!((11..=13).contains(&times.len()));
    }
}

#[test]
fn polls_are_spread_over_the_interval() {
    let limits = Limits {
        requests_per_second: Some(1_000),
        concurrent_requests: 256,
    };
    let mut simulation = Simulation::with_limits(500, limits);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    // 100 a second on average are 10 in a tenth of a second.
    let most = simulation.most_within(Duration::from_millis(100), Duration::from_secs(10));
    assert!(most <= 40, "{most}");
}

#[test]
fn completed_jobs_are_not_polled_and_failed_ones_rarely_for_an_hour() {
    let mut simulation = Simulation::new(2);
    simulation.run(Duration::from_hours(3), |request, _| {
        if request == status(0) {
            PollOutcome::Completed
        } else {
            PollOutcome::Failed
        }
    });
    assert_eq!(simulation.times(0).len(), 1);
    let polls = simulation.times(1);
    assert!((12..=14).contains(&polls.len()), "{polls:?}");
    assert!(polls.last().unwrap() < &4_000.0);
    simulation.schedule.poll_now(status(0), simulation.now);
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    assert_eq!(simulation.times(0).len(), 2);
}

#[test]
fn a_re_triggered_job_is_polled_every_interval_again() {
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
fn a_failing_job_backs_off_to_two_minutes_until_its_first_success() {
    let mut simulation = Simulation::new(2);
    simulation.run(Duration::from_hours(1), |request, _| {
        if request == status(0) {
            PollOutcome::Unavailable
        } else {
            PollOutcome::Running
        }
    });
    let times = simulation.times(0);
    // Full jitter halves the mean of a wait that is at most 120 s.
    assert!((40..=110).contains(&times.len()), "{}", times.len());
    let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(gaps.clone().all(|gap| (1.0..=121.0).contains(&gap)));
    assert!(
        simulation.times(1).len() > 700,
        "the other job is not affected"
    );
    simulation.run(Duration::from_mins(4), |_, _| PollOutcome::Running);
    let last: Vec<_> = simulation.times(0).into_iter().rev().take(3).collect();
    assert!(last[0] - last[1] < 5.5, "{last:?}");
}

#[test]
fn a_rejected_job_is_polled_once_a_minute() {
    for outcome in [
        PollOutcome::NotFound,
        PollOutcome::NoSuchPath,
        PollOutcome::Unauthorized,
    ] {
        let mut simulation = Simulation::new(2);
        simulation.run(Duration::from_mins(10), |request, _| {
            if request == status(0) {
                outcome
            } else {
                PollOutcome::Running
            }
        });
        let polls = simulation.times(0).len();
        assert!((10..=11).contains(&polls), "{outcome:?}: {polls}");
        assert!(simulation.times(1).len() > 110, "{outcome:?}");
    }
}
