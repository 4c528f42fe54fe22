//! What is remembered of earlier runs: asked for when it is wanted, and put
//! where it belongs when it comes.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Effect, Event, Model, Row, Tab, Tone};
use crate::history::{Recall, Recalled, Run};
use crate::hotglue::{EnvId, FlowId, TenantId};
use crate::watch::EnvironmentKey;

/// The earlier runs of a tenant in a flow.
#[derive(Debug)]
pub struct Past {
    environment: EnvironmentKey,
    flow: FlowId,
    tenant: TenantId,
    /// The runs, newest first; `None` until they come.
    pub runs: Option<Vec<Run>>,
    /// The last completed one.
    pub last_good: Option<Box<Run>>,
}

impl Past {
    fn is_of(&self, row: &Row) -> bool {
        self.environment == row.environment
            && self.flow == *row.subject.flow()
            && self.tenant == *row.subject.tenant()
    }
}

impl Model {
    fn env_id(&self, key: EnvironmentKey) -> Option<EnvId> {
        Some(self.environments.get(&key)?.id.clone())
    }

    fn environment_of(&self, env_id: &EnvId) -> Option<EnvironmentKey> {
        let mut known = self.environments.iter();
        known
            .find(|(_, info)| info.id == *env_id)
            .map(|(key, _)| *key)
    }

    /// Asks for all that is known of the jobs of the list.
    pub(super) fn recall_all(&self) -> Vec<Effect> {
        let jobs: Vec<_> = self
            .jobs
            .all()
            .filter_map(|row| Some((self.env_id(row.environment)?, Arc::clone(row.address()?))))
            .collect();
        let mut effects = Vec::new();
        if !jobs.is_empty() {
            effects.push(Effect::Recall(Recall::Steps(jobs)));
        }
        effects.extend(self.recall_usual());
        effects
    }

    /// Asks for what is usual for the flows of the list.
    pub(super) fn recall_usual(&self) -> Option<Effect> {
        let flows: HashSet<_> = self
            .jobs
            .all()
            .map(|row| (row.environment, row.subject.flow()))
            .collect();
        let flows: Vec<_> = flows
            .into_iter()
            .filter_map(|(environment, flow)| Some((self.env_id(environment)?, flow.clone())))
            .collect();
        (!flows.is_empty()).then_some(Effect::Recall(Recall::Usual(flows)))
    }

    /// The earlier runs of the selected job's tenant, where they are known.
    pub fn past_of(&self, row: &Row) -> Option<&Past> {
        self.past.as_ref().filter(|past| past.is_of(row))
    }

    /// Asks for the earlier runs of the selected job while they are shown.
    pub(super) fn recall_runs(&mut self) -> Option<Effect> {
        if !self.detail.open || self.detail.tab != Tab::Timeline {
            return None;
        }
        let row = self.jobs.selected()?;
        if self.past.as_ref().is_some_and(|past| past.is_of(row)) {
            return None;
        }
        let past = Past {
            environment: row.environment,
            flow: row.subject.flow().clone(),
            tenant: row.subject.tenant().clone(),
            runs: None,
            last_good: None,
        };
        let env_id = self.env_id(past.environment)?;
        let recall = Recall::Runs(env_id, past.flow.clone(), past.tenant.clone());
        self.past = Some(past);
        Some(Effect::Recall(recall))
    }

    /// Something was recalled.
    pub(super) fn recalled(&mut self, recalled: Recalled) {
        match recalled {
            Recalled::Steps(jobs) => {
                let mut events = Vec::new();
                for (env_id, address, steps) in jobs {
                    let Some(environment) = self.environment_of(&env_id) else {
                        continue;
                    };
                    let Some(row) = self.jobs.find(environment, &address.job_root) else {
                        continue;
                    };
                    let (key, name) = (row.key, row.name.clone());
                    let befores = std::iter::once(None).chain(steps.iter().map(Some));
                    events.extend(befores.zip(&steps).map(|(before, step)| Event {
                        seen: step.seen,
                        key,
                        name: name.clone(),
                        from: before.map(|before| before.status.clone()),
                        to: step.status.clone(),
                    }));
                    self.jobs.remember(key, steps);
                }
                self.events.remember(events);
            }
            Recalled::Usual(known) => {
                for (env_id, flow, tap, usual) in known {
                    if let Some(environment) = self.environment_of(&env_id) {
                        self.outlook.learn(environment, flow, tap, usual);
                    }
                }
                let keys: Vec<_> = self.jobs.all().map(|row| row.key).collect();
                self.look_at(&keys);
            }
            Recalled::Runs {
                env_id,
                flow,
                tenant,
                runs,
                last_good,
            } => {
                let environment = self.environment_of(&env_id);
                if let Some(past) = &mut self.past
                    && Some(past.environment) == environment
                    && past.flow == flow
                    && past.tenant == tenant
                {
                    past.runs = Some(runs);
                    past.last_good = last_good;
                }
            }
            Recalled::Lost(reason) => {
                self.notify(Tone::Warning, format!("the past is not kept: {reason}"));
            }
        }
    }
}
