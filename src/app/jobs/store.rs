//! The store of watched jobs: every row under its [`JobId`], found by
//! `job_root`, and counted by state. It does not know which rows are shown.

use std::collections::HashMap;

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;
use crate::app::jobs::tallies::Tallies;
use crate::hotglue::JobRoot;
use crate::watch::{EnvironmentId, JobId, JobSelector};

/// All rows. See the module's documentation.
#[derive(Debug, Default)]
pub struct JobStore {
    /// By the number in the id; `None` where a job was removed, since ids are
    /// not used again.
    rows: Vec<Option<Row>>,
    /// The jobs that are watched by their `job_root`.
    by_root: HashMap<(EnvironmentId, JobRoot), JobId>,
    tallies: Tallies,
}

impl JobStore {
    /// The row of a job; `None` once it is removed.
    pub fn get(&self, id: JobId) -> Option<&Row> {
        self.rows.get(id.0 as usize)?.as_ref()
    }

    /// All rows, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// The row that is watched by this `job_root`.
    pub fn find(&self, environment: EnvironmentId, root: &JobRoot) -> Option<&Row> {
        self.get(*self.by_root.get(&(environment, root.clone()))?)
    }

    /// The rows counted by state.
    pub fn counts(&self) -> StateCounts {
        self.tallies.counts
    }

    /// What is counted over all rows.
    pub fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// The id for the next new row.
    pub fn next_id(&self) -> JobId {
        JobId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    /// Adds a row under an id that no row has now.
    pub(super) fn insert(&mut self, row: Row) {
        let index = row.id.0 as usize;
        if self.rows.len() <= index {
            self.rows.resize_with(index + 1, || None);
        }
        self.tallies.add(&row);
        if let Some(key) = root_of(&row) {
            self.by_root.insert(key, row.id);
        }
        self.rows[index] = Some(row);
    }

    /// Removes a row and returns it.
    pub(super) fn remove(&mut self, id: JobId) -> Option<Row> {
        let row = self.rows.get_mut(id.0 as usize)?.take()?;
        self.tallies.remove(&row);
        if let Some(key) = root_of(&row) {
            self.by_root.remove(&key);
        }
        Some(row)
    }

    /// Changes a row, which keeps its environment and `job_root`.
    pub(super) fn update(&mut self, id: JobId, change: impl FnOnce(&mut Row)) {
        if let Some(Some(row)) = self.rows.get_mut(id.0 as usize) {
            self.tallies.remove(row);
            change(row);
            self.tallies.add(row);
        }
    }
}

fn root_of(row: &Row) -> Option<(EnvironmentId, JobRoot)> {
    match &row.selector {
        JobSelector::Job(address) => Some((row.environment, address.job_root.clone())),
        JobSelector::Newest { .. } => None,
    }
}
