//! Sequences that chance alone brings about too rarely: each is aimed at a rule
//! of the program that nothing else in a plan would put to the test.

use std::time::Duration;

use fastrand::Rng;

use super::{Edit, Event, Fault, FaultKind, LENGTH, Plan, length, pick};

/// The largest world with all of them; each costs a check of every row.
const MOST_JOBS: usize = 1_000;

/// Adds sequences to a plan. Their random numbers change no other part of it.
pub(super) fn add(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x00a7_7ac4);
    let most = if plan.jobs.len() > MOST_JOBS { 2 } else { 5 };
    for _ in 0..rng.usize(0..most) {
        edit_twice(rng, plan);
    }
    for _ in 0..rng.usize(0..most) {
        restore_in_flight(rng, plan);
    }
    for _ in 0..rng.usize(0..most) {
        pause_in_fault(rng, plan);
    }
    for _ in 0..rng.usize(0..4) {
        fail_one_job(rng, plan);
    }
    for _ in 0..rng.usize(0..12) {
        blip(rng, plan);
    }
    if !plan.follows.is_empty() {
        for _ in 0..rng.usize(0..8) {
            plan.events.push((moment(rng), Event::Edit(Edit::Follow)));
        }
    }
    plan.events.sort_by_key(|(at, _)| *at);
}

/// A time of the day that leaves room for what follows.
fn moment(rng: &mut Rng) -> Duration {
    LENGTH.mul_f64(0.96 * rng.f64())
}

/// Each edit makes all jobs due; two within a second must not send twice as
/// much as a second allows.
fn edit_twice(rng: &mut Rng, plan: &mut Plan) {
    let time = moment(rng);
    let between = Duration::from_millis(rng.u64(100..950));
    for time in [time, time + between] {
        plan.events.push((time, Event::Edit(Edit::ApiKey)));
    }
}

/// A job is removed and restored while its poll is in flight, which succeeds or
/// fails.
fn restore_in_flight(rng: &mut Rng, plan: &mut Plan) {
    let time = moment(rng);
    if rng.bool() {
        let environment = rng.usize(..plan.environments);
        plan.faults.push(short_fault(rng, environment, time));
    }
    let into_it = Duration::from_millis(rng.u64(0..2_000));
    plan.events.push((time + into_it, Event::RemoveAndUndo));
}

/// Polling is paused before or during a fault of an environment, and resumed
/// during it.
fn pause_in_fault(rng: &mut Rng, plan: &mut Plan) {
    use FaultKind::{ServerError, Unauthorized, Unreachable};
    let from = moment(rng);
    let length = Duration::from_secs(rng.u64(300..2_000));
    plan.faults.push(Fault {
        environment: rng.usize(..plan.environments),
        job: None,
        kind: *pick(rng, &[ServerError, Unauthorized, Unreachable]),
        share: 1.0,
        from,
        length,
    });
    let (begin, part) = (0.7 * rng.f64(), 0.05 + 0.25 * rng.f64());
    let pause = Event::PauseFor(length.mul_f64(part));
    plan.events.push((from + length.mul_f64(begin), pause));
}

/// One job fails while it runs, and its neighbors do not.
fn fail_one_job(rng: &mut Rng, plan: &mut Plan) {
    use FaultKind::{Forbidden, ServerError, Timeout, Unauthorized};
    if plan.jobs.is_empty() {
        return;
    }
    let job = rng.usize(..plan.jobs.len());
    let (environment, life) = &plan.jobs[job];
    let (Some(first), Some(last)) = (life.changes.first(), life.changes.last()) else {
        return;
    };
    let millis = rng.i64(first.at..=last.at);
    let Ok(millis) = u64::try_from(millis) else {
        return;
    };
    plan.faults.push(Fault {
        environment: *environment,
        job: Some(job),
        kind: *pick(rng, &[Forbidden, ServerError, Timeout, Unauthorized]),
        share: 1.0,
        from: Duration::from_millis(millis).min(LENGTH),
        length: length(rng, Duration::from_mins(1), Duration::from_hours(3)),
    });
}

/// The service is down for a moment.
fn blip(rng: &mut Rng, plan: &mut Plan) {
    let time = moment(rng);
    let environment = rng.usize(..plan.environments);
    plan.faults.push(short_fault(rng, environment, time));
}

fn short_fault(rng: &mut Rng, environment: usize, from: Duration) -> Fault {
    use FaultKind::{Interrupted, ServerError, Unreachable};
    Fault {
        environment,
        job: None,
        kind: *pick(rng, &[Interrupted, ServerError, Unreachable]),
        share: 1.0,
        from,
        length: Duration::from_secs(rng.u64(3..50)),
    }
}

impl Fault {
    /// Whether it is so short that jobs with long intervals are polled as usual.
    pub(crate) fn is_blip(&self) -> bool {
        use FaultKind::{Interrupted, ServerError, Unreachable};
        let answers_soon = matches!(self.kind, Interrupted | ServerError | Unreachable);
        self.job.is_none() && answers_soon && self.length <= Duration::from_secs(50)
    }
}
