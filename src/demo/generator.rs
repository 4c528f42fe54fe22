//! Generates the jobs that are watched one by one, and their earlier runs.

use fastrand::Rng;

use super::fixtures::{Integration, TENANTS};
use super::job::SimulatedJob;
use super::stages::{Failure, steps};

/// Finished runs of each tenant and flow from before the rollout.
const EARLIER_RUNS: u32 = 5;

/// The name of the tenant with a number.
pub(super) fn tenant(number: usize) -> String {
    let name = TENANTS[number % TENANTS.len()];
    match number / TENANTS.len() {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// The runs of a job's tenant and flow on the days before the rollout, which
/// moved about as many rows.
pub(super) fn earlier_runs(rng: &mut Rng, job: &SimulatedJob) -> Vec<SimulatedJob> {
    (1..=EARLIER_RUNS)
        .map(|days| {
            let tenant = job.tenant.clone();
            let mut run = run(rng, tenant, job.integration, 0.12, Kind::Earlier);
            run.rows = about(rng, job.rows);
            let jitter = rng.f64() * 1_800.0;
            run.shift(-24.0 * 3_600.0 * f64::from(days) - jitter);
            run
        })
        .collect()
}

/// A number of rows within 20 % of another one.
pub(super) fn about(rng: &mut Rng, rows: u32) -> u32 {
    let percent = rng.u64(80..=120);
    u32::try_from(u64::from(rows) * percent / 100).unwrap_or(u32::MAX)
}

/// Whether a run belongs to the rollout.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rollout,
    Earlier,
}

/// A job of the rollout. At the start, about a third have finished, half are
/// running, and the rest wait for an executor.
pub(super) fn job(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
) -> SimulatedJob {
    let mut job = run(rng, tenant, integration, fail_rate, Kind::Rollout);
    let length = job.finished();
    let start = match rng.f64() {
        part if part < 0.30 => -length - 5.0 - rng.f64() * 80.0,
        part if part < 0.75 => -length * rng.f64() * 0.8,
        _ => {
            let wait = rng.f64() * 8.0;
            for step in &mut job.steps[1..] {
                step.at += wait;
            }
            -rng.f64() * 10.0
        }
    };
    job.shift(start);
    job
}

/// A run that is created at 0.
fn run(
    rng: &mut Rng,
    tenant: String,
    integration: &'static Integration,
    fail_rate: f64,
    kind: Kind,
) -> SimulatedJob {
    let scheduled = kind == Kind::Earlier || rng.f64() < 0.4;
    let discovers = rng.f64() < 0.5;
    let failure = (rng.f64() < fail_rate).then(|| Failure::any(rng, discovers));
    let steps = steps(rng, integration, discovers, failure, |rng, stage| {
        let is_slow = kind == Kind::Rollout && rng.f64() < 0.08;
        let factor = if is_slow { 4.0 } else { 1.0 };
        stage.duration * factor * (0.4 + rng.f64() * 1.2)
    });
    let event_interval = 3.0 + rng.f64() * 4.0;
    let is_silent = kind == Kind::Rollout && rng.f64() < 0.07;
    SimulatedJob {
        event_interval: (!is_silent).then_some(event_interval),
        rows: rng.u32(40..90_000),
        ..SimulatedJob::new(rng, tenant, integration, scheduled, steps)
    }
}
