//! Requests of the user: poll now, pause, remove and add again.

use super::*;

#[test]
fn a_pause_stops_all_polls_but_those_requested() {
    let mut simulation = Simulation::new(5);
    simulation.run(SECOND, |_, _| PollOutcome::Running);
    simulation.schedule.pause(true);
    let sent = simulation.sent.len();
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.sent.len(), sent);
    simulation.schedule.poll_now(status(2), simulation.now);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Running);
    assert_eq!(simulation.sent.len(), sent + 1);
    simulation.schedule.pause(false);
    simulation.run(Duration::from_secs(10), |_, _| PollOutcome::Running);
    assert!(simulation.sent.len() > sent + 5);
}

#[test]
fn a_pause_stops_probes_and_first_polls() {
    let mut simulation = Simulation::new(50);
    simulation.run(SECOND, |_, _| PollOutcome::Unavailable);
    simulation.schedule.pause(true);
    let sent = simulation.sent.len();
    simulation.run(Duration::from_mins(5), |_, _| PollOutcome::Unavailable);
    assert_eq!(simulation.sent.len(), sent);
    simulation.schedule.poll_now(status(2), simulation.now);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Unavailable);
    assert_eq!(simulation.sent.len(), sent + 1);
}

#[test]
fn a_job_requested_while_in_flight_is_polled_once_more() {
    let mut simulation = Simulation::new(1);
    let request = simulation.schedule.take(simulation.now).unwrap();
    let now = simulation.now + SECOND;
    simulation.schedule.poll_now(request, simulation.now);
    simulation.schedule.poll_now(request, simulation.now);
    assert_eq!(simulation.schedule.take(now), None);
    simulation
        .schedule
        .finish(request, PollOutcome::Completed, now);
    assert_eq!(simulation.schedule.take(now), Some(request));
    let later = now + SECOND;
    simulation
        .schedule
        .finish(request, PollOutcome::Completed, later);
    assert_eq!(simulation.schedule.take(later), None);
}

#[test]
fn requested_jobs_are_polled_first_and_once_each() {
    let mut simulation = Simulation::new(500);
    for _ in 0..3 {
        simulation.schedule.poll_now(status(499), simulation.now);
        simulation.schedule.poll_now(status(3), simulation.now);
    }
    simulation.run(Duration::from_secs(4), |_, _| PollOutcome::Running);
    let first: Vec<_> = simulation
        .sent
        .iter()
        .map(|(_, request)| *request)
        .collect();
    assert_eq!(first[..3], [status(499), status(3), status(0)]);
    assert_eq!(simulation.times(3).len(), 1);
}

#[test]
fn poll_all_polls_every_job_once() {
    let mut simulation = Simulation::new(20);
    simulation.run(Duration::from_secs(2), |_, _| PollOutcome::Completed);
    assert_eq!(simulation.sent.len(), 20);
    simulation.schedule.poll_all(simulation.now);
    simulation.schedule.poll_all(simulation.now);
    simulation.run(Duration::from_mins(1), |_, _| PollOutcome::Completed);
    assert_eq!(simulation.sent.len(), 40);
}

#[test]
fn a_job_removed_and_added_while_in_flight_is_polled_after_that_request() {
    let mut simulation = Simulation::new(1);
    let (schedule, now) = (&mut simulation.schedule, simulation.now);
    let request = schedule.take(now).unwrap();
    for _ in 0..2 {
        schedule.remove(request);
        schedule.add(request, INTERVAL, now);
        assert_eq!(schedule.take(now + SECOND), None);
    }
    let later = now + SECOND;
    schedule.finish(request, PollOutcome::Running, later);
    assert_eq!(schedule.take(later), Some(request));
    schedule.finish(request, PollOutcome::Running, later + SECOND);
    assert_eq!(schedule.take(later + SECOND), None);
    schedule.remove(request);
    schedule.add(request, INTERVAL, later + SECOND);
    assert_eq!(schedule.take(later + SECOND), Some(request));
}
