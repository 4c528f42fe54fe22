//! The config file was changed by hand: the list follows it, and rows that
//! stay keep all that is known of them.

use std::collections::HashSet;

use crate::app::detail::Severity;
use crate::app::input::KeyMap;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, Model};
use crate::app::overlay::{Change, Overlay};
use crate::config::{Config, Follow, KeyBinding, SavedView, Settings, WatchedJob};
use crate::watch::{EnvironmentId, FollowId, JobId};

impl Model {
    /// Takes over a config file that was read anew; a broken one changes
    /// nothing but the words that tell of it.
    pub(in crate::app) fn reload(&mut self, result: Result<Box<Config>, String>) -> Vec<Effect> {
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
        // What is shown and not saved yet would be undone by the older file.
        if self.changes.is_busy() {
            return Vec::new();
        }
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
            keys,
            warnings: _,
        } = *config;
        let adopted = self.environments.adopt(environments);
        let mut effects = self.reload_settings(settings, &adopted.changed);
        self.reload_views(views);
        self.reload_keys(&keys);
        let jobs = jobs.into_iter().map(|job| adopted.job(job));
        effects.extend(self.reload_jobs(jobs));
        let follows = follows.into_iter().map(|follow| adopted.follow(follow));
        effects.extend(self.reload_follows(follows.collect()));
        self.refresh_overlay(Change::List);
        effects.extend(self.query_baselines());
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

    fn reload_views(&mut self, views: Vec<SavedView>) {
        self.views = views;
        self.view = self.view.filter(|view| *view < self.views.len());
    }

    fn reload_keys(&mut self, keys: &[KeyBinding]) {
        let bindings = keys
            .iter()
            .map(|key| (key.action.as_str(), key.keys.as_slice()));
        match KeyMap::rebind(bindings) {
            Ok(keymap) => self.keymap = keymap,
            Err((_, error)) => self.file_problem = Some(error.to_string()),
        }
    }

    fn reload_jobs(
        &mut self,
        jobs: impl Iterator<Item = WatchedJob<EnvironmentId>>,
    ) -> Vec<Effect> {
        let mut kept = HashSet::new();
        let mut added = Vec::new();
        let mut edited = Vec::new();
        for job in jobs {
            match self.jobs.find(job.environment, &job.address.job_root) {
                Some(row) => {
                    kept.insert(row.id);
                    if row.watched().as_ref() != Some(&job) {
                        edited.push((row.id, job));
                    }
                }
                None => added.push(job),
            }
        }
        let gone: Vec<JobId> = self
            .jobs
            .all()
            .filter(|row| row.follow.is_none() && !kept.contains(&row.id))
            .map(|row| row.id)
            .collect();
        let mut effects = Vec::new();
        let (new, lost, changed) = (added.len(), gone.len(), edited.len());
        if lost > 0 {
            self.drop_rows(&gone);
            effects.push(Effect::Unwatch(gone));
        }
        self.jobs.edit(edited);
        let rows: Vec<Row> = added
            .into_iter()
            .zip(self.jobs.store().next_id().0..)
            .map(|(job, number)| {
                let name = self.environments.name(job.environment);
                Row::new(JobId(number), job, name)
            })
            .collect();
        if new > 0 {
            effects.push(Effect::Watch(
                rows.iter().map(|row| self.target(row)).collect(),
            ));
            self.jobs.insert(rows);
        }
        for row in self.jobs.all() {
            let interval = row.poll_interval.unwrap_or(self.settings.poll_interval());
            effects.push(Effect::SetInterval(row.id, interval));
        }
        if new + lost + changed > 0 {
            let words = format!("config reloaded: {new} added, {lost} removed, {changed} changed");
            self.notify(Severity::Plain, words);
        }
        effects
    }

    fn reload_follows(&mut self, mut wanted: Vec<Follow<EnvironmentId>>) -> Vec<Effect> {
        let gone: Vec<FollowId> = self
            .follows
            .iter()
            .filter(|(_, followed)| {
                let known = wanted.iter().position(|follow| *follow == followed.flow);
                known.map(|at| wanted.remove(at)).is_none()
            })
            .map(|(key, _)| *key)
            .collect();
        let mut effects = Vec::new();
        for key in gone {
            effects.extend(self.unfollow(key).1);
        }
        effects.extend(self.follow(wanted));
        effects
    }
}
