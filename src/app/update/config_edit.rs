//! Changes that the user makes to the list: jobs added, edited and removed,
//! flows followed, and each of these undone.
//!
//! A change is shown immediately and saved in the background. One that cannot
//! be saved stays on the screen, is reported, and can be saved again.

use std::collections::BTreeSet;

use crate::app::config_edit::Undo;
use crate::app::detail::Severity;
use crate::app::input::Action;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Model};
use crate::config::{Change, Follow, FollowEntry, JobEntry, JobEntryId, Saved, WatchedJob};
use crate::watch::{EnvironmentId, FollowId, JobId, Target};

impl Model {
    /// Adds jobs and selects the first of them.
    pub(super) fn add_jobs(&mut self, jobs: Vec<WatchedJob<EnvironmentId>>) -> Vec<Effect> {
        if !self.are_configured(jobs.iter().map(|job| job.environment)) {
            return Vec::new();
        }
        let entries = jobs.iter().map(|job| self.entry(job.clone())).collect();
        let rows = self.new_rows(jobs);
        let ids: Vec<JobId> = rows.iter().map(|row| row.id).collect();
        let text = match &rows[..] {
            [row] => format!("added '{}'", row.name),
            rows => format!("added {} jobs", rows.len()),
        };
        let mut effects = self.watch(rows);
        if let Some(first) = ids.first() {
            self.jobs.select(*first);
        }
        self.changes.push_undo(Undo::Add(ids));
        effects.extend(self.save(Change::Add(entries)).1);
        self.notify_change(&text);
        effects
    }

    /// Removes jobs. Of a followed flow all are removed and the flow is no
    /// longer followed, since it would add them again. A job that is watched
    /// and followed is only followed afterwards.
    pub(super) fn remove_jobs(&mut self, ids: &[JobId]) -> Vec<Effect> {
        let mut follows = BTreeSet::new();
        let mut single = Vec::new();
        for row in ids.iter().filter_map(|id| self.jobs.get(*id)) {
            match row.entry() {
                // The flow is still followed.
                Some(entry) => single.push(entry),
                None if row.is_followed() => {
                    follows.extend(row.follows.iter().map(|follow| follow.id));
                }
                None => single.push(row.id),
            }
        }
        let mut effects = self.stop_following(&Vec::from_iter(follows));
        let rows = self.remove_rows(&single);
        let text = match &rows[..] {
            [] => return effects,
            [row] => format!("removed '{}'", row.name),
            rows => format!("removed {} jobs", rows.len()),
        };
        let entries = rows.iter().filter_map(job_entry_id).collect();
        let (save, saving) = self.save(Change::Remove(entries));
        self.changes.push_undo(Undo::Remove {
            rows,
            save,
            tables: Vec::new(),
        });
        self.notify_change(&text);
        effects.push(Effect::Unwatch(single));
        effects.extend(saving);
        effects
    }

    /// Follows flows for the tenants for which they are not followed yet.
    pub(super) fn follow_what_is_new(
        &mut self,
        follows: Vec<Follow<EnvironmentId>>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut is_any_new = false;
        for mut follow in follows {
            let same: Vec<_> = self
                .follows
                .iter()
                .map(|(_, followed)| &followed.flow)
                .filter(|flow| flow.environment == follow.environment && flow.flow == follow.flow)
                .collect();
            if same.iter().any(|flow| flow.tenants.is_none()) {
                continue;
            }
            if let Some(tenants) = &mut follow.tenants {
                let followed: Vec<_> = same
                    .iter()
                    .filter_map(|flow| flow.tenants.as_ref())
                    .collect();
                tenants.retain(|tenant| !followed.iter().any(|known| known.contains(tenant)));
                if tenants.is_empty() {
                    continue;
                }
            }
            is_any_new = true;
            effects.extend(self.start_following(follow));
        }
        if !is_any_new {
            self.notify(Severity::Plain, "already followed");
        }
        effects
    }

    /// Follows a flow and saves it.
    pub(super) fn start_following(&mut self, follow: Follow<EnvironmentId>) -> Vec<Effect> {
        if !self.are_configured([follow.environment]) {
            return Vec::new();
        }
        let text = format!("following '{}'", follow.name);
        let change = Change::Follow(self.follow_entry(&follow));
        let (ids, mut effects) = self.follow(vec![follow]);
        effects.extend(self.query_past_runs());
        effects.extend(self.save(change).1);
        let undo = ids.into_iter().map(Undo::Follow);
        undo.for_each(|undo| self.changes.push_undo(undo));
        self.notify_change(&text);
        effects
    }

    fn stop_following(&mut self, ids: &[FollowId]) -> Vec<Effect> {
        let (follows, mut effects) = self.unfollow(ids);
        for follow in follows {
            let text = format!("stopped following '{}'", follow.name);
            let (save, saving) = self.save(Change::Unfollow(self.follow_entry(&follow)));
            effects.extend(saving);
            self.changes.push_undo(Undo::Unfollow {
                follow,
                save,
                tables: Vec::new(),
            });
            self.notify_change(&text);
        }
        effects
    }

    /// Gives a job the name, the tags and the interval of `job`.
    pub(super) fn edit_job(&mut self, id: JobId, job: WatchedJob<EnvironmentId>) -> Vec<Effect> {
        let id = self.jobs.get(id).and_then(Row::entry).unwrap_or(id);
        let Some(before) = self.jobs.get(id).and_then(Row::watched) else {
            return Vec::new();
        };
        if before == job {
            return Vec::new();
        }
        let text = format!("changed '{}'", job.name);
        self.changes.push_undo(Undo::Edit(id, before));
        let effects = self.set_job(id, job);
        self.notify_change(&text);
        effects
    }

    /// Undoes the last change, on the screen and in the file.
    pub(super) fn undo(&mut self) -> Vec<Effect> {
        match self.changes.pop_undo() {
            None => {
                self.notify(Severity::Plain, "nothing to undo");
                Vec::new()
            }
            Some(Undo::Add(ids)) => {
                let rows = self.remove_rows(&ids);
                let entries = rows.iter().filter_map(job_entry_id).collect();
                let mut effects = vec![Effect::Unwatch(ids)];
                effects.extend(self.save(Change::Remove(entries)).1);
                self.notify(Severity::Plain, "undone: added jobs removed");
                effects
            }
            Some(Undo::Edit(id, before)) => {
                let text = format!("undone: changes to '{}' reverted", before.name);
                self.notify(Severity::Plain, text);
                self.set_job(id, before)
            }
            Some(Undo::Remove { rows, tables, .. }) => {
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
                // Without tables the removal was never saved.
                let change = if tables.is_empty() {
                    Change::Add(entries)
                } else {
                    Change::Restore(tables)
                };
                effects.extend(self.save(change).1);
                self.notify(Severity::Plain, "undone: removed jobs restored");
                effects
            }
            Some(Undo::View { name, before }) => self.undo_view(&name, before),
            Some(Undo::Follow(id)) => {
                let (follows, mut effects) = self.unfollow(&[id]);
                for follow in follows {
                    let change = Change::Unfollow(self.follow_entry(&follow));
                    effects.extend(self.save(change).1);
                    let text = format!("undone: stopped following '{}'", follow.name);
                    self.notify(Severity::Plain, text);
                }
                effects
            }
            Some(Undo::Start(id, before)) => self.restore_start(id, before),
            Some(Undo::Unfollow { follow, tables, .. }) => {
                if !self.are_configured([follow.environment]) {
                    return Vec::new();
                }
                let change = if tables.is_empty() {
                    Change::Follow(self.follow_entry(&follow))
                } else {
                    Change::Restore(tables)
                };
                let text = format!("undone: following '{}' again", follow.name);
                let (_, mut effects) = self.follow(vec![follow]);
                effects.extend(self.save(change).1);
                self.notify(Severity::Plain, text);
                effects
            }
        }
    }

    /// Saves again what could not be saved.
    pub(super) fn save_again(&mut self) -> Vec<Effect> {
        let unsaved = self.changes.take_unsaved();
        if unsaved.is_empty() {
            self.notify(Severity::Plain, "all changes are saved");
        }
        unsaved
            .into_iter()
            .filter_map(|change| self.save(change).1)
            .collect()
    }

    /// Handles the result of a save.
    pub(super) fn saved(&mut self, number: u64, result: Result<Saved, String>) {
        // A banner shows why a change is not saved, for as long as it is not.
        self.changes.finish_save(number, result);
    }

    /// New rows for jobs.
    pub(super) fn new_rows(&self, jobs: Vec<WatchedJob<EnvironmentId>>) -> Vec<Row> {
        jobs.into_iter()
            .zip(self.jobs.store().next_id().0..)
            .map(|(job, number)| {
                let name = self.environments.name(job.environment);
                Row::new(JobId(number), job, name)
            })
            .collect()
    }

    /// Adds rows and starts polling them.
    pub(super) fn watch(&mut self, rows: Vec<Row>) -> Vec<Effect> {
        if rows.is_empty() {
            return Vec::new();
        }
        let targets = rows.iter().map(|row| self.target(row)).collect();
        self.jobs.insert(rows);
        vec![Effect::Watch(targets)]
    }

    /// Removes rows, from the forecast too.
    pub(super) fn remove_rows(&mut self, ids: &[JobId]) -> Vec<Row> {
        self.show_held(ids);
        for id in ids {
            self.alerts.mark_seen(*id);
            self.forecast.remove(*id);
        }
        self.jobs.remove(ids)
    }

    /// What the watcher has to know of a row.
    pub(super) fn target(&self, row: &Row) -> Target {
        Target {
            id: row.id,
            environment: row.environment,
            selector: row.selector.clone(),
            interval: row.poll_interval.unwrap_or(self.settings.poll_interval()),
            since: row.start(),
        }
    }

    fn set_job(&mut self, id: JobId, job: WatchedJob<EnvironmentId>) -> Vec<Effect> {
        let interval = job.poll_interval.unwrap_or(self.settings.poll_interval());
        let Some(entry_id) = self.jobs.get(id).and_then(job_entry_id) else {
            return Vec::new();
        };
        let change = Change::Edit(entry_id, self.entry(job.clone()));
        self.jobs.edit(vec![(id, job)]);
        let mut effects = vec![Effect::SetInterval(id, interval)];
        effects.extend(self.save(change).1);
        effects
    }

    /// Starts to save a change. Returns the number of the save.
    pub(super) fn save(&mut self, change: Change) -> (u64, Option<Effect>) {
        let Some(change) = self.changes.cancel_unsaved(change) else {
            return (self.changes.skip_save(), None);
        };
        let number = self.changes.start_save(change.clone());
        if self.source == ConfigSource::Demo {
            self.changes.finish_save(number, Ok(Saved::default()));
            return (number, None);
        }
        (number, Some(Effect::Save(number, change)))
    }

    pub(super) fn notify_change(&mut self, text: &str) {
        let saved = match self.source {
            ConfigSource::Demo => ", not saved in the demo",
            ConfigSource::File(_) | ConfigSource::NoFile(_) | ConfigSource::Replay => "",
        };
        let undo = match self.keymap.keys(Action::Undo).first() {
            Some(key) => format!(" ({key} to undo)"),
            None => String::new(),
        };
        self.notify(Severity::Plain, format!("{text}{undo}{saved}"));
    }

    fn entry(&self, job: WatchedJob<EnvironmentId>) -> JobEntry {
        let name = self.environments.name(job.environment);
        job.with_environment(name.to_string())
    }

    pub(super) fn follow_entry(&self, follow: &Follow<EnvironmentId>) -> FollowEntry {
        let name = self.environments.name(follow.environment);
        follow.clone().with_environment(name.to_string())
    }

    /// Whether environments are in the config; notifies the user where one is
    /// not.
    pub(super) fn are_configured(&mut self, ids: impl IntoIterator<Item = EnvironmentId>) -> bool {
        let are_configured = ids
            .into_iter()
            .all(|id| self.environments.get(id).is_some());
        if !are_configured {
            let text = "not changed: the environment was removed from the config file";
            self.notify(Severity::Warning, text);
        }
        are_configured
    }
}

/// What identifies a row's job in the file; `None` where the row belongs to a
/// followed flow.
fn job_entry_id(row: &Row) -> Option<JobEntryId> {
    let job = row.watched()?;
    Some(JobEntryId {
        environment: row.environment_name.to_string(),
        job_root: job.address.job_root,
    })
}
