//! The baseline of a flow: how long its runs took and how many of them failed,
//! by tenant, learned from the history.

mod durations;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::SignedDuration;

pub(crate) use self::durations::Tails;
use self::durations::{Duration, Durations};
pub use self::durations::{Expectation, Typical};
pub(crate) use self::durations::{FEWEST as FEWEST_RUNS, SHORTEST};
use crate::history::PastRun;
use crate::hotglue::{Stage, State, TenantId, Text};

/// Runs of a tenant with the current version of its tap from which only those
/// count.
const FEWEST_OF_VERSION: usize = 3;

/// What is typical of the runs of a flow.
#[derive(Debug, Clone)]
pub struct FlowBaseline {
    /// Whole runs, from creation to completion.
    total: Durations,
    stages: BTreeMap<Stage, Durations>,
    /// The longest times without an event in a stage.
    silences: BTreeMap<Stage, Durations>,
    failed: usize,
    runs: usize,
}

impl FlowBaseline {
    /// Learns from finished runs, newest first. Durations are those of
    /// completed runs; of a tenant whose newest run used another version of the
    /// tap than most, those with that version, where there are enough. `None`
    /// for fewer than three completed runs.
    pub fn new(past: &[PastRun]) -> Option<Self> {
        let completed: Vec<&PastRun> = current_version(past);
        let tap = |run: &PastRun| run.tap.clone();
        let taps: HashMap<&TenantId, Text> = completed
            .iter()
            .rev()
            .map(|run| (&run.tenant, tap(run)))
            .collect();
        let fit = |durations: &[(&PastRun, SignedDuration)]| {
            Durations::fit(durations.iter().filter_map(|(run, duration)| {
                Some(Duration {
                    started: run.started.as_second(),
                    tenant: &run.tenant,
                    tap: taps.get(&run.tenant)?,
                    seconds: duration.as_secs_f64(),
                })
            }))
        };
        let totals = completed.iter().map(|run| (*run, run.duration()));
        let totals: Vec<_> = totals.collect();
        let total = fit(&totals)?;
        let by_stage = |of_run: fn(&PastRun) -> &[(Stage, SignedDuration)]| {
            let mut stages: BTreeMap<Stage, Vec<(&PastRun, SignedDuration)>> = BTreeMap::new();
            for run in &completed {
                for (stage, took) in of_run(run) {
                    stages.entry(*stage).or_default().push((run, *took));
                }
            }
            let stages = stages.into_iter();
            stages
                .filter_map(|(stage, durations)| Some((stage, fit(&durations)?)))
                .collect()
        };
        let counted = past
            .iter()
            .filter(|run| matches!(run.state, State::Completed | State::Failed));
        let failed = past.iter().filter(|run| run.state == State::Failed).count();
        Some(Self {
            total,
            stages: by_stage(|run| &run.stages),
            silences: by_stage(|run| &run.silences),
            failed,
            runs: counted.count(),
        })
    }

    /// How many of the runs failed, and how many there are; canceled runs do
    /// not count.
    pub(crate) fn failures(&self) -> (usize, usize) {
        (self.failed, self.runs)
    }

    /// What is typical of a tenant's whole runs.
    pub(crate) fn total(&self, tenant: &TenantId, tap: Option<&Text>) -> Typical {
        self.total.typical(tenant, tap)
    }

    /// What is typical of a stage of a tenant's runs, where the stage occurs.
    pub(crate) fn stage(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        stage: Stage,
    ) -> Option<Typical> {
        Some(self.stages.get(&stage)?.typical(tenant, tap))
    }

    /// The median of the tenants' typical durations of a stage, among those with
    /// the tap where it has enough.
    pub(crate) fn stage_of_tap(&self, tap: &Text, stage: Stage) -> Option<SignedDuration> {
        Some(self.stages.get(&stage)?.center(tap))
    }

    /// What is typical of the longest time without an event in a stage.
    pub(crate) fn silence(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        stage: Stage,
    ) -> Option<Typical> {
        Some(self.silences.get(&stage)?.typical(tenant, tap))
    }

    /// What is expected of the next run of a tenant.
    pub fn expectation(&self, tenant: &TenantId, tap: Option<&Text>) -> Expectation {
        self.total.expectation(tenant, tap)
    }

    /// The distributions of whole runs around what is expected.
    pub(crate) fn tails(&self) -> &Arc<Tails> {
        self.total.tails()
    }

    /// The time that a healthy run of a tenant exceeds with at most a
    /// probability.
    pub(crate) fn limit(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        probability: f64,
    ) -> Option<SignedDuration> {
        self.total.limit(tenant, tap, probability)
    }

    /// The same for a stage.
    pub(crate) fn stage_limit(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        stage: Stage,
        probability: f64,
    ) -> Option<SignedDuration> {
        self.stages.get(&stage)?.limit(tenant, tap, probability)
    }

    /// The same for the longest time without an event in a stage.
    pub(crate) fn silence_limit(
        &self,
        tenant: &TenantId,
        tap: Option<&Text>,
        stage: Stage,
        probability: f64,
    ) -> Option<SignedDuration> {
        self.silences.get(&stage)?.limit(tenant, tap, probability)
    }
}

/// The completed runs that count for durations: of each tenant those with the
/// version of its newest run, where there are enough of them.
fn current_version(past: &[PastRun]) -> Vec<&PastRun> {
    let mut newest: HashMap<&TenantId, &PastRun> = HashMap::new();
    for run in past {
        let known = newest.entry(&run.tenant).or_insert(run);
        if run.started > known.started {
            *known = run;
        }
    }
    let completed = || past.iter().filter(|run| run.state == State::Completed);
    let is_current = |run: &PastRun| {
        let version = run.tap_version.as_ref();
        version.is_some()
            && newest
                .get(&run.tenant)
                .is_some_and(|newest| newest.tap_version.as_ref() == version)
    };
    let mut current: HashMap<&TenantId, usize> = HashMap::new();
    for run in completed().filter(|run| is_current(run)) {
        *current.entry(&run.tenant).or_default() += 1;
    }
    completed()
        .filter(|run| {
            let enough = current
                .get(&run.tenant)
                .is_some_and(|runs| *runs >= FEWEST_OF_VERSION);
            !enough || is_current(run)
        })
        .collect()
}

#[cfg(test)]
mod tests;
