//! Followed flows: their rows come with the tenants and go with the flow.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::app::config_edit::Followed;
use crate::app::detail::Severity;
use crate::app::jobs::{FollowedBy, LinkChange, Row};
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::config::Follow;
use crate::hotglue::{FetchError, TenantId};
use crate::watch::{EnvironmentId, FollowId, JobId};

impl Model {
    /// Follows flows: adds a row for each named tenant; those of flows that
    /// are followed for all tenants are discovered.
    pub(in crate::app) fn follow(
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
    pub(in crate::app::update) fn unfollow(
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
        for id in ids {
            let theirs = self.jobs.all().filter(|row| row.is_followed_by(*id));
            let (shared, only): (Vec<&Row>, Vec<&Row>) =
                theirs.partition(|row| row.follows.len() > 1);
            let ids_of =
                |rows: Vec<&Row>| -> Vec<JobId> { rows.iter().map(|row| row.id).collect() };
            let (shared, only) = (ids_of(shared), ids_of(only));
            self.jobs.remove_follow(&shared, *id);
            if !only.is_empty() {
                self.remove_rows(&only);
                effects.push(Effect::Unwatch(only));
            }
        }
        (follows, effects)
    }

    /// Gives a followed flow another start and gate. The effect makes the
    /// watcher list the jobs of tenants that have not started more often.
    pub(in crate::app::update) fn set_follow(
        &mut self,
        id: FollowId,
        flow: &Follow<EnvironmentId>,
    ) -> Option<Effect> {
        let followed = self.follows.get_mut(id)?;
        followed.flow = flow.clone();
        let rows = self.jobs.all().filter(|row| row.is_followed_by(id));
        let rows: Vec<JobId> = rows.map(|row| row.id).collect();
        self.jobs.add_follow(&rows, id, flow);
        self.evaluate(&rows);
        let rows = rows.iter().filter_map(|id| self.jobs.get(*id));
        let starts: Vec<_> = rows.map(|row| (row.id, row.start())).collect();
        (!starts.is_empty()).then_some(Effect::SetStart(starts))
    }

    /// Adds rows for tenants that were discovered and have none yet.
    pub(in crate::app::update) fn discovered(
        &mut self,
        discoveries: BTreeMap<FollowId, Result<Vec<TenantId>, Arc<FetchError>>>,
    ) -> Vec<Effect> {
        if discoveries.is_empty() {
            return Vec::new();
        }
        let mut known: HashMap<FollowId, HashSet<&TenantId>> = HashMap::new();
        for row in self.jobs.all() {
            for follow in &row.follows {
                known
                    .entry(follow.id)
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
    pub(in crate::app::update) fn skip_unlinked_tenants(&mut self, ids: &[JobId]) -> Vec<Effect> {
        let mut unlinked = Vec::new();
        for row in ids.iter().filter_map(|id| self.jobs.get(*id)) {
            let is_for_all = |follow: &FollowedBy| {
                let followed = self.follows.get(follow.id);
                followed.is_some_and(Followed::is_for_all_tenants)
            };
            if row.is_followed() && is_unlinked(row) && row.follows.iter().all(is_for_all) {
                let ids: Vec<FollowId> = row.follows.iter().map(|follow| follow.id).collect();
                unlinked.push((row.id, row.selector.tenant().clone(), ids));
            }
        }
        if unlinked.is_empty() {
            return Vec::new();
        }
        for (_, tenant, follows) in &unlinked {
            for follow in follows {
                if let Some(followed) = self.follows.get_mut(*follow) {
                    followed.skipped.insert(tenant.clone());
                }
            }
        }
        let ids: Vec<JobId> = unlinked.into_iter().map(|(id, _, _)| id).collect();
        self.remove_rows(&ids);
        vec![Effect::Unwatch(ids)]
    }

    /// Watches tenants of followed flows. A tenant that another followed flow
    /// watches in the same flow has a row already.
    fn add_tenants(&mut self, tenants: Vec<(FollowId, Vec<TenantId>)>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (id, tenants) in tenants {
            let Some(followed) = self.follows.get(id) else {
                continue;
            };
            let flow = followed.flow.clone();
            let name = self.environments.name(flow.environment);
            let mut next = self.jobs.store().next_id();
            let (mut known, mut new) = (Vec::new(), Vec::new());
            for tenant in tenants {
                let row = self.jobs.find_tenant(flow.environment, &flow.flow, &tenant);
                if let Some(row) = row {
                    known.push(row.id);
                } else {
                    new.push(Row::followed(next, id, &flow, tenant, name.clone()));
                    next = JobId(next.0 + 1);
                }
            }
            self.jobs.add_follow(&known, id, &flow);
            effects.extend(self.watch(new));
        }
        effects
    }

    /// Polls a job once that several rows of the list name: starts and stops
    /// polling as rows become the same job and different ones.
    pub(in crate::app::update) fn apply_link_changes(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for change in self.jobs.take_link_changes() {
            match change {
                LinkChange::Joined { entry, shown } => {
                    self.forecast.remove(entry);
                    self.alerts.replace(entry, shown);
                    effects.push(Effect::Unwatch(vec![entry]));
                }
                LinkChange::Parted(id) => {
                    let target = self.jobs.get(id).map(|row| self.target(row));
                    effects.extend(target.map(|target| Effect::Watch(vec![target])));
                    self.evaluate(&[id]);
                }
                LinkChange::Interval(id) => {
                    let target = self.jobs.get(id).map(|row| self.target(row));
                    effects.extend(target.map(|it| Effect::SetInterval(it.id, it.interval)));
                }
            }
        }
        effects
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
