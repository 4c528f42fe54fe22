//! Jobs as metrics in the `OpenMetrics` text format
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): jobs by state,
//! durations of stages and jobs, and the results of polling.
//!
//! The number of series is bounded. Serving the text is not done here.

mod durations;
mod families;
mod labels;

use std::collections::BTreeMap;

use jiff::Timestamp;

use self::durations::Durations;
pub(crate) use self::families::Exposition;
use self::families::Families;
use self::labels::{EnvironmentLabels, OverflowLabels, PollLabels, SeriesLimit, Subject};
use super::JobIdentity;
use crate::hotglue::{FlowId, State, Text};
use crate::watch::{EnvironmentStatus, FailureStreak, JobId, Snapshot, Transition};

/// Tenants of a flow that have separate series; each has ten.
const MAX_TENANTS: usize = 10_000;
/// Taps of a flow that have separate series; each has up to 120.
const MAX_TAPS: usize = 500;
/// Flows that have a forecast; each has two series.
const MAX_FLOWS: usize = 500;

/// The label of a quantile, and its time in a forecast.
/// When the last started job of a flow is expected to finish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FinishTimes {
    /// As likely earlier as later.
    pub(crate) p50: Timestamp,
    /// Earlier in 90 of 100 cases.
    pub(crate) p90: Timestamp,
}

type Quantile = (&'static str, fn(&FinishTimes) -> Timestamp);
/// The quantiles of a forecast that have series.
const QUANTILES: [Quantile; 2] = [("0.5", |finish| finish.p50), ("0.9", |finish| finish.p90)];

/// The state of an expected tenant without a run that counts.
const NOT_STARTED: &str = "not started";

/// A job as it is counted.
struct Counted {
    tenant: Subject,
    /// The name of its state.
    state: &'static str,
    /// The rows that it moved; `None` where it counts none.
    rows: Option<i64>,
    is_unreachable: bool,
    polls: u32,
    errors: u32,
}

/// Keeps the metrics up to date with what the watcher reports.
pub(crate) struct Metrics {
    families: Families,
    durations: Durations,
    counted: BTreeMap<JobId, Counted>,
    tenants: SeriesLimit,
    taps: SeriesLimit,
    forecasts: SeriesLimit,
}

impl Metrics {
    /// Creates the metrics of environments, given by name and `env_id`. Stages
    /// and jobs are measured from `began` on.
    pub(crate) fn new(environments: &[(String, String)], began: Timestamp) -> (Self, Exposition) {
        Self::with_limits(environments, began, MAX_TENANTS, MAX_TAPS)
    }

    fn with_limits(
        environments: &[(String, String)],
        began: Timestamp,
        max_tenants: usize,
        max_taps: usize,
    ) -> (Self, Exposition) {
        let families = Families::new();
        for (name, _) in environments {
            let labels = EnvironmentLabels::new(name);
            families.up.get_or_create(&labels).set(1);
            families.unreachable.get_or_create(&labels).set(0);
        }
        for label in ["tenant", "tap", "flow"] {
            drop(families.overflow.get_or_create(&OverflowLabels { label }));
        }
        let exposition = families.register(environments);
        let metrics = Self {
            families,
            durations: Durations::new(began),
            counted: BTreeMap::new(),
            tenants: SeriesLimit::new(max_tenants),
            taps: SeriesLimit::new(max_taps),
            forecasts: SeriesLimit::new(MAX_FLOWS),
        };
        (metrics, exposition)
    }

    /// Adds a watched job before its first poll. Does nothing for a job that
    /// was added before.
    pub(crate) fn add(&mut self, id: JobId, job: &JobIdentity) {
        if self.counted.contains_key(&id) {
            return;
        }
        let (tenant, is_beyond_limit) = self.tenants.admit(Subject::new(job, &job.tenant));
        if is_beyond_limit {
            self.count_overflow("tenant");
        }
        let families = &self.families;
        for state in State::ALL {
            // An increase is visible only in a series that had a value before.
            let labels = tenant.in_state(state.name());
            drop(families.jobs.get_or_create(&labels));
            if state.is_finished() {
                drop(families.finished.get_or_create(&labels));
            }
        }
        drop(families.jobs.get_or_create(&tenant.in_state(NOT_STARTED)));
        let unknown = tenant.in_state(State::Unknown.name());
        families.jobs.get_or_create(&unknown).inc();
        self.counted.insert(
            id,
            Counted {
                tenant,
                state: State::Unknown.name(),
                rows: None,
                is_unreachable: false,
                polls: 0,
                errors: 0,
            },
        );
    }

    /// Removes a job. The series of its tenant are removed with its last job.
    pub(crate) fn remove(&mut self, id: JobId, job: &JobIdentity) {
        let Some(counted) = self.counted.remove(&id) else {
            return;
        };
        let (families, tenant) = (&self.families, counted.tenant);
        let states = State::ALL.map(State::name).into_iter();
        let states = states.chain([NOT_STARTED]);
        let labels: Vec<_> = states.map(|state| tenant.in_state(state)).collect();
        let current = tenant.in_state(counted.state);
        families.jobs.get_or_create(&current).dec();
        if let Some(rows) = counted.rows {
            families
                .rows
                .get_or_create(&tenant.of_tenant())
                .dec_by(rows);
        }
        if labels
            .iter()
            .all(|labels| families.jobs.get_or_create(labels).get() == 0)
        {
            for labels in &labels {
                families.jobs.remove(labels);
                families.finished.remove(labels);
            }
            families.rows.remove(&tenant.of_tenant());
            self.tenants.release(&tenant);
        }
        if counted.is_unreachable {
            let labels = EnvironmentLabels::new(&job.environment);
            families.unreachable.get_or_create(&labels).dec();
        }
    }

    /// Records the latest snapshot of a job, and whether its run counts, which
    /// one from before the start of a rollout does not.
    pub(crate) fn record_snapshot(
        &mut self,
        id: JobId,
        job: &JobIdentity,
        snapshot: &Snapshot,
        counts: bool,
    ) {
        let Some(counted) = self.counted.get_mut(&id) else {
            return;
        };
        let families = &self.families;
        let environment = EnvironmentLabels::new(&job.environment);
        let health = &snapshot.health;
        let state = match &snapshot.job {
            Some(job) if counts => job.status.state().name(),
            Some(_) => NOT_STARTED,
            None if health.last_success.is_some() => NOT_STARTED,
            None => State::Unknown.name(),
        };
        if state != counted.state {
            let (before, after) = (counted.state, state);
            let labels = counted.tenant.in_state(before);
            families.jobs.get_or_create(&labels).dec();
            let labels = counted.tenant.in_state(after);
            families.jobs.get_or_create(&labels).inc();
        }
        // A new run starts to count from nothing.
        let rows = snapshot.job.as_ref().and_then(|job| job.total_rows);
        let rows = rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX));
        if rows != counted.rows {
            let change = rows.unwrap_or(0).saturating_sub(counted.rows.unwrap_or(0));
            let labels = counted.tenant.of_tenant();
            families.rows.get_or_create(&labels).inc_by(change);
            counted.rows = rows;
        }
        let streak = health.failure_streak.as_ref();
        let is_unreachable =
            streak.is_some_and(|streak| streak.count >= FailureStreak::UNREACHABLE);
        if is_unreachable != counted.is_unreachable {
            let change = if is_unreachable { 1 } else { -1 };
            let unreachable = families.unreachable.get_or_create(&environment);
            unreachable.inc_by(change);
        }
        let polls = health.polls.saturating_sub(counted.polls);
        let failed = health.errors.saturating_sub(counted.errors);
        for (outcome, count) in [
            ("answered", polls.saturating_sub(failed)),
            ("failed", failed),
        ] {
            let labels = PollLabels {
                environment: job.environment.clone(),
                outcome,
            };
            families.polls.get_or_create(&labels).inc_by(count.into());
        }
        if let Some(latency) = health.latency.filter(|_| polls > 0) {
            let latency = latency.as_secs_f64();
            families
                .latency
                .get_or_create(&environment)
                .observe(latency);
        }
        if let Some(time) = health.last_success {
            let last_answer = families.last_answer.get_or_create(&environment);
            last_answer.set(last_answer.get().max(time.as_second()));
        }
        counted.state = state;
        counted.is_unreachable = is_unreachable;
        counted.polls = health.polls;
        counted.errors = health.errors;
    }

    /// Records a change of a job's status.
    pub(crate) fn record_transition(&mut self, job: &JobIdentity, transition: &Transition) {
        let finished = self.durations.apply(transition);
        if finished.stages.is_empty() && finished.job.is_none() {
            return;
        }
        let tap = transition.job.tap.as_ref().map_or("", Text::as_str);
        let (tap, is_beyond_limit) = self.taps.admit(Subject::new(job, tap));
        if is_beyond_limit {
            self.count_overflow("tap");
        }
        let families = &self.families;
        for (stage, duration) in finished.stages {
            let stage = families.stages.get_or_create(&tap.of_stage(stage.name()));
            stage.observe(duration.as_secs_f64());
        }
        let Some(state) = finished.job.map(|status| status.state()) else {
            return;
        };
        if let Some(counted) = self.counted.get(&transition.id) {
            let labels = counted.tenant.in_state(state.name());
            families.finished.get_or_create(&labels).inc();
        }
        if let Some(duration) = finished.job_duration {
            let run = families.runs.get_or_create(&tap.of_run(state));
            run.observe(duration.as_secs_f64());
        }
    }

    /// Records the forecasts by environment and flow, in place of the earlier
    /// ones. A flow that has none any more has no series.
    pub(crate) fn record_forecasts<'a>(
        &mut self,
        forecasts: impl IntoIterator<Item = (&'a str, &'a FlowId, FinishTimes)>,
    ) {
        let mut left = self.forecasts.all();
        let mut new = Vec::new();
        for (environment, flow, finish) in forecasts {
            let flow = Subject::flow(environment, flow.as_str());
            left.remove(&flow);
            new.push((flow, finish));
        }
        for flow in left {
            for (quantile, _) in QUANTILES {
                self.families.forecasts.remove(&flow.of_forecast(quantile));
            }
            self.forecasts.release(&flow);
        }
        for (flow, finish) in new {
            let (flow, is_beyond_limit) = self.forecasts.admit(flow);
            if is_beyond_limit {
                self.count_overflow("flow");
                continue;
            }
            for (quantile, time) in QUANTILES {
                let labels = flow.of_forecast(quantile);
                let gauge = self.families.forecasts.get_or_create(&labels);
                gauge.set(time(&finish).as_second());
            }
        }
    }

    fn count_overflow(&self, label: &'static str) {
        let labels = OverflowLabels { label };
        self.families.overflow.get_or_create(&labels).inc();
    }

    /// Records the circuit state of an environment.
    pub(crate) fn record_environment_status(&self, environment: &str, status: &EnvironmentStatus) {
        let is_up = match status {
            EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => true,
            EnvironmentStatus::Unauthorized { .. } | EnvironmentStatus::Outage { .. } => false,
        };
        let labels = EnvironmentLabels::new(environment);
        self.families.up.get_or_create(&labels).set(is_up.into());
    }
}

#[cfg(test)]
mod tests;
