//! Rows that are the same job: one of them represents it, with the names and
//! tags of both, and the other is not listed until they are different jobs
//! again.

use crate::app::jobs::Jobs;
use crate::app::jobs::row::Row;
use crate::app::jobs::sources::{LinkChange, SameJob};
use crate::watch::{JobId, JobSelector, Snapshot};

impl Jobs {
    /// The row that represents a job: the row itself, or the one that shows it
    /// too.
    pub(in crate::app) fn representative(&self, id: JobId) -> JobId {
        self.get(id).and_then(Row::shown_by).unwrap_or(id)
    }

    /// Takes the changes of links since the last call.
    pub(in crate::app) fn take_link_changes(&mut self) -> Vec<LinkChange> {
        std::mem::take(&mut self.link_changes)
    }

    /// Keeps what is known of a watched job when the newest run of the tenant
    /// that represented it becomes another one.
    pub(super) fn keep_state_of_entry(&mut self, id: JobId, next: &Snapshot) {
        let Some(row) = self.store.get(id) else {
            return;
        };
        let is_another = next.address.is_some() && next.address != row.snapshot.address;
        if let Some(entry) = row.entry()
            && is_another
        {
            let row = row.clone();
            self.store.update(entry, |entry| entry.take_state(&row));
        }
    }

    /// Links and parts these rows as their jobs are now. Returns whether
    /// anything changed.
    pub(super) fn relink(&mut self, ids: &[JobId]) -> bool {
        let before = self.link_changes.len();
        for id in ids {
            let Some(row) = self.store.get(*id) else {
                continue;
            };
            match &row.selector {
                JobSelector::Job(address) => {
                    let newest = self.store.find_newest(row.environment, &address.job_root);
                    let wanted = newest.map(|row| row.id);
                    let (known, entry) = (row.shown_by, *id);
                    if known != wanted {
                        self.part(known, entry);
                    }
                    if let Some(shown) = wanted {
                        self.join(entry, shown);
                    }
                }
                JobSelector::Newest { .. } => {
                    let address = row.snapshot.address.as_ref();
                    let same =
                        address.and_then(|it| self.store.find(row.environment, &it.job_root));
                    let wanted = same.map(|row| row.id);
                    let (known, shown) = (row.entry(), *id);
                    if let Some(known) = known.filter(|known| Some(*known) != wanted) {
                        self.part(Some(shown), known);
                    }
                    if let Some(entry) = wanted {
                        self.join(entry, shown);
                    }
                }
            }
        }
        self.link_changes.len() > before
    }

    /// Forgets the links of rows that were removed.
    pub(super) fn unlink_removed(&mut self, removed: &[Row]) {
        for row in removed {
            if let Some(shown) = row.shown_by {
                self.part(Some(shown), row.id);
            }
            if let Some(entry) = row.entry() {
                self.part(None, entry);
            }
        }
    }

    fn join(&mut self, entry: JobId, shown: JobId) {
        let Some(job) = self.store.get(entry).and_then(Row::watched) else {
            return;
        };
        let same = SameJob { id: entry, job };
        let Some(row) = self.store.get(shown) else {
            return;
        };
        let is_known = row.entry.as_ref() == Some(&same);
        let is_joined = self.store.get(entry).and_then(Row::shown_by) == Some(shown);
        if is_known && is_joined {
            return;
        }
        if let Some(other) = row.entry().filter(|other| *other != entry) {
            self.part(Some(shown), other);
        }
        self.store.update(shown, |row| row.set_entry(Some(same)));
        self.link_changes.push(LinkChange::Interval(shown));
        if !is_joined {
            self.store.update(entry, |row| row.shown_by = Some(shown));
            self.selection.replace(entry, shown);
            self.link_changes.push(LinkChange::Joined { entry, shown });
        }
        if let Some(row) = self.store.get(shown) {
            self.table.note(row);
        }
    }

    fn part(&mut self, shown: Option<JobId>, entry: JobId) {
        if let Some(shown) = shown
            && self.store.get(shown).and_then(Row::entry) == Some(entry)
        {
            self.store.update(shown, |row| row.set_entry(None));
            self.link_changes.push(LinkChange::Interval(shown));
        }
        if self
            .store
            .get(entry)
            .is_some_and(|row| row.shown_by.is_some())
        {
            self.store.update(entry, |row| row.shown_by = None);
            self.link_changes.push(LinkChange::Parted(entry));
        }
    }
}
