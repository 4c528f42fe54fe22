//! What the forecast knows of every job, and which ETAs are current.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::calibration::Calibration;
use super::eta::Eta;
use super::rollout::{FlowSnapshot, JobEnd, RolloutForecast, RolloutSnapshot, StartedJob};
use crate::hotglue::{FlowId, TenantId, Text};
use crate::rollout::anomaly::{Anomaly, RunningJob, judge};
use crate::rollout::baseline::FlowBaseline;
use crate::watch::{EnvironmentId, FollowId, JobId};

/// The shortest time between two computations while jobs change.
const REFRESH: SignedDuration = SignedDuration::from_secs(1);
/// The time between two computations while polls only confirm that jobs run.
const CONFIRM: SignedDuration = SignedDuration::from_secs(10);
/// The shortest time between two forecasts of a rollout that are recorded.
const RECORD: SignedDuration = SignedDuration::from_mins(1);

/// What the forecast reads of a job.
#[derive(Debug, Clone, Copy)]
pub struct ForecastJob<'a> {
    /// The job.
    pub(crate) id: JobId,
    /// Its environment.
    pub(crate) environment: EnvironmentId,
    /// Its flow.
    pub(crate) flow: &'a FlowId,
    /// Its tenant.
    pub(crate) tenant: &'a TenantId,
    /// Its tap; `None` before the first successful poll and where the service
    /// names none.
    pub(crate) tap: Option<&'a Text>,
    /// When it was created.
    pub(crate) started: Option<Timestamp>,
    /// How it ended, if it has.
    pub(crate) end: Option<JobEnd>,
    /// When a poll of it succeeded last.
    pub(crate) polled: Option<Timestamp>,
}

/// Whose ETA it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForecastScope {
    /// All watched jobs.
    All,
    /// The rollout of a followed flow.
    Follow(FollowId),
    /// The watched jobs of a flow.
    Flow(EnvironmentId, FlowId),
}

/// The snapshots that ETAs are computed from.
#[derive(Debug, Clone)]
pub struct ForecastRequest {
    now: Timestamp,
    rollouts: Vec<(Vec<ForecastScope>, RolloutSnapshot)>,
}

/// The computed ETAs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForecastAnswer {
    /// The forecasts by scope; a scope without one is missing.
    pub(crate) forecasts: BTreeMap<ForecastScope, RolloutForecast>,
}

impl ForecastRequest {
    /// A request for the ETAs at `now`, without a rollout.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            now,
            rollouts: Vec::new(),
        }
    }

    /// Adds a rollout, whose ETA is that of several scopes where they have the
    /// same jobs.
    pub(crate) fn add(&mut self, scopes: Vec<ForecastScope>, rollout: RolloutSnapshot) {
        self.rollouts.push((scopes, rollout));
    }

    /// Computes the ETAs. Takes milliseconds.
    pub fn compute(&self) -> ForecastAnswer {
        let mut answer = ForecastAnswer::default();
        for (scopes, rollout) in &self.rollouts {
            if let Some(forecast) = rollout.forecast(self.now) {
                let forecasts = scopes.iter().map(|scope| (scope.clone(), forecast.clone()));
                answer.forecasts.extend(forecasts);
            }
        }
        answer
    }
}

/// The baselines by environment and flow.
type Baselines = HashMap<EnvironmentId, HashMap<FlowId, Arc<FlowBaseline>>>;

/// A started job with a baseline.
#[derive(Debug, Clone)]
struct Tracked {
    environment: EnvironmentId,
    flow: FlowId,
    job: StartedJob,
}

/// The forecast of all watched jobs. See the module's documentation.
#[derive(Debug, Default)]
pub struct Forecast {
    baselines: Baselines,
    calibration: Arc<Calibration>,
    flow_calibrations: HashMap<(EnvironmentId, FlowId), Arc<Calibration>>,
    jobs: HashMap<JobId, Tracked>,
    etas: BTreeMap<ForecastScope, Eta>,
    /// When the last forecast of a rollout was recorded.
    recorded: BTreeMap<ForecastScope, Timestamp>,
    /// Whether a job changed since the last snapshot.
    has_changed: bool,
    /// Whether a poll confirmed since then that a job is still running.
    is_confirmed: bool,
    /// When the last snapshot was taken.
    requested: Option<Timestamp>,
    /// Whether its ETAs are being computed.
    in_flight: bool,
}

impl Forecast {
    /// Sets the baseline of a flow. Jobs are evaluated against it from their
    /// next [`update`](Self::update) on.
    pub(crate) fn set_baseline(
        &mut self,
        environment: EnvironmentId,
        flow: FlowId,
        baseline: FlowBaseline,
    ) {
        let flows = self.baselines.entry(environment).or_default();
        flows.insert(flow, Arc::new(baseline));
        self.has_changed = true;
    }

    /// Sets the correction by earlier forecasts of all flows.
    pub(crate) fn set_calibration(&mut self, calibration: Calibration) {
        self.calibration = Arc::new(calibration);
        self.has_changed = true;
    }

    /// Sets the correction by earlier forecasts of a flow, which is used in
    /// place of that of all flows.
    pub(crate) fn set_flow_calibration(
        &mut self,
        environment: EnvironmentId,
        flow: FlowId,
        calibration: Calibration,
    ) {
        let calibration = Arc::new(calibration);
        self.flow_calibrations
            .insert((environment, flow), calibration);
        self.has_changed = true;
    }

    /// The baseline of a flow.
    pub(crate) fn baseline(
        &self,
        environment: EnvironmentId,
        flow: &FlowId,
    ) -> Option<&FlowBaseline> {
        Some(self.baselines.get(&environment)?.get(flow)?)
    }

    /// Evaluates a job that was polled or changed otherwise. `running` returns
    /// what it is judged by, and `None` unless it is unfinished; it is called
    /// only for jobs with a baseline. Returns the job's anomaly, if it has one.
    pub(crate) fn update(
        &mut self,
        job: &ForecastJob<'_>,
        running: impl FnOnce() -> Option<RunningJob>,
    ) -> Option<Anomaly> {
        let baseline = self.baselines.get(&job.environment);
        let baseline = baseline.and_then(|flows| flows.get(job.flow));
        let (Some(baseline), Some(started), Some(polled)) = (baseline, job.started, job.polled)
        else {
            self.remove(job.id);
            return None;
        };
        let expected = baseline.expectation(job.tenant, job.tap);
        let current = StartedJob::new(job.id, expected, started, polled, job.end);
        let anomaly = match job.end {
            Some(_) => None,
            None => running().and_then(|running| judge(running, job.tenant, job.tap, baseline)),
        };
        match self.jobs.get_mut(&job.id) {
            Some(known) if known.environment == job.environment && known.flow == *job.flow => {
                let is_same = StartedJob {
                    polled,
                    ..known.job
                } == current;
                self.has_changed |= !is_same;
                self.is_confirmed |= known.job.polled != polled && current.end.is_none();
                known.job = current;
            }
            Some(_) | None => {
                self.has_changed = true;
                let tracked = Tracked {
                    environment: job.environment,
                    flow: job.flow.clone(),
                    job: current,
                };
                self.jobs.insert(job.id, tracked);
            }
        }
        anomaly
    }

    /// Removes a job from the forecast.
    pub(crate) fn remove(&mut self, id: JobId) {
        self.has_changed |= self.jobs.remove(&id).is_some();
    }

    /// Removes all jobs; baselines and the last ETAs stay until others are
    /// computed.
    pub(crate) fn forget_jobs(&mut self) {
        self.jobs.clear();
        self.compute_again();
    }

    /// Makes the next snapshot due immediately. An answer that is still computed
    /// does not count.
    pub(crate) fn compute_again(&mut self) {
        self.in_flight = false;
        self.has_changed = true;
        self.requested = None;
    }

    /// When the next snapshot is due; `None` while nothing changes.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        if self.in_flight || (self.jobs.is_empty() && self.etas.is_empty()) {
            return None;
        }
        let wait = match (self.has_changed, self.is_confirmed) {
            (true, _) => REFRESH,
            (false, true) => CONFIRM,
            (false, false) => return None,
        };
        let Some(requested) = self.requested else {
            return Some(Timestamp::MIN);
        };
        Some(requested.checked_add(wait).unwrap_or(Timestamp::MAX))
    }

    /// Records that the ETAs of a snapshot taken at `now` are being computed.
    pub(crate) fn start(&mut self, now: Timestamp) {
        self.has_changed = false;
        self.is_confirmed = false;
        self.requested = Some(now);
        self.in_flight = true;
    }

    /// A snapshot of jobs, of which `not_started` expected ones have not
    /// started. Ids that are unknown here count as jobs without a baseline
    /// where `is_unfinished`.
    pub(crate) fn snapshot(
        &self,
        jobs: impl IntoIterator<Item = (JobId, bool)>,
        not_started: usize,
    ) -> RolloutSnapshot {
        let mut flows: HashMap<(EnvironmentId, &FlowId), Vec<StartedJob>> = HashMap::new();
        let mut without_baseline = 0;
        for (id, is_unfinished) in jobs {
            match self.jobs.get(&id) {
                Some(tracked) => flows
                    .entry((tracked.environment, &tracked.flow))
                    .or_default()
                    .push(tracked.job),
                None => without_baseline += usize::from(is_unfinished),
            }
        }
        let mut names = flows.keys();
        let calibration = match (names.next(), names.next()) {
            (Some((environment, flow)), None) => {
                self.flow_calibrations.get(&(*environment, (*flow).clone()))
            }
            _ => None,
        };
        let calibration = Arc::clone(calibration.unwrap_or(&self.calibration));
        let flows = flows.into_iter().filter_map(|((environment, flow), jobs)| {
            let baseline = self.baselines.get(&environment)?.get(flow)?;
            Some(FlowSnapshot {
                baseline: Arc::clone(baseline),
                jobs,
            })
        });
        RolloutSnapshot {
            flows: flows.collect(),
            without_baseline,
            not_started,
            calibration,
        }
    }

    /// Takes over the computed ETAs. Returns the forecasts of flows to record:
    /// of each one a minute.
    pub(crate) fn finish(
        &mut self,
        answer: ForecastAnswer,
    ) -> Vec<(ForecastScope, RolloutForecast)> {
        self.in_flight = false;
        let mut due = Vec::new();
        self.etas.clear();
        for (scope, forecast) in answer.forecasts {
            self.etas.insert(scope.clone(), forecast.eta.clone());
            let last = self.recorded.get(&scope);
            let is_due = last.is_none_or(|last| forecast.made.duration_since(*last) >= RECORD);
            if is_due && scope != ForecastScope::All {
                self.recorded.insert(scope.clone(), forecast.made);
                due.push((scope, forecast));
            }
        }
        due
    }

    /// Whether the texts of the ETAs at `now` are other ones with an answer.
    pub(crate) fn changes_text(&self, answer: &ForecastAnswer, now: Timestamp) -> bool {
        let shown = |eta: &Eta| (eta.label(now, true), eta.last_jobs.clone());
        let known = self.etas.iter().map(|(scope, eta)| (scope, shown(eta)));
        let forecasts = answer.forecasts.iter();
        let new = forecasts.map(|(scope, forecast)| (scope, shown(&forecast.eta)));
        !known.eq(new)
    }

    /// The ETA of a scope. `None` without a forecast.
    pub(crate) fn eta(&self, scope: &ForecastScope) -> Option<&Eta> {
        self.etas.get(scope)
    }

    /// The ETAs of all scopes that have one.
    pub(crate) fn etas(&self) -> impl Iterator<Item = (&ForecastScope, &Eta)> {
        self.etas.iter()
    }

    /// When the text of an ETA changes by the passing of time.
    pub(crate) fn label_changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let etas = self.etas.values();
        etas.filter_map(|eta| eta.label_changes_at(now)).min()
    }

    /// The ETA of one unfinished job, as if it ran alone. `None` without a
    /// baseline.
    pub(crate) fn eta_of(&self, id: JobId, now: Timestamp) -> Option<Eta> {
        let tracked = self.jobs.get(&id).filter(|known| known.job.end.is_none())?;
        let baseline = self
            .baselines
            .get(&tracked.environment)?
            .get(&tracked.flow)?;
        let alone = RolloutSnapshot {
            flows: vec![FlowSnapshot {
                baseline: Arc::clone(baseline),
                jobs: vec![tracked.job],
            }],
            ..RolloutSnapshot::default()
        };
        Some(alone.forecast(now)?.eta)
    }
}

#[cfg(test)]
mod tests;
