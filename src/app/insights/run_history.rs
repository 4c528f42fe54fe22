//! What is remembered of earlier runs: asked for when it is wanted, and put
//! where it belongs when it comes.

use std::collections::HashSet;
use std::sync::Arc;

use crate::app::detail::{Severity, Tab};
use crate::app::insights::event_log::Event;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::history::{HistoryAnswer, HistoryQuery, Run};
use crate::hotglue::{EnvId, FlowId, TenantId};
use crate::watch::EnvironmentId;

/// The earlier runs of a tenant in a flow.
#[derive(Debug)]
pub struct RunHistory {
    environment: EnvironmentId,
    flow: FlowId,
    tenant: TenantId,
    /// The runs, newest first; `None` until they come.
    pub runs: Option<Vec<Run>>,
    /// The last completed one.
    pub last_good: Option<Box<Run>>,
}

impl RunHistory {
    fn is_of(&self, row: &Row) -> bool {
        self.environment == row.environment
            && self.flow == *row.selector.flow()
            && self.tenant == *row.selector.tenant()
    }
}

impl Model {
    fn env_id(&self, key: EnvironmentId) -> Option<EnvId> {
        Some(self.environments.get(key)?.env_id().clone())
    }

    fn environment_of(&self, env_id: &EnvId) -> Option<EnvironmentId> {
        Some(self.environments.by_env_id(env_id)?.id)
    }

    /// Asks for all that is known of the jobs of the list.
    pub(in crate::app) fn query_all_history(&self) -> Vec<Effect> {
        let jobs: Vec<_> = self
            .jobs
            .all()
            .filter_map(|row| Some((self.env_id(row.environment)?, Arc::clone(row.address()?))))
            .collect();
        let mut effects = Vec::new();
        if !jobs.is_empty() {
            effects.push(Effect::HistoryQuery(HistoryQuery::Steps(jobs)));
        }
        effects.extend(self.query_baselines());
        effects
    }

    /// Asks for what is usual for the flows of the list.
    pub(in crate::app) fn query_baselines(&self) -> Option<Effect> {
        let flows: HashSet<_> = self
            .jobs
            .all()
            .map(|row| (row.environment, row.selector.flow()))
            .collect();
        let flows: Vec<_> = flows
            .into_iter()
            .filter_map(|(environment, flow)| Some((self.env_id(environment)?, flow.clone())))
            .collect();
        (!flows.is_empty()).then_some(Effect::HistoryQuery(HistoryQuery::Baseline(flows)))
    }

    /// The earlier runs of the selected job's tenant, where they are known.
    pub fn run_history_of(&self, row: &Row) -> Option<&RunHistory> {
        self.run_history
            .as_ref()
            .filter(|run_history| run_history.is_of(row))
    }

    /// Asks for the earlier runs of the selected job while they are shown.
    pub(in crate::app) fn query_runs(&mut self) -> Option<Effect> {
        if !self.detail.open || self.detail.tab != Tab::Timeline {
            return None;
        }
        let row = self.jobs.selected()?;
        if self
            .run_history
            .as_ref()
            .is_some_and(|run_history| run_history.is_of(row))
        {
            return None;
        }
        let run_history = RunHistory {
            environment: row.environment,
            flow: row.selector.flow().clone(),
            tenant: row.selector.tenant().clone(),
            runs: None,
            last_good: None,
        };
        let env_id = self.env_id(run_history.environment)?;
        let query_history =
            HistoryQuery::Runs(env_id, run_history.flow.clone(), run_history.tenant.clone());
        self.run_history = Some(run_history);
        Some(Effect::HistoryQuery(query_history))
    }

    /// Something was recalled.
    pub(in crate::app) fn history_answered(&mut self, history_answered: HistoryAnswer) {
        match history_answered {
            HistoryAnswer::Steps(jobs) => {
                let mut events = Vec::new();
                for (env_id, address, steps) in jobs {
                    let Some(environment) = self.environment_of(&env_id) else {
                        continue;
                    };
                    let Some(row) = self.jobs.find(environment, &address.job_root) else {
                        continue;
                    };
                    let (key, name) = (row.id, row.name.clone());
                    let befores = std::iter::once(None).chain(steps.iter().map(Some));
                    events.extend(befores.zip(&steps).map(|(before, step)| Event {
                        seen: step.seen,
                        key,
                        name: name.clone(),
                        from: before.map(|before| before.status.clone()),
                        to: step.status.clone(),
                    }));
                    self.jobs.restore_steps(key, steps);
                }
                self.events.remember(events);
            }
            HistoryAnswer::Baseline(known) => {
                for (env_id, flow, tap, baseline) in known {
                    if let Some(environment) = self.environment_of(&env_id) {
                        self.forecast.set_baseline(environment, flow, tap, baseline);
                    }
                }
                let keys: Vec<_> = self.jobs.all().map(|row| row.id).collect();
                self.evaluate(&keys);
            }
            HistoryAnswer::Runs {
                env_id,
                flow,
                tenant,
                runs,
                last_good,
            } => {
                let environment = self.environment_of(&env_id);
                if let Some(run_history) = &mut self.run_history
                    && Some(run_history.environment) == environment
                    && run_history.flow == flow
                    && run_history.tenant == tenant
                {
                    run_history.runs = Some(runs);
                    run_history.last_good = last_good;
                }
            }
            HistoryAnswer::Lost(_) | HistoryAnswer::SetAside(_) => {
                if let Some(notice) = history_answered.notice() {
                    self.notify(Severity::Warning, notice);
                }
            }
        }
    }
}
