//! Generates the rollout of the followed flow: a new version of a tap that syncs
//! more slowly, a failure that only the tenants of the other tap have, one job
//! that completes without rows, and the earlier runs of all tenants.

use fastrand::Rng;

use super::fixtures::{
    FOLLOWED, Integration, NEW_VERSION, OLD_VERSIONS, OTHER_SOURCE, PLANTED_FAILURE,
};
use super::generator::about;
use super::job::SimulatedJob;
use super::stages::{Failure, steps};

/// When the rollout starts, in seconds of simulated time: before the first
/// screen, so that there is something to see on it.
pub(super) const ROLLOUT_START: f64 = -90.0;
/// The gate of the rollout. With the default options, it holds in the first
/// minute.
pub(super) const GATE: &str = "failed<=10%";
/// Finished runs of each tenant from before the rollout.
const EARLIER_RUNS: u32 = 11;
/// The share of earlier runs that failed.
const EARLIER_FAILURES: f64 = 0.03;
/// How many times longer the new version of the tap syncs.
const SLOWDOWN: f64 = 2.0;
/// One tenant in this many uses the other source.
const OTHER_SOURCE_EACH: usize = 5;
/// One tenant in this many of the others keeps the old version.
const OLD_VERSION_EACH: usize = 8;
/// One tenant in this many starts while the rollout is watched.
const LATE_EACH: usize = 9;
/// The tenant whose job completes without rows.
const WITHOUT_ROWS: usize = 1;
/// When that job completes.
const WITHOUT_ROWS_AT: f64 = 10.0;

/// A tenant of the followed flow.
struct Tenant<'a> {
    name: &'a str,
    source: &'static Integration,
    old_version: &'static str,
    /// Whether the rollout gives it the new version.
    has_new_version: bool,
    /// The rows of a typical run.
    rows: u32,
    /// How long its runs take relative to the typical ones.
    pace: f64,
}

/// The runs of the tenants of the followed flow: those of the days before, and
/// one of the rollout each. The last tenant has no earlier runs.
pub(super) fn rollout(rng: &mut Rng, tenants: &[String], fail_rate: f64) -> Vec<SimulatedJob> {
    let failing = failing_tenants(tenants.len(), fail_rate);
    let mut runs = Vec::new();
    for (number, name) in tenants.iter().enumerate() {
        let tenant = Tenant::new(rng, number, name);
        if number + 1 < tenants.len() {
            runs.extend((1..=EARLIER_RUNS).map(|days| tenant.earlier_run(rng, days)));
        }
        let failure = failing.iter().position(|failing| *failing == number);
        runs.push(tenant.rollout_run(rng, number, failure));
    }
    runs
}

fn uses_other_source(number: usize) -> bool {
    number % OTHER_SOURCE_EACH == 3
}

/// The tenants whose jobs fail, in the order of their failures: those of the
/// other source first.
fn failing_tenants(tenants: usize, fail_rate: f64) -> Vec<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a small count"
    )]
    let count = (tenants as f64 * fail_rate).round() as usize;
    let (other, first): (Vec<_>, Vec<_>) = (0..tenants).partition(|n| uses_other_source(*n));
    let order = other.into_iter().chain(first.into_iter().rev());
    order.take(count).collect()
}

impl<'a> Tenant<'a> {
    fn new(rng: &mut Rng, number: usize, name: &'a str) -> Self {
        let is_other = uses_other_source(number);
        // Sizes differ by an order of magnitude.
        let rows = 4_000.0 * 12_f64.powf(rng.f64());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number of rows"
        )]
        let rows = if number == WITHOUT_ROWS {
            8_100
        } else {
            rows as u32
        };
        Self {
            name,
            source: if is_other { &OTHER_SOURCE } else { &FOLLOWED },
            old_version: OLD_VERSIONS[usize::from(is_other)],
            has_new_version: !is_other && number % OLD_VERSION_EACH != 5,
            rows,
            pace: 0.45 + rng.f64() * 0.35,
        }
    }

    fn run(&self, rng: &mut Rng, sync_factor: f64, failure: Option<Failure>) -> SimulatedJob {
        let steps = steps(rng, self.source, false, failure, |rng, stage| {
            let factor = if stage.name == "sync" {
                sync_factor
            } else {
                1.0
            };
            let noise = 0.75 + 0.25 * (rng.f64() + rng.f64());
            stage.duration * factor * self.pace * noise
        });
        let event_interval = 3.0 + rng.f64() * 2.0;
        SimulatedJob {
            rows: about(rng, self.rows),
            event_interval: Some(event_interval),
            tap_version: Some(self.old_version),
            ..SimulatedJob::new(rng, self.name.to_owned(), self.source, false, steps)
        }
    }

    /// The run of a day before the rollout.
    fn earlier_run(&self, rng: &mut Rng, days: u32) -> SimulatedJob {
        let failure = (rng.f64() < EARLIER_FAILURES).then(|| Failure::any(rng, false));
        let mut run = self.run(rng, 1.0, failure);
        let jitter = rng.f64() * 1_800.0;
        run.shift(-24.0 * 3_600.0 * f64::from(days) - jitter);
        run
    }

    /// The run of the rollout; `failure` is its place among the failed ones.
    fn rollout_run(&self, rng: &mut Rng, number: usize, failure: Option<usize>) -> SimulatedJob {
        let sync_factor = if self.has_new_version { SLOWDOWN } else { 1.0 };
        let cause = failure.map(|_| {
            if uses_other_source(number) {
                Failure {
                    stage: "etl",
                    message: PLANTED_FAILURE,
                }
            } else {
                Failure::any(rng, false)
            }
        });
        let mut run = self.run(rng, sync_factor, cause);
        if self.has_new_version {
            run.tap_version = Some(NEW_VERSION);
        }
        let finish = match failure {
            // One after the other, from the first seconds on.
            Some(place) if uses_other_source(number) => Some(6.0 + 9.0 * to_f64(place)),
            None if number == WITHOUT_ROWS => Some(WITHOUT_ROWS_AT),
            Some(_) | None => None,
        };
        if number == WITHOUT_ROWS {
            run.rows = 0;
        }
        let created = match finish {
            Some(finish) => (finish - run.finished()).max(ROLLOUT_START + 1.0),
            None if number % LATE_EACH == 8 => 20.0 + rng.f64() * 40.0,
            None => ROLLOUT_START + 5.0 + 85.0 * rng.f64().powi(2),
        };
        run.shift(created);
        run
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few tenants")]
fn to_f64(count: usize) -> f64 {
    count as f64
}
