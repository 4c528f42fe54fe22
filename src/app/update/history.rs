//! Queries of the history, and its answers.

use std::collections::HashSet;
use std::sync::Arc;

use crate::app::detail::{Severity, Tab};
use crate::app::insights::{Event, RunHistory};
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::history::{HistoryAnswer, HistoryQuery, PastRun, RunStep};
use crate::hotglue::{EnvId, FlowId, JobAddress, State, TenantId};
use crate::rollout::{LearnedBaselines, PastRows, judge_rows};
use crate::watch::{EnvironmentId, Transition};

impl Model {
    /// Queries everything that the history knows of the jobs.
    pub(super) fn query_history(&self) -> Vec<Effect> {
        let jobs: Vec<_> = self
            .jobs
            .all()
            .filter_map(|row| Some((self.env_id(row.environment)?, Arc::clone(row.address()?))))
            .collect();
        let steps = (!jobs.is_empty()).then_some(HistoryQuery::Steps(jobs));
        let mut effects = Vec::from_iter(steps.map(Effect::HistoryQuery));
        effects.extend(self.query_past_runs());
        effects
    }

    /// Queries the past runs of all flows, which are the baseline of the
    /// watched ones.
    pub(super) fn query_past_runs(&self) -> Option<Effect> {
        let flows: HashSet<_> = self
            .jobs
            .all()
            .map(|row| (row.environment, row.selector.flow()))
            .collect();
        let flows: Vec<_> = flows
            .into_iter()
            .filter_map(|(environment, flow)| Some((self.env_id(environment)?, flow.clone())))
            .collect();
        if flows.is_empty() {
            return None;
        }
        let roots = self.jobs.all().filter_map(|row| row.address());
        let except = roots.map(|address| address.job_root.clone()).collect();
        Some(Effect::HistoryQuery(HistoryQuery::PastRuns {
            flows,
            except,
        }))
    }

    /// Queries the earlier runs of the selected job while they are shown, and
    /// again after one of them changed.
    pub(super) fn query_runs(&mut self) -> Option<Effect> {
        if !self.detail.open || self.detail.tab != Tab::Timeline {
            return None;
        }
        let row = self.jobs.selected()?;
        let env_id = self.env_id(row.environment)?;
        let (flow, tenant) = (row.selector.flow().clone(), row.selector.tenant().clone());
        let known = self.run_history.take().filter(|runs| runs.is_of(row));
        let mut runs = known.unwrap_or_else(|| RunHistory::new(row));
        let is_outdated = runs.take_outdated();
        self.run_history = Some(runs);
        let query = HistoryQuery::Runs(env_id, flow, tenant);
        is_outdated.then_some(Effect::HistoryQuery(query))
    }

    /// Records that a run of a tenant in a flow changed.
    pub(super) fn run_changed(
        &mut self,
        environment: EnvironmentId,
        flow: &FlowId,
        tenant: &TenantId,
    ) {
        let runs = self.run_history.as_mut();
        if let Some(runs) = runs.filter(|runs| runs.is_about(environment, flow, tenant)) {
            runs.set_outdated();
        }
    }

    /// Handles an answer of the history.
    pub(super) fn history_answered(&mut self, answer: HistoryAnswer) -> Vec<Effect> {
        if let Some(text) = answer.notice() {
            self.notify(Severity::Warning, text);
        }
        match answer {
            HistoryAnswer::Steps(jobs) => self.restore_steps(jobs),
            HistoryAnswer::PastRuns { flows, forecasts } => {
                return self.learned(LearnedBaselines::new(&flows, &forecasts));
            }
            HistoryAnswer::Runs {
                env_id,
                flow,
                tenant,
                runs,
                last_completed,
            } => {
                let environment = self.environments.by_env_id(&env_id).map(|entry| entry.id);
                if let (Some(known), Some(environment)) = (&mut self.run_history, environment)
                    && known.is_about(environment, &flow, &tenant)
                {
                    known.runs = Some(runs);
                    known.last_completed = last_completed;
                }
            }
            HistoryAnswer::RunsBefore(jobs) => self.judge_rows_against(jobs),
            HistoryAnswer::RolloutRuns(_)
            | HistoryAnswer::Moment(..)
            | HistoryAnswer::At(..)
            | HistoryAnswer::Unavailable(_)
            | HistoryAnswer::SetAside(_) => {}
        }
        Vec::new()
    }

    /// Queries the earlier runs of the completed jobs that counted rows, some of
    /// which became known after the jobs were judged.
    pub(super) fn judge_rows_again(&self) -> Option<Effect> {
        let is_judged = |row: &&Row| row.state() == State::Completed;
        let jobs = self.jobs.all().filter(is_judged).filter_map(|row| {
            row.job()?.total_rows?;
            let started = row.started()?;
            let address = Arc::clone(row.address()?);
            Some((self.env_id(row.environment)?, address, started))
        });
        let jobs: Vec<_> = jobs.collect();
        (!jobs.is_empty()).then_some(Effect::HistoryQuery(HistoryQuery::RunsBefore(jobs)))
    }

    /// Judges the rows of jobs that were seen to be completed as far as that
    /// needs no history, and queries the earlier runs for the rest.
    pub(super) fn judge_rows(&mut self, transitions: &[Transition]) -> Option<Effect> {
        let counts_rows = |transition: &&Transition| {
            transition.to.state() == State::Completed && transition.job.total_rows.is_some()
        };
        let mut anomalies = Vec::new();
        let mut jobs = Vec::new();
        for transition in transitions.iter().filter(counts_rows) {
            let Some(row) = self.jobs.get(transition.id) else {
                continue;
            };
            let started = row.started().unwrap_or(transition.seen);
            let rows = transition.job.rows().unwrap_or_default();
            anomalies.push((row.id, judge_rows(&rows, started, &[])));
            let env_id = self.env_id(row.environment);
            jobs.extend(env_id.map(|env_id| (env_id, Arc::clone(&transition.address), started)));
        }
        self.jobs.set_rows_anomalies(anomalies);
        (!jobs.is_empty()).then_some(Effect::HistoryQuery(HistoryQuery::RunsBefore(jobs)))
    }

    /// Judges the rows of completed jobs against their earlier runs.
    fn judge_rows_against(&mut self, jobs: Vec<(EnvId, Arc<JobAddress>, Vec<PastRun>)>) {
        let mut anomalies = Vec::new();
        for (env_id, address, runs) in jobs {
            let Some(environment) = self.environments.by_env_id(&env_id) else {
                continue;
            };
            let past = PastRows::of(&runs);
            let rows = self.jobs.of_run(environment.id, &address.job_root);
            anomalies.extend(rows.filter_map(|row| {
                let job = row.job().filter(|_| row.state() == State::Completed)?;
                let started = row.started().unwrap_or(self.now);
                let anomaly = judge_rows(&job.rows().unwrap_or_default(), started, &past);
                Some((row.id, anomaly))
            }));
        }
        self.jobs.set_rows_anomalies(anomalies);
    }

    /// Restores the statuses that were seen of jobs before a restart.
    fn restore_steps(&mut self, jobs: Vec<(EnvId, Arc<JobAddress>, Vec<RunStep>)>) {
        let mut events = Vec::new();
        for (env_id, address, steps) in jobs {
            let environment = self.environments.by_env_id(&env_id).map(|entry| entry.id);
            let row = environment.and_then(|id| self.jobs.find(id, &address.job_root));
            let Some((job, name)) = row.map(|row| (row.id, row.name.clone())) else {
                continue;
            };
            let previous = std::iter::once(None).chain(steps.iter().map(Some));
            events.extend(previous.zip(&steps).map(|(previous, step)| Event {
                seen: step.seen,
                job,
                name: name.clone(),
                from: previous.map(|previous| previous.status.clone()),
                to: step.status.clone(),
            }));
            self.jobs.restore_steps(job, steps);
        }
        self.events.restore(events);
    }

    pub(super) fn env_id(&self, id: EnvironmentId) -> Option<EnvId> {
        Some(self.environments.get(id)?.env_id().clone())
    }
}
