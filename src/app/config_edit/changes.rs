//! Changes that the user made on the dashboard: those being saved, those that
//! could not be saved, and how to undo each.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use crate::app::jobs::{Row, View};
use crate::config::{Change, Follow, JobEntryId, RemovedTable, Saved, WatchedJob};
use crate::hotglue::Text;
use crate::watch::{EnvironmentId, FollowId, JobId};

/// Changes of the config file. See the module's documentation.
#[derive(Debug, Default)]
pub struct Changes {
    /// How to undo each change, newest last.
    undo: Vec<Undo>,
    /// The number of the next save.
    next_save: u64,
    /// The changes being saved, by the number of the save.
    pending: BTreeMap<u64, Change>,
    /// The changes that could not be saved, with the reason.
    pub unsaved: Vec<(Change, String)>,
}

/// How to undo a change.
#[derive(Debug)]
pub(in crate::app) enum Undo {
    /// Removes added jobs.
    Add(Vec<JobId>),
    /// Restores the settings of an edited job.
    Edit(JobId, WatchedJob<EnvironmentId>),
    /// Restores removed jobs.
    Remove {
        /// The rows.
        rows: Vec<Row>,
        /// The number of the save that removed them.
        save: u64,
        /// The tables cut out of the file, once it is saved.
        tables: Vec<RemovedTable>,
    },
    /// Restores a view that was saved.
    View {
        /// Its name.
        name: Text,
        /// What it was before; `None` where it is new.
        before: Option<View>,
    },
    /// Stops following a flow.
    Follow(FollowId),
    /// Restores the start of a rollout, or that it has none.
    Start(FollowId, Option<Timestamp>),
    /// Follows a flow again.
    Unfollow {
        /// The flow.
        follow: Follow<EnvironmentId>,
        /// The number of the save that removed it.
        save: u64,
        /// The tables cut out of the file, once it is saved.
        tables: Vec<RemovedTable>,
    },
}

impl Changes {
    /// Whether the dashboard shows changes that are not in the file yet.
    pub(in crate::app) fn are_unsaved(&self) -> bool {
        !self.pending.is_empty() || !self.unsaved.is_empty()
    }

    pub(in crate::app) fn push_undo(&mut self, undo: Undo) {
        self.undo.push(undo);
    }

    pub(in crate::app) fn pop_undo(&mut self) -> Option<Undo> {
        self.undo.pop()
    }

    /// Records that a change is being saved. Returns the number of the save.
    pub(in crate::app) fn start_save(&mut self, change: Change) -> u64 {
        let save = self.skip_save();
        self.pending.insert(save, change);
        save
    }

    /// Returns the number of a save that is not needed.
    pub(in crate::app) fn skip_save(&mut self) -> u64 {
        let save = self.next_save;
        self.next_save += 1;
        save
    }

    /// Records the result of a save. Returns the reason where it failed.
    pub(in crate::app) fn finish_save(
        &mut self,
        number: u64,
        result: Result<Saved, String>,
    ) -> Option<String> {
        let change = self.pending.remove(&number);
        let change = change.and_then(|change| self.cancel_unsaved(change));
        match result {
            Ok(saved) => {
                self.keep_tables(number, &saved.removed);
                None
            }
            Err(reason) => {
                let change = change.map(|change| (change, reason.clone()));
                self.unsaved.extend(change);
                Some(reason)
            }
        }
    }

    /// Cancels the unsaved changes that a change reverts. Returns what is left
    /// of it, which has to be saved.
    pub(in crate::app) fn cancel_unsaved(&mut self, change: Change) -> Option<Change> {
        let before = std::mem::take(&mut self.unsaved).into_iter();
        let mut left = Some(change);
        for (unsaved, reason) in before {
            let (unsaved, rest) = match left.take() {
                Some(change) => cancel(unsaved, change),
                None => (Some(unsaved), None),
            };
            left = rest;
            self.unsaved
                .extend(unsaved.map(|unsaved| (unsaved, reason)));
        }
        left
    }

    /// Takes the changes that could not be saved, to save them again.
    pub(in crate::app) fn take_unsaved(&mut self) -> Vec<Change> {
        let unsaved = std::mem::take(&mut self.unsaved);
        unsaved.into_iter().map(|(change, _)| change).collect()
    }

    fn keep_tables(&mut self, number: u64, cut_out: &[RemovedTable]) {
        for undo in &mut self.undo {
            if let Undo::Remove { save, tables, .. } | Undo::Unfollow { save, tables, .. } = undo
                && *save == number
            {
                *tables = cut_out.to_vec();
            }
        }
    }
}

/// An unsaved change and a later one without what the later one reverts.
fn cancel(unsaved: Change, change: Change) -> (Option<Change>, Option<Change>) {
    let some = |change: Change| match &change {
        Change::Add(entries) if entries.is_empty() => None,
        Change::Remove(ids) if ids.is_empty() => None,
        _ => Some(change),
    };
    match (unsaved, change) {
        (Change::Add(mut added), Change::Remove(mut removed)) => {
            let known: HashSet<_> = added.iter().map(JobEntryId::of).collect();
            let gone: HashSet<_> = removed.iter().cloned().collect();
            added.retain(|entry| !gone.contains(&JobEntryId::of(entry)));
            removed.retain(|id| !known.contains(id));
            (some(Change::Add(added)), some(Change::Remove(removed)))
        }
        (Change::Remove(mut removed), Change::Add(mut added)) => {
            let known: HashSet<_> = added.iter().map(JobEntryId::of).collect();
            let gone: HashSet<_> = removed.iter().cloned().collect();
            added.retain(|entry| !gone.contains(&JobEntryId::of(entry)));
            removed.retain(|id| !known.contains(id));
            (some(Change::Remove(removed)), some(Change::Add(added)))
        }
        (Change::Edit(id, _), Change::Remove(removed)) if removed.contains(&id) => {
            (None, Some(Change::Remove(removed)))
        }
        (Change::Follow(follow), Change::Unfollow(other))
        | (Change::Unfollow(follow), Change::Follow(other))
            if follow == other =>
        {
            (None, None)
        }
        (unsaved, change) => (Some(unsaved), Some(change)),
    }
}
