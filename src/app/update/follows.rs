//! Followed flows: their rows come with the tenants and go with the flow.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::Follow;
use crate::hotglue::{FetchError, TenantId};
use crate::watch::{EnvironmentId, FollowId, JobId};

impl Model {
    /// Follows flows: adds a row for each named tenant; those of flows that
    /// are followed for all tenants are discovered.
    pub(super) fn follow(
        &mut self,
        flows: Vec<Follow<EnvironmentId>>,
    ) -> (Vec<FollowId>, Vec<Effect>) {
        let mut ids = Vec::new();
        let mut tenants = Vec::new();
        let mut effects = Vec::new();
        for flow in flows {
            let named = flow.tenants.clone().unwrap_or_default();
            let id = self.follows.add(flow);
            let discovery = self
                .follows
                .get(id)
                .and_then(|followed| followed.discovery(id));
            effects.extend(discovery.map(Effect::AddTenantDiscovery));
            tenants.push((id, named));
            ids.push(id);
        }
        effects.extend(self.add_tenants(tenants));
        (ids, effects)
    }

    /// Stops following flows and removes their rows. Returns the flows.
    pub(super) fn unfollow(
        &mut self,
        ids: &[FollowId],
    ) -> (Vec<Follow<EnvironmentId>>, Vec<Effect>) {
        let mut follows = Vec::new();
        let mut effects = Vec::new();
        for id in ids {
            if let Some(followed) = self.follows.remove(*id) {
                let discovery = followed.discovery(*id);
                effects.extend(discovery.map(Effect::RemoveTenantDiscovery));
                follows.push(followed.flow);
            }
        }
        let is_theirs = |row: &&Row| row.follow.is_some_and(|follow| ids.contains(&follow));
        let rows: Vec<JobId> = self
            .jobs
            .all()
            .filter(is_theirs)
            .map(|row| row.id)
            .collect();
        if !rows.is_empty() {
            self.remove_rows(&rows);
            effects.push(Effect::Unwatch(rows));
        }
        (follows, effects)
    }

    /// Adds rows for tenants that were discovered and have none yet.
    pub(super) fn discovered(
        &mut self,
        discoveries: BTreeMap<FollowId, Result<Vec<TenantId>, Arc<FetchError>>>,
    ) -> Vec<Effect> {
        if discoveries.is_empty() {
            return Vec::new();
        }
        let mut known: HashMap<FollowId, HashSet<&TenantId>> = HashMap::new();
        for row in self.jobs.all() {
            if let Some(follow) = row.follow {
                known
                    .entry(follow)
                    .or_default()
                    .insert(row.selector.tenant());
            }
        }
        let mut new = Vec::new();
        let mut problems = Vec::new();
        for (id, answer) in discoveries {
            let Some(followed) = self.follows.get_mut(id) else {
                continue;
            };
            match answer {
                Ok(mut tenants) => {
                    followed.problem = None;
                    let known = known.get(&id);
                    tenants.retain(|tenant| {
                        !known.is_some_and(|known| known.contains(tenant))
                            && !followed.skipped.contains(tenant)
                    });
                    new.push((id, tenants));
                }
                Err(error) => {
                    if followed.problem.is_none() {
                        problems.push(format!(
                            "'{}': cannot list tenants ({error}); name them in the config file",
                            followed.flow.name
                        ));
                    }
                    followed.problem = Some(error);
                }
            }
        }
        for problem in problems {
            self.notify(Severity::Warning, problem);
        }
        self.add_tenants(new)
    }

    /// Removes rows of discovered tenants that turn out not to use the flow.
    pub(super) fn skip_unlinked_tenants(&mut self, ids: &[JobId]) -> Vec<Effect> {
        let mut unlinked = Vec::new();
        for row in ids.iter().filter_map(|id| self.jobs.get(*id)) {
            let followed = row.follow.and_then(|follow| self.follows.get_mut(follow));
            if let Some(followed) = followed
                && followed.is_for_all_tenants()
                && is_unlinked(row)
            {
                followed.skipped.insert(row.selector.tenant().clone());
                unlinked.push(row.id);
            }
        }
        if unlinked.is_empty() {
            return Vec::new();
        }
        self.remove_rows(&unlinked);
        vec![Effect::Unwatch(unlinked)]
    }

    fn add_tenants(&mut self, tenants: Vec<(FollowId, Vec<TenantId>)>) -> Vec<Effect> {
        let mut rows: Vec<Row> = Vec::new();
        let mut next = self.jobs.store().next_id();
        for (id, tenants) in tenants {
            if let Some(followed) = self.follows.get(id) {
                let name = self.environments.name(followed.flow.environment);
                let new = followed.rows(id, tenants, next, &name);
                next = new.last().map_or(next, |row| JobId(row.id.0 + 1));
                rows.extend(new);
            }
        }
        self.watch(rows)
    }
}

/// Whether the service does not know the flow for the row's tenant.
fn is_unlinked(row: &Row) -> bool {
    let streak = row.snapshot.health.failure_streak.as_ref();
    row.snapshot.job.is_none()
        && streak.is_some_and(|streak| {
            matches!(
                &*streak.error,
                FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }
            )
        })
}
