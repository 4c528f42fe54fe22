//! The dashboard of a moment: a model of what was watched then, brought to what
//! was known by the messages that the live one got.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::alerts::Alerts;
use crate::app::insights::EventLog;
use crate::app::jobs::FilterClock;
use crate::app::message::{Effect, Message};
use crate::app::model::{ConfigSource, Model, ModelConfig};
use crate::config::{Config, Environment};
use crate::history::HistoryAnswer;
use crate::replay::{Moment, RowKey, Watched};
use crate::watch::{Batch, EnvironmentStatus};

/// The function that applies a message, which calls this module.
pub(super) type Update = fn(&mut Model, Timestamp, Message) -> Vec<Effect>;

impl Model {
    /// A model of what was watched, arranged like this one.
    pub(super) fn past_model(&self, watched: &Watched, time: Timestamp) -> Self {
        let mut settings = self.settings.file().clone();
        watched.set(&mut settings);
        let config = Config {
            settings,
            environments: self.past_environments(watched),
            jobs: watched.jobs.clone(),
            follows: watched.follows.clone(),
            ..Config::empty()
        };
        let mut past = Self::new(ModelConfig {
            config,
            source: ConfigSource::Replay,
            keymap: self.keymap.clone(),
            display: self.settings.display,
            now: time,
            zone: self.zone.clone(),
            size: self.size,
        });
        past.settings.choose_theme(self.settings.appearance().theme);
        past.views.clone_from(&self.views);
        past.jobs.set_views(&self.views);
        if !self.time_travel.as_ref().is_some_and(|it| it.is_replay) {
            past.jobs.arrange_like(&self.jobs);
            past.view = self.view;
            past.arrangement.clone_from(&self.arrangement);
            past.matrix = self.matrix;
            past.grouped_before_matrix = self.grouped_before_matrix;
        }
        past
    }

    /// The environments of a list, reached as in the config where they are in
    /// it: links to a job's page work then.
    fn past_environments(&self, watched: &Watched) -> Vec<Environment> {
        let of_config = |environment: &Environment| {
            let known = self.environments.by_env_id(&environment.env_id);
            let known = known.map(|entry| entry.config.clone());
            known.map_or_else(
                || environment.clone(),
                |known| Environment {
                    name: environment.name.clone(),
                    accent: environment.accent,
                    ..known
                },
            )
        };
        watched.environments.iter().map(of_config).collect()
    }

    /// Watches what was watched at another time.
    pub(super) fn watch_list(&mut self, live: &Self, watched: &Watched) {
        let adopted = self.environments.adopt(live.past_environments(watched));
        let mut settings = self.settings.file().clone();
        watched.set(&mut settings);
        self.settings.reload(settings);
        let notice = self.notice.take();
        let jobs = watched.jobs.iter().cloned();
        self.reload_jobs(jobs.map(|job| adopted.job(job)));
        let follows = watched.follows.iter().cloned();
        self.reload_follows(follows.map(|follow| adopted.follow(follow)).collect());
        self.notice = notice;
    }

    /// Shows what was known at a moment, and asks for what is concluded from it.
    pub(super) fn show_moment(
        &mut self,
        moment: Moment,
        takes_baselines: bool,
        update: Update,
    ) -> Vec<Effect> {
        let notice = self.notice.take();
        let time = moment.time;
        self.forget_all(time);
        let mut batches = vec![Batch::default()];
        let mut earlier = Vec::new();
        for row in moment.rows {
            let Some(environment) = self.environments.by_env_id(&row.env_id) else {
                continue;
            };
            let environment = environment.id;
            let found = match &row.key {
                RowKey::Job(root) => self.jobs.find(environment, root),
                RowKey::Newest(flow, tenant) => self.jobs.find_tenant(environment, flow, tenant),
            };
            let Some(id) = found.map(|row| row.id) else {
                continue;
            };
            // The last batch has the last run of each row.
            for (run, later) in row.runs.into_iter().rev().zip(0..) {
                if let (RowKey::Job(_), Some(address)) = (&row.key, &run.snapshot.address) {
                    earlier.push((row.env_id.clone(), Arc::clone(address), run.earlier.clone()));
                }
                if batches.len() <= later {
                    batches.push(Batch::default());
                }
                let batch = &mut batches[later];
                batch.transitions.extend(run.transitions(id));
                batch.snapshots.insert(id, run.snapshot);
            }
        }
        for batch in &mut batches {
            batch.transitions.sort_by_key(|transition| transition.seen);
        }
        let batch = &mut batches[0];
        // The other followed tenants had been polled: they had no run.
        for row in self.jobs.all().filter(|row| row.is_followed()) {
            let snapshot = batch.snapshots.entry(row.id).or_default();
            let health = &mut snapshot.health;
            health.last_poll = health.last_poll.or(Some(time));
            health.last_success = health.last_success.or(Some(time));
        }
        let mut statuses: HashMap<_, _> = moment.statuses.into_iter().collect();
        for environment in self.environments.iter() {
            let status = statuses.remove(environment.env_id());
            let status = status.unwrap_or(EnvironmentStatus::Closed);
            batch.environment_statuses.insert(environment.id, status);
        }
        let steps = Message::HistoryAnswer(HistoryAnswer::Steps(earlier));
        let mut effects = update(self, time, steps);
        for batch in batches.into_iter().rev() {
            effects.extend(update(self, time, Message::Watched(batch)));
        }
        self.events.sort();
        // Of the last batch, not of one before it.
        effects.retain(|effect| !matches!(effect, Effect::Forecast(_)));
        self.forecast.compute_again();
        effects.extend(self.refresh_forecast());
        if takes_baselines {
            effects.extend(self.query_past_runs());
        }
        // What the user had seen is not recorded.
        self.alerts.mark_all_seen();
        self.notice = notice;
        effects
    }

    /// Forgets everything about the jobs, which stay watched.
    fn forget_all(&mut self, time: Timestamp) {
        self.now = time;
        self.jobs.forget_all();
        let zone = self.zone.clone();
        self.jobs.set_clock(FilterClock { now: time, zone });
        self.events = EventLog::default();
        self.alerts = Alerts::default();
        self.forecast.forget_jobs();
        self.run_history = None;
    }
}
