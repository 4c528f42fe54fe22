//! The rate limit and the limit of concurrent requests.

use super::*;

#[test]
fn the_rate_limit_holds_in_any_second_and_is_used_in_full() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.most_within(SECOND, Duration::ZERO), 20);
    let first_polls = simulation.times(499)[0];
    assert!(first_polls < 26.0, "{first_polls}");
    assert!(simulation.sent.len() > 1_100);
}

#[test]
fn the_rate_limit_holds_across_a_reset() {
    let limits = |rate| Limits {
        requests_per_second: Some(rate),
        concurrent_requests: 100,
    };
    for (before, after) in [(20, 20), (20, 5), (5, 20)] {
        let mut simulation = Simulation::with_limits(500, limits(before));
        simulation.run(SECOND * 3 / 2, |_, _| PollOutcome::Running);
        simulation.schedule.reset(limits(after), simulation.now);
        simulation.run(SECOND * 3, |_, _| PollOutcome::Running);
        let most = simulation.most_within(SECOND, Duration::ZERO);
        assert_eq!(most, before.max(after) as usize, "{before} to {after}");
    }
}

#[test]
fn requests_in_flight_are_limited() {
    let mut simulation = Simulation::new(50);
    simulation.latency = Duration::from_secs(10);
    simulation.run(Duration::from_secs(9), |_, _| PollOutcome::Running);
    assert_eq!(simulation.sent.len(), 16);
}

#[test]
fn a_removed_job_in_flight_counts_until_its_response() {
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: 1,
    };
    let mut simulation = Simulation::with_limits(2, limits);
    let now = simulation.now;
    assert_eq!(simulation.schedule.take(now), Some(status(0)));
    simulation.schedule.remove(status(0));
    assert_eq!(simulation.schedule.take(now), None);
    simulation
        .schedule
        .finish(status(0), PollOutcome::Running, now);
    assert_eq!(simulation.schedule.take(now), Some(status(1)));
    assert_eq!(simulation.schedule.due(status(0)), None);
}

#[test]
fn a_canceled_request_is_removed_and_no_longer_counts() {
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: 1,
    };
    let mut simulation = Simulation::with_limits(2, limits);
    let now = simulation.now;
    assert_eq!(simulation.schedule.take(now), Some(status(0)));
    simulation.schedule.cancel(status(0));
    assert!(!simulation.schedule.contains(status(0)));
    assert_eq!(simulation.schedule.take(now), Some(status(1)));
}

#[test]
fn listing_calls_use_at_most_half_of_the_rate() {
    let mut simulation = Simulation::new(1);
    for job in 100..2_100 {
        let request = PollRequest::Newest(JobId(job));
        simulation.schedule.add(request, INTERVAL, simulation.start);
    }
    simulation.run(Duration::from_mins(2), |_, _| PollOutcome::Running);
    let since = simulation.elapsed();
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Running);
    let listings = simulation.sent.iter();
    let listings = listings.filter(|(at, request)| *at >= since && request.is_listing());
    let rate = listings.count() / 600;
    assert!((9..=10).contains(&rate), "{rate} a second");
}
