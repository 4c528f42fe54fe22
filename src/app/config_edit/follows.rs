//! The followed flows: which tenants each is watched for, and what is in the
//! way of knowing them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::Follow;
use crate::hotglue::{FetchError, TenantId};
use crate::watch::{EnvironmentId, FollowId, JobId, TenantDiscovery};

/// A followed flow.
#[derive(Debug)]
pub struct Followed {
    /// It, as the config has it.
    pub flow: Follow<EnvironmentId>,
    /// Tenants that have nothing to do with it.
    pub skipped: BTreeSet<TenantId>,
    /// Why its tenants are not known, while they are not.
    pub problem: Option<Arc<FetchError>>,
}

impl Followed {
    fn discovery(&self, key: FollowId) -> Option<TenantDiscovery> {
        self.flow.tenants.is_none().then_some(TenantDiscovery {
            id: key,
            environment: self.flow.environment,
        })
    }
}

impl Model {
    /// Follows flows: a row for each tenant that is named; those of `*` come
    /// when they are known.
    pub(in crate::app) fn follow(&mut self, flows: Vec<Follow<EnvironmentId>>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for flow in flows {
            let key = FollowId(self.next_follow);
            self.next_follow += 1;
            let tenants = flow.tenants.clone().unwrap_or_default();
            let followed = Followed {
                flow,
                skipped: BTreeSet::new(),
                problem: None,
            };
            if let Some(discovery) = followed.discovery(key) {
                effects.push(Effect::AddTenantDiscovery(discovery));
            }
            self.follows.insert(key, followed);
            effects.extend(self.add_followed(key, tenants));
        }
        effects
    }

    /// Follows a flow no longer; answers its rows.
    pub(in crate::app) fn unfollow(
        &mut self,
        key: FollowId,
    ) -> (Option<Follow<EnvironmentId>>, Vec<Effect>) {
        let Some(followed) = self.follows.remove(&key) else {
            return (None, Vec::new());
        };
        let keys = self.rows_of(key);
        self.drop_rows(&keys);
        let mut effects = vec![Effect::Unwatch(keys)];
        effects.extend(followed.discovery(key).map(Effect::RemoveTenantDiscovery));
        (Some(followed.flow), effects)
    }

    pub(in crate::app) fn rows_of(&self, key: FollowId) -> Vec<JobId> {
        self.jobs
            .all()
            .filter(|row| row.follow == Some(key))
            .map(|row| row.id)
            .collect()
    }

    /// The tenants of an environment are known, or are not.
    pub(in crate::app) fn take_discovery(
        &mut self,
        key: FollowId,
        tenants: Result<Vec<TenantId>, Arc<FetchError>>,
    ) -> Vec<Effect> {
        let Some(followed) = self.follows.get_mut(&key) else {
            return Vec::new();
        };
        let tenants = match tenants {
            Ok(tenants) => tenants,
            Err(error) => {
                if followed.problem.is_none() {
                    let words = format!(
                        "'{}': the tenants cannot be listed ({error}); name them in the config",
                        followed.flow.name
                    );
                    followed.problem = Some(error);
                    self.notify(Severity::Warning, words);
                }
                return Vec::new();
            }
        };
        followed.problem = None;
        let known: BTreeSet<TenantId> = self
            .jobs
            .all()
            .filter(|row| row.follow == Some(key))
            .map(|row| row.selector.tenant().clone())
            .collect();
        let skipped = &self.follows[&key].skipped;
        let new = tenants
            .into_iter()
            .filter(|tenant| !known.contains(tenant) && !skipped.contains(tenant))
            .collect();
        self.add_followed(key, new)
    }

    /// Tenants of `*` that turn out to have nothing to do with the flow leave
    /// the list.
    pub(in crate::app) fn skip_unlinked_tenants(&mut self, keys: &[JobId]) -> Vec<Effect> {
        let mut gone = Vec::new();
        for key in keys {
            let Some(row) = self.jobs.get(*key) else {
                continue;
            };
            let unlinked_tenant = row.snapshot.job.is_none()
                && row
                    .snapshot
                    .health
                    .failure_streak
                    .as_ref()
                    .is_some_and(|trouble| {
                        matches!(
                            &*trouble.error,
                            FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }
                        )
                    });
            let tenant = row.selector.tenant().clone();
            let Some(followed) = row.follow.and_then(|key| self.follows.get_mut(&key)) else {
                continue;
            };
            if unlinked_tenant && followed.flow.tenants.is_none() {
                followed.skipped.insert(tenant);
                gone.push(*key);
            }
        }
        if gone.is_empty() {
            return Vec::new();
        }
        self.drop_rows(&gone);
        vec![Effect::Unwatch(gone)]
    }

    /// Takes rows off the list and out of what is expected.
    pub(in crate::app) fn drop_rows(&mut self, keys: &[JobId]) -> Vec<Row> {
        for key in keys {
            self.forecast.remove(*key);
        }
        self.jobs.remove(keys)
    }

    fn add_followed(&mut self, key: FollowId, tenants: Vec<TenantId>) -> Vec<Effect> {
        if tenants.is_empty() {
            return Vec::new();
        }
        let first = self.jobs.store().next_id();
        let flow = &self.follows[&key].flow;
        let environment = self.environments.name(flow.environment);
        let rows: Vec<Row> = tenants
            .into_iter()
            .zip(first.0..)
            .map(|(tenant, number)| {
                Row::followed(JobId(number), key, flow, tenant, environment.clone())
            })
            .collect();
        self.watch(rows)
    }

    /// The tenant discoveries that the followed flows need.
    pub(in crate::app) fn tenant_discoveries(&self) -> impl Iterator<Item = TenantDiscovery> {
        self.follows
            .iter()
            .filter_map(|(key, followed)| followed.discovery(*key))
    }

    /// What the config file says is followed.
    pub fn follows(&self) -> &BTreeMap<FollowId, Followed> {
        &self.follows
    }
}
