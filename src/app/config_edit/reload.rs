//! The config file was changed by hand: the list follows it, and rows that
//! stay keep all that is known of them.

use std::collections::HashSet;
use std::sync::Arc;

use crate::app::detail::Severity;
use crate::app::input::KeyMap;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::{ConfigSource, EnvironmentInfo, Model};
use crate::app::overlay::Overlay;
use crate::config::{Config, Environment, Follow};
use crate::watch::{EnvironmentId, FollowId, JobId, JobSelector, Limits};

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
        let places = self.place_environments(&config.environments);
        let mut effects = self.reload_settings(&config, places.changed);
        effects.extend(self.reload_jobs(&config, &places.keys));
        effects.extend(self.reload_follows(&config, &places.keys));
        effects.extend(self.query_baselines());
        effects
    }

    /// Finds each environment of the file among those known, by name; new
    /// ones get a new number.
    fn place_environments(&mut self, environments: &[Environment]) -> Placed {
        let mut placed = Placed {
            keys: Vec::new(),
            changed: Vec::new(),
        };
        for environment in environments {
            let known = self
                .list
                .iter()
                .position(|each| each.name == environment.name);
            let at = known.unwrap_or(self.list.len());
            let key = EnvironmentId(at);
            let same = known.is_some_and(|at| {
                let before = &self.list[at];
                before.env_id == environment.env_id
                    && before.base_url == environment.base_url
                    && before.key.is_same(&environment.key)
            });
            if known.is_none() {
                self.list.push(environment.clone());
            }
            if !same || !self.environments.contains_key(&key) {
                self.list[at] = environment.clone();
                self.environments
                    .insert(key, EnvironmentInfo::new(environment));
                placed.changed.push((key, environment.clone()));
            }
            placed.keys.push(key);
        }
        self.environments.retain(|key, _| placed.keys.contains(key));
        placed
    }

    fn reload_settings(
        &mut self,
        config: &Config,
        changed: Vec<(EnvironmentId, Environment)>,
    ) -> Vec<Effect> {
        let settings = &config.settings;
        let limits = Limits {
            requests_per_second: Some(settings.max_requests_per_second),
            concurrent_requests: settings.max_concurrent_requests,
        };
        self.poll_interval = settings.poll_interval;
        self.max_requests_per_second = settings.max_requests_per_second;
        self.alerts.notify.clone_from(&settings.notify);
        self.alerts.on_change.clone_from(&settings.on_change);
        self.views.clone_from(&config.views);
        self.view = self.view.filter(|view| *view < self.views.len());
        // A theme chosen by hand stays until the file names another one.
        if std::mem::replace(&mut self.configured_theme, settings.theme) != settings.theme
            && self.colors
        {
            self.appearance.theme = settings.theme;
        }
        let bindings = config
            .keys
            .iter()
            .map(|key| (key.action.as_str(), key.keys.as_slice()));
        match KeyMap::rebind(bindings) {
            Ok(keymap) => self.keymap = keymap,
            Err((_, error)) => self.file_problem = Some(error.to_string()),
        }
        let again = if limits == self.limits {
            changed
        } else {
            self.environments
                .keys()
                .map(|key| (*key, self.list[key.0].clone()))
                .collect()
        };
        self.limits = limits;
        if again.is_empty() {
            Vec::new()
        } else {
            vec![Effect::Connect(again, limits)]
        }
    }

    fn reload_jobs(&mut self, config: &Config, keys: &[EnvironmentId]) -> Vec<Effect> {
        let mut kept = HashSet::new();
        let mut added = Vec::new();
        let mut edited = Vec::new();
        for job in &config.jobs {
            let mut job = job.clone();
            let environment = keys[job.environment];
            job.environment = environment.0;
            match self.jobs.find(environment, &job.address.job_root) {
                Some(row) => {
                    kept.insert(row.key);
                    if row.watched().as_ref() != Some(&job) {
                        edited.push((row.key, job));
                    }
                }
                None => added.push(job),
            }
        }
        let gone: Vec<JobId> = self
            .jobs
            .all()
            .filter(|row| row.follow.is_none() && !kept.contains(&row.key))
            .map(|row| row.key)
            .collect();
        let mut effects = Vec::new();
        let (new, lost, changed) = (added.len(), gone.len(), edited.len());
        if lost > 0 {
            self.drop_rows(&gone);
            effects.push(Effect::Unwatch(gone));
        }
        for (key, job) in edited {
            self.jobs.edit(key, |row| {
                row.name = job.name;
                row.tags = job.tags;
                row.poll_interval = job.poll_interval;
                row.subject = JobSelector::Job(Arc::new(job.address));
            });
        }
        let rows: Vec<Row> = added
            .into_iter()
            .zip(self.jobs.next_key().0..)
            .map(|(job, number)| {
                let name = self.list[job.environment].name.clone();
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
            let interval = row.poll_interval.unwrap_or(self.poll_interval);
            effects.push(Effect::SetInterval(row.key, interval));
        }
        if new + lost + changed > 0 {
            let words = format!("config reloaded: {new} added, {lost} removed, {changed} changed");
            self.notify(Severity::Plain, words);
        }
        effects
    }

    fn reload_follows(&mut self, config: &Config, keys: &[EnvironmentId]) -> Vec<Effect> {
        let mut wanted: Vec<Follow> = config.follows.clone();
        for follow in &mut wanted {
            follow.environment = keys[follow.environment].0;
        }
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

/// The environments of a file that was read anew.
struct Placed {
    /// Their keys, in the file's order.
    keys: Vec<EnvironmentId>,
    /// Those that are reached in another way than before, or are new.
    changed: Vec<(EnvironmentId, Environment)>,
}
