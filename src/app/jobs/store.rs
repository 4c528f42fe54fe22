//! The store of watched jobs: every row under its [`JobId`], found by
//! `job_root`, and counted by state. Rows that are the same job are linked:
//! one of them represents it, and the other is neither listed nor counted.
//! It does not know which rows the table shows.

use std::collections::HashMap;

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;
use crate::app::jobs::tallies::Tallies;
use crate::hotglue::{FlowId, JobRoot, TenantId};
use crate::watch::{EnvironmentId, JobId, JobSelector};

/// All rows. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct JobStore {
    /// By the number in the id; `None` where a job was removed, since ids are
    /// not used again.
    rows: Vec<Option<Row>>,
    /// The jobs that are watched by their `job_root`.
    by_root: HashMap<(EnvironmentId, JobRoot), JobId>,
    /// The followed tenants.
    by_tenant: HashMap<(EnvironmentId, FlowId, TenantId), JobId>,
    /// The followed tenants by the `job_root` of their newest run.
    by_newest: HashMap<(EnvironmentId, JobRoot), JobId>,
    tallies: Tallies,
}

impl JobStore {
    /// The row of a job; `None` once it is removed.
    pub(crate) fn get(&self, id: JobId) -> Option<&Row> {
        self.rows.get(id.0 as usize)?.as_ref()
    }

    /// All rows, in the order in which they were added; of linked ones the one
    /// that represents the job.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.all().filter(|row| row.shown_by.is_none())
    }

    /// All rows, linked or not.
    pub(super) fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// The row of the watched job with this `job_root`; it may not be listed.
    pub(crate) fn find(&self, environment: EnvironmentId, root: &JobRoot) -> Option<&Row> {
        self.get(*self.by_root.get(&(environment, root.clone()))?)
    }

    /// The row of a followed tenant.
    pub(super) fn find_tenant(
        &self,
        environment: EnvironmentId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Option<&Row> {
        let key = (environment, flow.clone(), tenant.clone());
        self.get(*self.by_tenant.get(&key)?)
    }

    /// The row of the followed tenant whose newest run has this `job_root`.
    pub(super) fn find_newest(&self, environment: EnvironmentId, root: &JobRoot) -> Option<&Row> {
        self.get(*self.by_newest.get(&(environment, root.clone()))?)
    }

    /// The rows counted by state.
    pub(crate) fn counts(&self) -> StateCounts {
        self.tallies.counts
    }

    /// What is counted over all rows.
    pub(crate) fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The id for the next new row.
    pub(crate) fn next_id(&self) -> JobId {
        JobId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    /// Adds a row under an id that no row has now.
    pub(super) fn insert(&mut self, row: Row) {
        let index = row.id.0 as usize;
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, || None);
        }
        self.tallies.add(&row);
        match &row.selector {
            JobSelector::Job(address) => {
                let key = (row.environment, address.job_root.clone());
                self.by_root.insert(key, row.id);
            }
            JobSelector::Newest { flow, tenant } => {
                let key = (row.environment, flow.clone(), tenant.clone());
                self.by_tenant.insert(key, row.id);
            }
        }
        if let Some(key) = newest_root(&row) {
            self.by_newest.insert(key, row.id);
        }
        self.rows[index] = Some(row);
    }

    /// Removes a row and returns it.
    pub(super) fn remove(&mut self, id: JobId) -> Option<Row> {
        let row = self.rows.get_mut(id.0 as usize)?.take()?;
        self.tallies.remove(&row);
        match &row.selector {
            JobSelector::Job(address) => {
                self.by_root
                    .remove(&(row.environment, address.job_root.clone()));
            }
            JobSelector::Newest { flow, tenant } => {
                self.by_tenant
                    .remove(&(row.environment, flow.clone(), tenant.clone()));
            }
        }
        self.forget_newest(newest_root(&row), id);
        Some(row)
    }

    /// Changes a row, which keeps its environment and what is polled.
    pub(super) fn update(&mut self, id: JobId, change: impl FnOnce(&mut Row)) {
        let Some(Some(row)) = self.rows.get_mut(id.0 as usize) else {
            return;
        };
        let before = row.snapshot.address.clone();
        self.tallies.remove(row);
        change(row);
        self.tallies.add(row);
        if matches!(row.selector, JobSelector::Newest { .. }) && before != row.snapshot.address {
            let (environment, now) = (row.environment, newest_root(row));
            let before = before.map(|address| (environment, address.job_root.clone()));
            self.forget_newest(before, id);
            if let Some(key) = now {
                self.by_newest.insert(key, id);
            }
        }
    }

    fn forget_newest(&mut self, key: Option<(EnvironmentId, JobRoot)>, id: JobId) {
        if let Some(key) = key
            && self.by_newest.get(&key) == Some(&id)
        {
            self.by_newest.remove(&key);
        }
    }
}

/// The `job_root` of the newest run, where the row is a followed tenant.
fn newest_root(row: &Row) -> Option<(EnvironmentId, JobRoot)> {
    match &row.selector {
        JobSelector::Newest { .. } => {
            let address = row.snapshot.address.as_ref()?;
            Some((row.environment, address.job_root.clone()))
        }
        JobSelector::Job(_) => None,
    }
}
