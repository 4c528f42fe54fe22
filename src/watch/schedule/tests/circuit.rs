//! What the failures of some jobs mean for the others.

use super::*;

#[test]
fn an_outage_is_probed_by_one_request_and_ends_within_an_interval() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    let before = simulation.sent.len();
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Unavailable);
    let probes = simulation.sent.len() - before;
    assert!((120..=400).contains(&probes), "{probes}");
    assert!(matches!(
        simulation.schedule.circuit(),
        CircuitState::Outage(_)
    ));
    let (back, sent) = (simulation.elapsed(), simulation.sent.len());
    simulation.run(Duration::from_secs(6), |_, _| PollOutcome::Running);
    assert!(simulation.sent[sent].0 <= back + Duration::from_secs(6));
    assert!(simulation.sent.len() - sent > 10);
    assert!(simulation.most_within(SECOND, Duration::ZERO) <= 20);
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
}

#[test]
fn jobs_that_a_short_outage_delays_are_polled_within_two_intervals() {
    for seed in 0..20 {
        let mut simulation = Simulation::new(60);
        simulation.schedule.rng = Rng::with_seed(seed);
        simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
        let start = simulation.elapsed();
        simulation.run(SECOND, |_, _| PollOutcome::Unavailable);
        let mut end = None;
        simulation.run(Duration::from_secs(20), |_, at| {
            end.get_or_insert(at);
            PollOutcome::Running
        });
        let outage = end.unwrap_or(start).saturating_sub(start);
        let most = 1.85 * INTERVAL.as_secs_f64() + outage.as_secs_f64();
        for job in 0..60 {
            let times = simulation.times(job);
            let gaps = times.windows(2).skip(2).map(|pair| pair[1] - pair[0]);
            let longest = gaps.fold(0.0, f64::max);
            assert!(
                longest <= most,
                "seed {seed}, job {job}: {longest} of {most}"
            );
        }
    }
}

#[test]
fn an_outage_before_the_second_poll_delays_it_by_two_intervals_at_most() {
    for seed in 0..20 {
        let mut simulation = Simulation::new(60);
        simulation.schedule.rng = Rng::with_seed(seed);
        // The second polls are spread over 2.5 to 7.5 s after the first.
        simulation.run(Duration::from_secs(7), |_, _| PollOutcome::Running);
        simulation.run(SECOND, |_, _| PollOutcome::Unavailable);
        simulation.run(Duration::from_secs(20), |_, _| PollOutcome::Running);
        for job in 0..60 {
            let times = simulation.times(job);
            let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
            let longest = gaps.fold(0.0, f64::max);
            // A burst waits for the rate limit.
            let most = 2.0 * INTERVAL.as_secs_f64() + 0.5;
            assert!(longest <= most, "seed {seed}, job {job}: {longest}");
        }
    }
}

#[test]
fn one_failing_job_that_is_removed_and_added_again_is_not_an_outage() {
    let mut simulation = Simulation::new(1);
    let fail = |_, _| PollOutcome::Unavailable;
    for job in 0..10 {
        simulation.run(Duration::from_secs(30), fail);
        // What is in flight fails after the job was added again.
        let now = simulation.now;
        simulation.schedule.poll_now(status(job), now);
        simulation.run(Duration::from_millis(10), fail);
        simulation.schedule.remove(status(job));
        let now = simulation.now;
        simulation.schedule.add(status(job + 1), INTERVAL, now);
        simulation.run(SECOND, fail);
        assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
    }
}

#[test]
fn three_failing_jobs_at_the_start_do_not_stop_the_others() {
    for (outcome, jobs) in [
        (PollOutcome::Unavailable, 3),
        (PollOutcome::Unavailable, 60),
        (PollOutcome::Unauthorized, 2),
    ] {
        for concurrent_requests in [1, 4, 16] {
            let limits = Limits {
                requests_per_second: Some(20),
                concurrent_requests,
            };
            let mut simulation = Simulation::with_limits(201, limits);
            simulation.run(Duration::from_secs(15), |request, _| {
                if request < status(jobs) {
                    outcome
                } else {
                    PollOutcome::Completed
                }
            });
            let polled = simulation.jobs_since(Duration::ZERO).len();
            assert_eq!(polled, 201, "{jobs} × {outcome:?}, {concurrent_requests}");
        }
    }
}

#[test]
fn every_job_is_tried_once_even_if_all_fail() {
    let mut simulation = Simulation::new(201);
    simulation.run(Duration::from_secs(15), |_, _| PollOutcome::Unavailable);
    assert_eq!(simulation.jobs_since(Duration::ZERO).len(), 201);
    let since = simulation.elapsed();
    simulation.run(Duration::from_mins(5), |_, _| PollOutcome::Unavailable);
    let probes = simulation.sent.iter().filter(|(at, _)| *at >= since);
    assert!(probes.count() <= 200);
}

#[test]
fn a_requested_job_does_not_wait_for_the_first_polls_during_an_outage() {
    let mut simulation = Simulation::new(10_000);
    simulation.run(Duration::from_secs(10), |_, _| PollOutcome::Unavailable);
    let since = simulation.elapsed();
    simulation.schedule.poll_now(status(9_999), simulation.now);
    simulation.run(SECOND, |_, _| PollOutcome::Unavailable);
    let polled = simulation.jobs_since(since);
    assert!(polled.contains(&status(9_999)), "{}", polled.len());
}

#[test]
fn three_failing_jobs_among_healthy_ones_are_no_outage() {
    let mut simulation = Simulation::new(200);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    let since = simulation.elapsed();
    let mut is_outage = false;
    for _ in 0..600 {
        simulation.run(SECOND, |request, _| {
            if request < status(3) {
                PollOutcome::Unavailable
            } else {
                PollOutcome::Running
            }
        });
        is_outage |= simulation.schedule.circuit() != CircuitState::Closed;
    }
    assert!(!is_outage);
    let polls = simulation.sent.iter().filter(|(at, _)| *at >= since);
    assert!(polls.count() > 11_000, "the rate is used in full");
}

#[test]
fn one_failing_job_alone_is_no_outage() {
    let mut simulation = Simulation::new(1);
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Unavailable);
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
}

#[test]
fn a_refused_key_stops_the_environment_but_for_one_probe_a_minute() {
    let mut simulation = Simulation::new(500);
    simulation.run(Duration::from_mins(10), |_, _| PollOutcome::Unauthorized);
    // Those in flight, and ten probes.
    let sent = simulation.sent.len();
    assert!(sent <= 16 + 11, "{sent}");
    let state = simulation.schedule.circuit();
    assert!(matches!(state, CircuitState::Unauthorized(_)));
    simulation.schedule.reset(LIMITS, simulation.now);
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    assert!(
        simulation.sent.len() - sent >= 16,
        "a new key resumes polling"
    );
}

#[test]
fn an_accepted_key_resumes_polling_by_the_next_probe() {
    let mut simulation = Simulation::new(100);
    simulation.run(Duration::from_mins(5), |_, _| PollOutcome::Unauthorized);
    let since = simulation.elapsed();
    simulation.run(Duration::from_secs(70), |_, _| PollOutcome::Running);
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
    assert_eq!(simulation.jobs_since(since).len(), 100);
}

#[test]
fn refused_jobs_among_accepted_ones_do_not_stop_them() {
    let mut simulation = Simulation::new(10);
    let mut is_closed = true;
    for _ in 0..300 {
        simulation.run(SECOND, |request, _| {
            if request == status(3) || request == status(4) {
                PollOutcome::Unauthorized
            } else {
                PollOutcome::Running
            }
        });
        is_closed &= simulation.schedule.circuit() == CircuitState::Closed;
    }
    assert!(is_closed);
    assert!(simulation.times(9).len() > 50);
    for job in [3, 4] {
        assert!((5..=7).contains(&simulation.times(job).len()));
    }
}

#[test]
fn a_refused_key_is_reported_only_after_the_requests_in_flight() {
    let mut simulation = Simulation::new(16);
    let now = simulation.now;
    let requests: Vec<_> = (0..4)
        .filter_map(|step| simulation.schedule.take(now + SECOND * step))
        .collect();
    for request in &requests[..3] {
        let later = now + SECOND * 4;
        simulation
            .schedule
            .finish(*request, PollOutcome::Unauthorized, later);
    }
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
    assert_eq!(simulation.schedule.take(now + SECOND * 5), None, "it waits");
    let later = now + SECOND * 6;
    simulation
        .schedule
        .finish(requests[3], PollOutcome::Running, later);
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
    assert!(simulation.schedule.take(later).is_some());
}

#[test]
fn a_rate_limit_stops_the_whole_environment() {
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
    // Requests in flight were sent before.
    let latest = since + Duration::from_millis(200);
    let during = simulation
        .sent
        .iter()
        .filter(|(at, _)| *at > latest && *at < since + wait);
    assert_eq!(during.count(), 0);
    assert!(simulation.sent.iter().any(|(at, _)| *at > since + wait));
}

#[test]
fn a_rate_limit_without_a_wait_backs_off() {
    let mut simulation = Simulation::new(100);
    simulation.run(Duration::from_mins(10), |_, _| {
        PollOutcome::RateLimited(None)
    });
    let sent = simulation.sent.len();
    assert!(sent <= 60, "{sent}");
}

#[test]
fn failures_in_flight_do_not_end_a_rate_limit() {
    for outcome in [PollOutcome::Unavailable, PollOutcome::Unauthorized] {
        let mut simulation = Simulation::new(16);
        let now = simulation.now + SECOND * 10;
        let requests: Vec<_> = (0..8)
            .filter_map(|step| simulation.schedule.take(simulation.now + SECOND * step))
            .collect();
        let wait = Duration::from_mins(5);
        let limited = PollOutcome::RateLimited(Some(wait));
        simulation.schedule.finish(requests[0], limited, now);
        for request in &requests[1..] {
            simulation.schedule.finish(*request, outcome, now);
        }
        let state = simulation.schedule.circuit();
        assert_eq!(state, CircuitState::RateLimited(now + wait), "{outcome:?}");
        assert_eq!(simulation.schedule.take(now + wait - SECOND), None);
    }
}

#[test]
fn refused_listings_do_not_stop_statuses() {
    let mut simulation = Simulation::new(10);
    for job in 20..30 {
        let request = PollRequest::Newest(JobId(job));
        simulation.schedule.add(request, INTERVAL, simulation.start);
    }
    let request = PollRequest::Tenants(FollowId(1));
    simulation.schedule.add(request, INTERVAL, simulation.start);
    simulation.run(Duration::from_mins(10), |request, _| {
        if request.is_listing() {
            PollOutcome::Unauthorized
        } else {
            PollOutcome::Running
        }
    });
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
    for job in 0..10 {
        assert!(simulation.times(job).len() > 110, "{job}");
    }
}

#[test]
fn new_job_is_polled_although_all_earlier_ones_are_refused() {
    let mut simulation = Simulation::new(2);
    let answer = |request, _| {
        if request < status(2) {
            PollOutcome::Unauthorized
        } else {
            PollOutcome::Running
        }
    };
    simulation.run(Duration::from_mins(5), answer);
    let circuit = simulation.schedule.circuit();
    assert!(matches!(circuit, CircuitState::Unauthorized(_)));
    let now = simulation.now;
    simulation.schedule.add(status(2), INTERVAL, now);
    let added = simulation.elapsed();
    simulation.run(SECOND, answer);
    assert!(simulation.times(2)[0] <= (added + SECOND).as_secs_f64());
    assert_eq!(simulation.schedule.circuit(), CircuitState::Closed);
}
