//! What a long sleep and a dead network do to the polling of many jobs.

use std::time::Duration;

use hgtop::hotglue::age;
use hgtop::watch::{JobId, Limits, PollOutcome, PollRequest, Schedule};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

const LIMITS: Limits = Limits {
    requests_per_second: Some(20),
    concurrent_requests: 16,
};

fn schedule(jobs: u32, now: Instant) -> Schedule {
    let mut schedule = Schedule::new(LIMITS, 7);
    for key in 0..jobs {
        let request = PollRequest::Status(JobId(key));
        schedule.add(request, Duration::from_secs(5), now);
    }
    schedule
}

#[tokio::test(start_paused = true)]
async fn a_long_sleep_is_not_followed_by_a_burst() {
    let begin = Instant::now();
    let mut schedule = schedule(500, begin);
    let later = begin + Duration::from_hours(8);
    let mut sent = 0;
    for millisecond in 0..1_000 {
        let now = later + Duration::from_millis(millisecond);
        while let Some(request) = schedule.take(now) {
            sent += 1;
            schedule.finish(request, PollOutcome::Running, now);
        }
    }
    assert!(sent <= 20, "{sent} in the first second");
    // Ages come from the wall clock, which counts the sleep too.
    let event = Timestamp::now() - SignedDuration::from_hours(8);
    assert_eq!(age(event, Timestamp::now()), "8h");
}

/// Sends requests that are not answered. Returns their number.
fn send_in_vain(schedule: &mut Schedule, from: Instant, until: Instant) -> usize {
    let mut sent = 0;
    let mut now = from;
    while now < until {
        while let Some(request) = schedule.take(now) {
            sent += 1;
            schedule.finish(request, PollOutcome::Unavailable, now);
        }
        now = schedule
            .wake_at()
            .unwrap_or(now)
            .max(now + Duration::from_millis(1));
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_jobs_without_a_network_are_tried_once_and_then_one_at_a_time() {
    let begin = Instant::now();
    let mut schedule = schedule(10_000, begin);
    let tried = begin + Duration::from_secs(510);
    let sent = send_in_vain(&mut schedule, begin, tried);
    assert!((10_000..10_400).contains(&sent), "{sent} first polls");
    let sent = send_in_vain(&mut schedule, tried, tried + Duration::from_mins(5));
    assert!(sent < 400, "{sent} requests in five minutes");
}
