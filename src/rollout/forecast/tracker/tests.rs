use super::*;
use crate::history::PastRun;
use crate::hotglue::{JobRoot, State};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn flow() -> FlowId {
    FlowId::parse("f").unwrap()
}

fn tenant(number: u32) -> TenantId {
    TenantId::parse(&format!("t{number}")).unwrap()
}

/// A flow with eight tenants whose runs take about `100 × 2^n` seconds.
fn baseline() -> FlowBaseline {
    let past: Vec<_> = (0..8)
        .flat_map(|number| (1..6).map(move |age| (number, age)))
        .map(|(number, age)| {
            let started = at(-i64::from(age) * 86_400);
            let seconds = (100_i64 << number) * (98 + i64::from(age)) / 100;
            PastRun {
                tenant: tenant(number),
                tap: Text::default(),
                tap_version: None,
                job_root: JobRoot::parse(&format!("t{number}/flows/f/jobs/{age}")).unwrap(),
                started,
                finished: started + SignedDuration::from_secs(seconds),
                state: State::Completed,
                stages: Vec::new(),
                silences: Vec::new(),
                rows: None,
                message: None,
            }
        })
        .collect();
    FlowBaseline::new(&past).unwrap()
}

/// The forecast, and the tenant's job after a poll.
fn poll(forecast: &mut Forecast, number: u32, polled: i64, end: Option<JobEnd>) {
    let (flow, tenant) = (flow(), tenant(number));
    let job = ForecastJob {
        id: JobId(number),
        environment: EnvironmentId(0),
        flow: &flow,
        tenant: &tenant,
        tap: None,
        started: Some(at(0)),
        end,
        polled: Some(at(polled)),
    };
    forecast.update(&job, || None);
}

fn forecast() -> Forecast {
    let mut forecast = Forecast::default();
    forecast.set_baseline(EnvironmentId(0), flow(), baseline());
    forecast
}

/// Computes the ETA of the first jobs, all unfinished.
fn compute(forecast: &mut Forecast, jobs: u32, not_started: usize, now: i64) -> ForecastAnswer {
    let mut request = ForecastRequest::new(at(now));
    let jobs = (0..jobs).map(|number| (JobId(number), true));
    let snapshot = forecast.snapshot(jobs, not_started);
    request.add(vec![ForecastScope::All], snapshot);
    forecast.start(at(now));
    request.compute()
}

#[test]
fn eta_is_that_of_the_job_that_finishes_last() {
    let mut forecast = forecast();
    for number in 0..3 {
        poll(&mut forecast, number, 10, None);
    }
    let answer = compute(&mut forecast, 3, 2, 10);
    forecast.finish(answer);
    let eta = forecast.eta(&ForecastScope::All).unwrap();
    assert_eq!(eta.last_job(), Some(JobId(2)));
    assert_eq!((eta.started, eta.not_started), (3, 2));
    let median = eta.p50.duration_since(at(0)).as_secs();
    assert!((380..440).contains(&median), "{median}");
    assert!(eta.from < eta.p50 && eta.p50 < eta.p90 && eta.p90 < eta.to);
    let first = forecast.eta_of(JobId(0), at(10)).unwrap();
    let median = first.p50.duration_since(at(0)).as_secs();
    assert!((90..115).contains(&median), "{median}");
}

#[test]
fn there_is_no_eta_without_a_baseline_for_four_of_five_jobs() {
    let mut forecast = forecast();
    for number in 0..3 {
        poll(&mut forecast, number, 10, None);
    }
    assert_eq!(compute(&mut forecast, 4, 0, 10).forecasts.len(), 0);
    poll(&mut forecast, 3, 10, None);
    assert_eq!(compute(&mut forecast, 5, 0, 10).forecasts.len(), 1);
    forecast.remove(JobId(3));
    assert_eq!(compute(&mut forecast, 5, 0, 10).forecasts.len(), 0);
    assert_eq!(
        compute(&mut Forecast::default(), 1, 0, 10).forecasts.len(),
        0
    );
}

#[test]
fn nothing_is_due_while_nothing_changes() {
    let mut forecast = forecast();
    let due = |forecast: &Forecast| {
        forecast
            .due()
            .map(|due| due.duration_since(at(0)).as_secs())
    };
    poll(&mut forecast, 0, 10, None);
    assert!(due(&forecast).is_some());
    let answer = compute(&mut forecast, 1, 0, 10);
    // One is being computed.
    poll(&mut forecast, 1, 10, None);
    assert_eq!(due(&forecast), None);
    forecast.finish(answer);
    assert_eq!(due(&forecast), Some(11));
    let answer = compute(&mut forecast, 2, 0, 11);
    forecast.finish(answer);
    assert_eq!(due(&forecast), None);
    // A poll that confirms what is known is no reason to hurry.
    poll(&mut forecast, 1, 15, None);
    assert_eq!(due(&forecast), Some(21));
    let end = JobEnd {
        at: at(16),
        completed: true,
    };
    poll(&mut forecast, 1, 17, Some(end));
    assert_eq!(due(&forecast), Some(12));
    let answer = compute(&mut forecast, 2, 0, 17);
    forecast.finish(answer);
    // Polls of a finished job change nothing.
    poll(&mut forecast, 1, 18, Some(end));
    assert_eq!(due(&forecast), None);
}

#[test]
fn text_of_an_answer_is_compared_with_the_one_shown() {
    let mut forecast = forecast();
    poll(&mut forecast, 5, 10, None);
    let answer = compute(&mut forecast, 6, 0, 10);
    let none = ForecastAnswer::default();
    assert!(!forecast.changes_text(&none, at(10)));
    let mut request = ForecastRequest::new(at(10));
    let snapshot = forecast.snapshot([(JobId(5), true)], 0);
    request.add(vec![ForecastScope::All], snapshot);
    let some = request.compute();
    assert!(forecast.changes_text(&some, at(10)) && answer.forecasts.len() <= 1);
    forecast.finish(some.clone());
    assert!(!forecast.changes_text(&some, at(10)));
    assert!(forecast.changes_text(&none, at(10)));
    assert!(forecast.label_changes_at(at(10)).unwrap() > at(10));
}
