//! The config file was changed: the dashboard follows it. Rows whose job is
//! still in the file keep everything that is known of them.

use std::collections::HashSet;

use crate::app::detail::Severity;
use crate::app::input::KeyMap;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Model};
use crate::app::overlay::{Change, Overlay};
use crate::config::{Config, CustomCommand, Follow, KeyBinding, Settings, WatchedJob};
use crate::watch::{EnvironmentId, FollowId, JobId};

impl Model {
    /// Takes over a config that was just read. One with errors changes nothing
    /// but the error that is shown.
    pub(super) fn reload(&mut self, result: Result<Box<Config>, String>) -> Vec<Effect> {
        let config = match result {
            Ok(config) => config,
            Err(problem) => {
                match &mut self.overlay {
                    Some(Overlay::Setup(form)) => form.problem = Some(problem),
                    _ => self.file_problem = Some(problem),
                }
                return Vec::new();
            }
        };
        self.file_problem = None;
        // The file is older than changes that are not saved yet; it would undo
        // them.
        if self.changes.are_unsaved() {
            return Vec::new();
        }
        self.jobs.note_list_change();
        if let (ConfigSource::NoFile(_), Some(path)) = (&self.source, &config.path) {
            self.source = ConfigSource::File(path.display().to_string());
            self.overlay = None;
        }
        let Config {
            path: _,
            settings,
            environments,
            jobs,
            follows,
            views,
            commands,
            keys,
            warnings: _,
        } = *config;
        let adopted = self.environments.adopt(environments);
        let interval = self.settings.poll_interval();
        let mut effects = self.reload_settings(settings, &adopted.changed);
        self.set_views(&views);
        self.reload_keys(&keys, commands);
        let jobs = jobs.into_iter().map(|job| adopted.job(job));
        effects.extend(self.reload_jobs(jobs));
        if self.settings.poll_interval() != interval {
            effects.extend(self.intervals());
        }
        let follows = follows.into_iter().map(|follow| adopted.follow(follow));
        effects.extend(self.reload_follows(follows.collect()));
        self.refresh_overlay(Change::List);
        effects.extend(self.query_past_runs());
        effects
    }

    fn reload_settings(&mut self, settings: Settings, changed: &[EnvironmentId]) -> Vec<Effect> {
        let limits_changed = self.settings.reload(settings);
        let connections: Vec<_> = self
            .environments
            .iter()
            .filter(|entry| limits_changed || changed.contains(&entry.id))
            .map(|entry| (entry.id, entry.config.clone()))
            .collect();
        if connections.is_empty() {
            return Vec::new();
        }
        vec![Effect::Connect(connections, self.settings.limits())]
    }

    fn reload_keys(&mut self, keys: &[KeyBinding], commands: Vec<CustomCommand>) {
        let bindings = keys
            .iter()
            .map(|key| (key.action.as_str(), key.keys.as_slice()));
        let command_keys = commands.iter().map(|command| command.key.as_deref());
        let keymap = KeyMap::rebind(bindings).and_then(|map| map.with_commands(command_keys));
        match keymap {
            Ok(keymap) => {
                self.keymap = keymap;
                self.commands = commands;
            }
            Err((_, error)) => self.file_problem = Some(error.to_string()),
        }
    }

    pub(super) fn reload_jobs(
        &mut self,
        jobs: impl Iterator<Item = WatchedJob<EnvironmentId>>,
    ) -> Vec<Effect> {
        let mut kept = HashSet::new();
        let mut added = Vec::new();
        let mut edited = Vec::new();
        for job in jobs {
            let row = self.jobs.find(job.environment, &job.address.job_root);
            // A job with another tenant or flow is polled at another address:
            // it is a new one.
            match row.map(|row| (row.id, row.watched())) {
                Some((id, Some(known))) if known.address == job.address => {
                    kept.insert(id);
                    if known != job {
                        edited.push((id, job));
                    }
                }
                Some(_) | None => added.push(job),
            }
        }
        let removed: Vec<JobId> = self
            .jobs
            .entries()
            .filter(|row| !kept.contains(&row.id))
            .map(|row| row.id)
            .collect();
        let counts = [
            (added.len(), "added"),
            (removed.len(), "removed"),
            (edited.len(), "changed"),
        ];
        let mut effects = Vec::new();
        if !removed.is_empty() {
            self.remove_rows(&removed);
            effects.push(Effect::Unwatch(removed));
        }
        let default = self.settings.poll_interval();
        effects.extend(
            edited
                .iter()
                .map(|(id, job)| Effect::SetInterval(*id, job.poll_interval.unwrap_or(default))),
        );
        self.jobs.edit(edited);
        let rows = self.new_rows(added);
        effects.extend(self.watch(rows));
        if counts.iter().any(|(count, _)| *count > 0) {
            let counts = counts.map(|(count, change)| format!("{count} {change}"));
            let text = format!("config reloaded: {}", counts.join(", "));
            self.notify(Severity::Plain, text);
        }
        effects
    }

    pub(super) fn reload_follows(&mut self, mut wanted: Vec<Follow<EnvironmentId>>) -> Vec<Effect> {
        let mut removed: Vec<FollowId> = Vec::new();
        let mut changed = Vec::new();
        for (id, followed) in self.follows.iter() {
            let known = &followed.flow;
            // Start and gate can change, and it is the same followed flow.
            let is_same = |other: &Follow<EnvironmentId>| {
                let since = known.since;
                let gate = known.gate.clone();
                Follow {
                    since,
                    gate,
                    ..other.clone()
                } == *known
            };
            let exact = wanted.iter().position(|other| other == known);
            match exact.or_else(|| wanted.iter().position(is_same)) {
                Some(index) => {
                    let other = wanted.remove(index);
                    if other != *known {
                        changed.push((id, other));
                    }
                }
                None => removed.push(id),
            }
        }
        let mut effects: Vec<Effect> = changed
            .into_iter()
            .filter_map(|(id, flow)| self.set_follow(id, &flow))
            .collect();
        effects.extend(self.unfollow(&removed).1);
        effects.extend(self.follow(wanted).1);
        effects
    }

    /// The intervals of all rows that set no interval.
    fn intervals(&self) -> Vec<Effect> {
        let default = self.settings.poll_interval();
        self.jobs
            .all()
            .filter(|row| row.poll_interval.is_none())
            .map(|row| Effect::SetInterval(row.id, default))
            .collect()
    }
}
