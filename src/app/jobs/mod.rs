//! The watched jobs, in three parts: the [`store`] holds the rows, the
//! [`table`] decides which are shown in which order, the [`selection`] is the
//! user's place in it. [`Jobs`] keeps the three consistent.

mod arrange;
mod columns;
mod cursor;
mod filter;
mod groups;
mod links;
mod range;
mod row;
mod row_forecast;
mod selection;
mod show;
mod sources;
mod state_counts;
mod store;
mod table;
mod tallies;
mod view;

use std::collections::HashMap;
use std::ops::Range;

pub use columns::{Column, Columns};
pub(crate) use columns::{PlacedColumn, ProgressWidth};
pub(crate) use filter::{Candidates, candidates};
pub use filter::{Filter, FilterClock, FilterError, Typing};
pub use groups::GroupBy;
pub(crate) use groups::RowGroup;
pub(crate) use row::CHANGED_FOR;
pub use row::Row;
pub(crate) use selection::Selection;
pub(crate) use show::Show;
pub(in crate::app) use sources::FollowedBy;
pub(in crate::app) use sources::LinkChange;
pub use state_counts::StateCounts;
pub(crate) use store::JobStore;
use table::LineId;
pub use table::sort::Sort;
pub(crate) use table::{JobTable, TableLine};
pub(crate) use tallies::{BurnUp, FlowStages, StageDurations, Tallies};
pub(in crate::app) use view::TableArrangement;
pub use view::View;

use crate::config::{Follow, WatchedJob};
use crate::history::RunStep;
use crate::hotglue::{FlowId, JobRoot, TenantId};
use crate::rollout::{Anomaly, ProgressCounts, RowsAnomaly};
use crate::watch::{Batch, EnvironmentId, FollowId, JobId};

/// The watched jobs. See the module's documentation.
#[derive(Debug)]
pub struct Jobs {
    store: JobStore,
    table: JobTable,
    selection: Selection,
    /// What changed about rows that are the same job.
    link_changes: Vec<LinkChange>,
    /// Whether what is watched changed since it was recorded.
    is_list_changed: bool,
}

/// Queries.
impl Jobs {
    /// Jobs with these rows, whose ids must ascend.
    pub fn new(rows: Vec<Row>, columns: Columns) -> Self {
        let mut jobs = Self {
            store: JobStore::default(),
            table: JobTable::new(columns),
            selection: Selection::default(),
            link_changes: Vec::new(),
            is_list_changed: false,
        };
        jobs.insert(rows);
        jobs
    }

    /// The rows.
    pub(crate) fn store(&self) -> &JobStore {
        &self.store
    }

    /// Which rows are shown, and in which order.
    pub fn table(&self) -> &JobTable {
        &self.table
    }

    /// Cursor and marks.
    pub fn selection(&self) -> &Selection {
        &self.selection
    }

    /// The row of a job; `None` once it is removed.
    pub fn get(&self, id: JobId) -> Option<&Row> {
        self.store.get(id)
    }

    /// All rows, shown or not, in the order in which they were added. A job
    /// that is watched and followed is one row.
    pub fn all(&self) -> impl Iterator<Item = &Row> {
        self.store.iter()
    }

    /// The rows of the watched jobs of the config, linked or not.
    pub(in crate::app) fn entries(&self) -> impl Iterator<Item = &Row> {
        self.store.all().filter(|row| !row.is_followed())
    }

    /// The row of a followed tenant.
    pub(in crate::app) fn find_tenant(
        &self,
        environment: EnvironmentId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Option<&Row> {
        self.store.find_tenant(environment, flow, tenant)
    }

    /// The row of the watched job with this `job_root`; it is not listed while
    /// a followed row represents it.
    pub(crate) fn find(&self, environment: EnvironmentId, root: &JobRoot) -> Option<&Row> {
        self.store.find(environment, root)
    }

    /// The rows that show the run with this `job_root`: that of a followed
    /// tenant whose newest run it is, and that of the watched job.
    pub(in crate::app) fn of_run(
        &self,
        environment: EnvironmentId,
        root: &JobRoot,
    ) -> impl Iterator<Item = &Row> {
        let newest = self.store.find_newest(environment, root);
        newest.into_iter().chain(self.find(environment, root))
    }

    /// All rows counted by state.
    pub fn counts(&self) -> StateCounts {
        self.store.counts()
    }

    /// What is counted over all rows.
    pub(crate) fn tallies(&self) -> &Tallies {
        self.store.tallies()
    }

    /// The rows of a followed flow by their progress.
    pub(in crate::app) fn progress_of(&self, follow: FollowId) -> ProgressCounts {
        self.store.tallies().follows.of(follow)
    }

    /// The rows shown, first to last.
    pub fn shown(&self) -> impl Iterator<Item = &Row> {
        self.rows(0..self.table.line_count())
    }

    /// The indexes of the lines in the window.
    pub fn window(&self) -> Range<usize> {
        self.selection.window(self.table.line_count())
    }

    /// The lines in a range of indexes.
    pub(crate) fn lines(&self, range: Range<usize>) -> impl Iterator<Item = TableLine<'_>> {
        self.table.resolved(&self.store, range)
    }

    /// The rows in the window, first to last.
    pub(crate) fn windowed(&self) -> impl Iterator<Item = &Row> {
        self.rows(self.window())
    }

    fn rows(&self, range: Range<usize>) -> impl Iterator<Item = &Row> {
        self.lines(range).filter_map(|line| match line {
            TableLine::Job(row) => Some(row),
            TableLine::Group(_) => None,
        })
    }

    /// The row under the cursor; `None` on the header of a group.
    pub fn selected(&self) -> Option<&Row> {
        match self.selection.line()? {
            LineId::Job(id) => self.store.get(id),
            LineId::Group(_) => None,
        }
    }

    /// The group whose header is under the cursor.
    pub(crate) fn selected_group(&self) -> Option<&RowGroup> {
        match self.selection.line()? {
            LineId::Group(group) => self.table.group_at(group),
            LineId::Job(_) => None,
        }
    }

    /// The jobs that an action applies to: the marked ones, else the one under
    /// the cursor; on the header of a group, the members of the group.
    pub(crate) fn targets(&self) -> Vec<JobId> {
        if !self.selection.marks().is_empty() {
            return self.selection.marks().iter().copied().collect();
        }
        match self.selection.line() {
            Some(LineId::Job(id)) => vec![id],
            Some(LineId::Group(group)) => self.table.members(&self.store, group),
            None => Vec::new(),
        }
    }
}

/// Changes of rows.
impl Jobs {
    /// Adds rows whose ids are new, or were theirs before.
    pub(crate) fn insert(&mut self, rows: Vec<Row>) {
        self.is_list_changed = true;
        let ids: Vec<JobId> = rows.iter().map(|row| row.id).collect();
        for mut row in rows {
            row.unlink();
            self.table.note(&row);
            self.store.insert(row);
        }
        self.relink(&ids);
        self.rebuild();
    }

    /// Removes rows and returns them. The cursor moves to a neighbor.
    pub(crate) fn remove(&mut self, ids: &[JobId]) -> Vec<Row> {
        self.is_list_changed = true;
        let rows: Vec<Row> = ids
            .iter()
            .filter_map(|id| {
                self.selection.marks_mut().remove(id);
                self.table.forget(*id);
                self.store.remove(*id)
            })
            .collect();
        self.unlink_removed(&rows);
        self.rebuild();
        rows
    }

    /// Applies what the watcher learned.
    pub(crate) fn apply(&mut self, batch: Batch) {
        let mut transitions: HashMap<JobId, Vec<_>> = HashMap::new();
        for transition in batch.transitions {
            transitions
                .entry(transition.id)
                .or_default()
                .push(transition);
        }
        let mut moved = Vec::new();
        for (id, snapshot) in &batch.snapshots {
            let row = self.store.get(*id);
            if row.is_some_and(|row| row.snapshot.address != snapshot.address) {
                self.keep_state_of_entry(*id, snapshot);
                moved.push(*id);
            }
        }
        let changes = batch.snapshots.into_iter().map(|(id, snapshot)| {
            let transitions = transitions.remove(&id).unwrap_or_default();
            let change = move |row: &mut Row| {
                row.merge(snapshot);
                for transition in &transitions {
                    row.record(transition);
                }
            };
            (id, change)
        });
        let changes: Vec<_> = changes.collect();
        self.change(changes);
        if self.relink(&moved) {
            self.rebuild();
        }
    }

    /// Adds a followed flow to rows, or takes over its name and start.
    pub(in crate::app) fn add_follow(
        &mut self,
        ids: &[JobId],
        follow: FollowId,
        flow: &Follow<EnvironmentId>,
    ) {
        self.is_list_changed = true;
        let change = |id: &JobId| (*id, |row: &mut Row| row.add_follow(follow, flow));
        self.change(ids.iter().map(change).collect());
    }

    /// Removes a followed flow from rows.
    pub(in crate::app) fn remove_follow(&mut self, ids: &[JobId], follow: FollowId) {
        self.is_list_changed = true;
        let change = |id: &JobId| (*id, |row: &mut Row| row.remove_follow(follow));
        self.change(ids.iter().map(change).collect());
    }

    /// Gives rows the names, tags and intervals of these jobs, which are the
    /// same jobs otherwise.
    pub(in crate::app) fn edit(&mut self, edits: Vec<(JobId, WatchedJob<EnvironmentId>)>) {
        self.is_list_changed = true;
        let ids: Vec<JobId> = edits.iter().map(|(id, _)| *id).collect();
        let changes = edits
            .into_iter()
            .map(|(id, job)| (id, move |row: &mut Row| row.edit(job)));
        self.change(changes.collect());
        if self.relink(&ids) {
            self.rebuild();
        }
    }

    /// Sets the anomalies of rows.
    pub(in crate::app) fn set_anomalies(&mut self, anomalies: Vec<(JobId, Option<Anomaly>)>) {
        let changes = anomalies
            .into_iter()
            .map(|(id, anomaly)| (id, move |row: &mut Row| row.anomaly = anomaly));
        self.change(changes.collect());
    }

    /// Sets what is unusual about the rows that jobs moved.
    pub(in crate::app) fn set_rows_anomalies(
        &mut self,
        anomalies: Vec<(JobId, Option<RowsAnomaly>)>,
    ) {
        let changes = anomalies.into_iter().map(|(id, anomaly)| {
            let anomaly = anomaly.map(Box::new);
            (id, move |row: &mut Row| row.rows_anomaly = anomaly)
        });
        self.change(changes.collect());
    }

    /// Restores the statuses that were seen of a row before a restart.
    pub(in crate::app) fn restore_steps(&mut self, id: JobId, steps: Vec<RunStep>) {
        self.store.update(id, |row| row.restore_steps(steps));
    }

    /// Measures the silence of a job from now on.
    pub(in crate::app) fn restart_silence(&mut self, id: JobId) {
        self.store.update(id, Row::restart_silence);
    }

    /// Changes rows and moves each to its new place; many together are cheaper
    /// to sort again.
    fn change<F: FnOnce(&mut Row)>(&mut self, changes: Vec<(JobId, F)>) {
        if changes.is_empty() {
            return;
        }
        if changes.len() > 16 + self.table.line_count() / 16 {
            for (id, change) in changes {
                self.store.update(id, change);
                if let Some(row) = self.store.get(id) {
                    self.table.note(row);
                }
            }
            self.rebuild();
            return;
        }
        for (id, change) in changes {
            if self.store.get(id).is_some_and(|row| row.shown_by.is_some()) {
                self.store.update(id, change);
                continue;
            }
            let before = self.table.before_change(&self.store, id);
            self.store.update(id, change);
            self.table.after_change(&self.store, id, before);
        }
        self.selection.follow(&self.store, &self.table);
    }

    fn rebuild(&mut self) {
        self.table.rebuild(&self.store);
        self.selection.follow(&self.store, &self.table);
    }
}

#[cfg(test)]
pub(in crate::app) mod tests;
