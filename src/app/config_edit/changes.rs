//! What the person changes of the list: added, edited, removed; saved or not
//! yet; and how to undo it.
//!
//! A change shows at once and is saved beside. One that could not be saved
//! stays on the screen, is told in the header, and can be saved again.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Model};
use crate::config::{
    Change, Follow, FollowEntry, JobEntry, JobEntryId, RemovedTable, Saved, WatchedJob,
};
use crate::watch::{EnvironmentId, FollowId, JobId, Target};

/// Changes of the list. See the module's documentation.
#[derive(Debug, Default)]
pub struct Changes {
    /// Newest last.
    undo: Vec<Undo>,
    next: u64,
    pending: BTreeMap<u64, Change>,
    /// What could not be saved, and why.
    pub unsaved: Vec<(Change, String)>,
}

/// What takes a change back.
#[derive(Debug)]
enum Undo {
    Add(Vec<JobId>),
    Edit(JobId, WatchedJob<EnvironmentId>),
    Remove {
        rows: Vec<Row>,
        save: u64,
        /// The file's own tables, once they are known.
        cut_out: Vec<RemovedTable>,
    },
    Follow(FollowId),
    Unfollow {
        follow: Follow<EnvironmentId>,
        save: u64,
        cut_out: Vec<RemovedTable>,
    },
}

impl Changes {
    /// Whether something shown is not in the file yet.
    pub(in crate::app) fn is_busy(&self) -> bool {
        !self.pending.is_empty() || !self.unsaved.is_empty()
    }
}

impl Model {
    /// Adds jobs: they are shown, polled and saved at once. The first of them
    /// is selected.
    pub(in crate::app) fn add_jobs(&mut self, jobs: Vec<WatchedJob<EnvironmentId>>) -> Vec<Effect> {
        if !self.are_configured(jobs.iter().map(|job| job.environment)) {
            return Vec::new();
        }
        let entries = jobs.iter().map(|job| self.entry(job.clone())).collect();
        let first = self.jobs.store().next_id();
        let rows: Vec<Row> = jobs
            .into_iter()
            .zip(first.0..)
            .map(|(job, number)| {
                let environment = self.environments.name(job.environment);
                Row::new(JobId(number), job, environment)
            })
            .collect();
        let keys = rows.iter().map(|row| row.id).collect();
        let words = match &rows[..] {
            [one] => format!("added '{}'", one.name),
            many => format!("added {} jobs", many.len()),
        };
        let mut effects = self.watch(rows);
        self.jobs.select(first);
        self.changes.undo.push(Undo::Add(keys));
        effects.extend(self.save(Change::Add(entries)).1);
        self.notify_change(&words);
        effects
    }

    /// Removes jobs; of a followed flow all, since it would put them back.
    pub(in crate::app) fn remove_jobs(&mut self, keys: &[JobId]) -> Vec<Effect> {
        let follows: BTreeSet<FollowId> = keys
            .iter()
            .filter_map(|key| self.jobs.get(*key)?.follow)
            .collect();
        let plain: Vec<JobId> = keys
            .iter()
            .copied()
            .filter(|key| self.jobs.get(*key).is_some_and(|row| row.follow.is_none()))
            .collect();
        let mut effects = Vec::new();
        for follow in follows {
            effects.extend(self.stop_following(follow));
        }
        let rows = self.drop_rows(&plain);
        let words = match &rows[..] {
            [] => return effects,
            [one] => format!("removed '{}'", one.name),
            many => format!("removed {} jobs", many.len()),
        };
        let ids = rows.iter().filter_map(job_entry_id).collect();
        let (save, saving) = self.save(Change::Remove(ids));
        self.changes.undo.push(Undo::Remove {
            rows,
            save,
            cut_out: Vec::new(),
        });
        self.notify_change(&words);
        effects.push(Effect::Unwatch(plain));
        effects.extend(saving);
        effects
    }

    /// Follows a flow, and writes it down.
    pub(in crate::app) fn start_following(&mut self, follow: Follow<EnvironmentId>) -> Vec<Effect> {
        if !self.are_configured([follow.environment]) {
            return Vec::new();
        }
        let words = format!("following '{}'", follow.name);
        let change = Change::Follow(self.follow_entry(&follow));
        let key = FollowId(self.next_follow);
        let mut effects = self.follow(vec![follow]);
        effects.extend(self.query_baselines());
        effects.extend(self.save(change).1);
        self.changes.undo.push(Undo::Follow(key));
        self.notify_change(&words);
        effects
    }

    fn stop_following(&mut self, key: FollowId) -> Vec<Effect> {
        let (follow, mut effects) = self.unfollow(key);
        let Some(follow) = follow else {
            return effects;
        };
        let words = format!("'{}' is followed no longer", follow.name);
        let (save, saving) = self.save(Change::Unfollow(self.follow_entry(&follow)));
        effects.extend(saving);
        self.changes.undo.push(Undo::Unfollow {
            follow,
            save,
            cut_out: Vec::new(),
        });
        self.notify_change(&words);
        effects
    }

    fn follow_entry(&self, follow: &Follow<EnvironmentId>) -> FollowEntry {
        let name = self.environments.name(follow.environment);
        follow.clone().with_environment(name.to_string())
    }

    /// Gives a job another name, other tags, another interval.
    pub(in crate::app) fn edit_job(
        &mut self,
        key: JobId,
        job: WatchedJob<EnvironmentId>,
    ) -> Vec<Effect> {
        let Some(before) = self.jobs.get(key).and_then(Row::watched) else {
            return Vec::new();
        };
        if before == job {
            return Vec::new();
        }
        let words = format!("changed '{}'", job.name);
        self.changes.undo.push(Undo::Edit(key, before));
        let effects = self.put(key, job);
        self.notify_change(&words);
        effects
    }

    /// Takes the last change back, on the screen and in the file.
    pub(in crate::app) fn undo(&mut self) -> Vec<Effect> {
        match self.changes.undo.pop() {
            None => {
                self.notify(Severity::Plain, "nothing to undo");
                Vec::new()
            }
            Some(Undo::Add(keys)) => {
                let rows = self.drop_rows(&keys);
                let ids = rows.iter().filter_map(job_entry_id).collect();
                let effects = self.save(Change::Remove(ids)).1;
                self.notify(Severity::Plain, "undone: the added jobs are removed");
                std::iter::once(Effect::Unwatch(keys))
                    .chain(effects)
                    .collect()
            }
            Some(Undo::Edit(key, before)) => {
                self.notify(
                    Severity::Plain,
                    format!("undone: '{}' is as it was", before.name),
                );
                self.put(key, before)
            }
            Some(Undo::Remove { rows, cut_out, .. }) => {
                if !self.are_configured(rows.iter().map(|row| row.environment)) {
                    return Vec::new();
                }
                let jobs = rows.iter().filter_map(Row::watched);
                let entries = jobs.map(|job| self.entry(job)).collect();
                let first = rows.first().map(|row| row.id);
                let mut effects = self.watch(rows);
                if let Some(first) = first {
                    self.jobs.select(first);
                }
                // Not saved yet, or never was: then they are added anew.
                let change = if cut_out.is_empty() {
                    Change::Add(entries)
                } else {
                    Change::Restore(cut_out)
                };
                effects.extend(self.save(change).1);
                self.notify(Severity::Plain, "undone: the removed jobs are back");
                effects
            }
            Some(Undo::Follow(key)) => {
                let (follow, mut effects) = self.unfollow(key);
                if let Some(follow) = follow {
                    let change = Change::Unfollow(self.follow_entry(&follow));
                    effects.extend(self.save(change).1);
                    let words = format!("undone: '{}' is followed no longer", follow.name);
                    self.notify(Severity::Plain, words);
                }
                effects
            }
            Some(Undo::Unfollow {
                follow, cut_out, ..
            }) => {
                if !self.are_configured([follow.environment]) {
                    return Vec::new();
                }
                let change = if cut_out.is_empty() {
                    Change::Follow(self.follow_entry(&follow))
                } else {
                    Change::Restore(cut_out)
                };
                let words = format!("undone: '{}' is followed again", follow.name);
                let mut effects = self.follow(vec![follow]);
                effects.extend(self.save(change).1);
                self.notify(Severity::Plain, words);
                effects
            }
        }
    }

    /// Tries to save again what could not be saved.
    pub(in crate::app) fn save_again(&mut self) -> Vec<Effect> {
        let unsaved = std::mem::take(&mut self.changes.unsaved);
        if unsaved.is_empty() {
            self.notify(Severity::Plain, "everything is saved");
        }
        unsaved
            .into_iter()
            .flat_map(|(change, _)| self.save(change).1)
            .collect()
    }

    /// A change was saved, or was not.
    pub(in crate::app) fn saved(&mut self, number: u64, result: Result<Saved, String>) {
        let change = self.changes.pending.remove(&number);
        match (result, change) {
            (Ok(saved), _) => {
                for undo in &mut self.changes.undo {
                    if let Undo::Remove { save, cut_out, .. } | Undo::Unfollow { save, cut_out, .. } =
                        undo
                        && *save == number
                    {
                        cut_out.clone_from(&saved.removed);
                    }
                }
            }
            (Err(reason), Some(change)) => {
                self.notify(Severity::Bad, reason.clone());
                self.changes.unsaved.push((change, reason));
            }
            (Err(reason), None) => self.notify(Severity::Bad, reason),
        }
    }

    pub(in crate::app) fn watch(&mut self, rows: Vec<Row>) -> Vec<Effect> {
        let targets = rows.iter().map(|row| self.target(row)).collect();
        self.jobs.insert(rows);
        vec![Effect::Watch(targets)]
    }

    pub(in crate::app) fn target(&self, row: &Row) -> Target {
        Target {
            id: row.id,
            environment: row.environment,
            selector: row.selector.clone(),
            interval: row.poll_interval.unwrap_or(self.settings.poll_interval()),
        }
    }

    fn put(&mut self, key: JobId, job: WatchedJob<EnvironmentId>) -> Vec<Effect> {
        let interval = job.poll_interval.unwrap_or(self.settings.poll_interval());
        let Some(id) = self.jobs.get(key).and_then(job_entry_id) else {
            return Vec::new();
        };
        let change = Change::Edit(id, self.entry(job.clone()));
        self.jobs.edit(vec![(key, job)]);
        let saved = self.save(change).1;
        std::iter::once(Effect::SetInterval(key, interval))
            .chain(saved)
            .collect()
    }

    fn save(&mut self, change: Change) -> (u64, Vec<Effect>) {
        let number = self.changes.next;
        if self.source == ConfigSource::Demo {
            return (number, Vec::new());
        }
        self.changes.next += 1;
        self.changes.pending.insert(number, change.clone());
        (number, vec![Effect::Save(number, change)])
    }

    fn notify_change(&mut self, words: &str) {
        let saved = if self.source == ConfigSource::Demo {
            ", not saved: this is a simulation"
        } else {
            ""
        };
        let undo = self
            .keymap
            .keys(crate::app::input::Action::Undo)
            .first()
            .cloned()
            .unwrap_or_default();
        self.notify(Severity::Plain, format!("{words} ({undo} undoes){saved}"));
    }

    fn entry(&self, job: WatchedJob<EnvironmentId>) -> JobEntry {
        let name = self.environments.name(job.environment);
        job.with_environment(name.to_string())
    }

    /// Whether environments are in the config; says so where one is not.
    fn are_configured(&mut self, ids: impl IntoIterator<Item = EnvironmentId>) -> bool {
        let all = ids
            .into_iter()
            .all(|id| self.environments.get(id).is_some());
        if !all {
            let text = "not changed: the environment was removed from the config file";
            self.notify(Severity::Warning, text);
        }
        all
    }
}

/// What names a row's job in the file; `None` where a followed flow put it on
/// the list.
fn job_entry_id(row: &Row) -> Option<JobEntryId> {
    let job = row.watched()?;
    Some(JobEntryId {
        environment: row.environment_name.to_string(),
        job_root: job.address.job_root,
    })
}
