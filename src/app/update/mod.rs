//! Applying a message to the model: the only place where it changes.

mod actions;
mod mouse;
mod open;
mod overlays;
mod snapshot;
mod typing;

use std::sync::Arc;

use jiff::Timestamp;
use ratatui::layout::Size;

use crate::app::environments::ApiKeyState;
use crate::app::insights::Event;
use crate::app::message::{Effect, Message};
use crate::app::model::Model;
use crate::app::overlay::Change;
use crate::history::Observation;
use crate::hotglue::{JobStatus, State};
use crate::watch::{Batch, JobId};

/// Applies what happened at `now` and answers what is to be done. Pure: the
/// same messages make the same model.
pub fn update(model: &mut Model, now: Timestamp, message: Message) -> Vec<Effect> {
    model.now = now;
    if model
        .notice
        .as_ref()
        .is_some_and(|notice| notice.until <= now)
    {
        model.notice = None;
    }
    model.notice_sleep();
    let mut effects = match message {
        Message::Tick => typing::on_tick(model),
        Message::Key(event) => typing::on_key(model, event),
        Message::Click(target) => mouse::click(model, target),
        Message::Scroll(pane, lines) => {
            mouse::scroll(model, pane, lines);
            Vec::new()
        }
        Message::Paste(text) => typing::on_paste(model, text),
        Message::Watched(batch) => watched(model, batch),
        Message::Saved(number, result) => {
            model.saved(number, result);
            Vec::new()
        }
        Message::Reloaded(result) => model.reload(result),
        Message::Listed(request, listed) => {
            model.listed(request, listed);
            Vec::new()
        }
        Message::HistoryAnswer(history_answered) => {
            model.history_answered(history_answered);
            Vec::new()
        }
        other => {
            merge(model, other);
            Vec::new()
        }
    };
    let due = model.forecast.due(now);
    model.evaluate(&due);
    effects.extend(model.query_runs());
    effects.extend(model.notification());
    if let Some(row) = model.jobs.selected() {
        model.alerts.unseen.remove(&row.id);
    }
    model.refit();
    effects
}

/// Small things that are merely taken note of.
fn merge(model: &mut Model, message: Message) {
    match message {
        Message::Resize { width, height } => model.size = Size::new(width, height),
        Message::KeyProblem(environment, problem) => {
            let state = problem.map_or(ApiKeyState::Available, ApiKeyState::Unavailable);
            model.environments.set_api_key(environment, state);
        }
        Message::Background { light } => model.settings.display.light_background = Some(light),
        Message::Notice(severity, text) => model.notify(severity, text),
        Message::Focus(has_it) => model.focus(has_it),
        _ => {}
    }
}

/// The watcher learned something: what was seen is kept at once, and shown
/// unless the picture stands still.
fn watched(model: &mut Model, batch: Batch) -> Vec<Effect> {
    let observations = observations(model, &batch);
    let mut effects = Vec::new();
    if !observations.is_empty() {
        effects.push(Effect::Record(observations));
        let ended = batch
            .transitions
            .iter()
            .any(|news| news.to.state() == State::Completed && news.from.is_some());
        if ended || !batch.earlier_jobs.is_empty() {
            // Another run says what is usual.
            effects.extend(model.query_baselines());
        }
    }
    match &mut model.freeze {
        Some(freeze) => hold(&mut freeze.held, batch),
        None => effects.extend(apply(model, batch)),
    }
    effects
}

/// What the history is to keep of a batch.
fn observations(model: &Model, batch: &Batch) -> Vec<Observation> {
    let now = model.now;
    let env_id = |id| Some(model.environments.get(id)?.env_id().clone());
    let earlier = batch
        .earlier_jobs
        .iter()
        .filter_map(|(environment, listed)| {
            let address = Arc::new(listed.address.clone());
            Some(Observation::new(
                env_id(*environment)?,
                address,
                &listed.job,
                now,
            ))
        });
    let seen = batch.transitions.iter().filter_map(|news| {
        let row = model.jobs.get(news.id)?;
        let observation = news.observation(env_id(row.environment)?);
        let left = news.from.as_ref().and_then(JobStatus::stage);
        Some(match left.filter(|left| Some(*left) != news.to.stage()) {
            Some(stage) if row.steps.len() > 1 => {
                let last = news.updated.zip(row.updated());
                let last = last.map(|(now, before)| now.duration_since(before));
                observation.with_silence(stage, row.longest_silence.max(last.unwrap_or_default()))
            }
            _ => observation,
        })
    });
    earlier.chain(seen).collect()
}

/// Keeps news for later.
fn hold(held: &mut Batch, batch: Batch) {
    held.snapshots.extend(batch.snapshots);
    held.transitions.extend(batch.transitions);
    held.environment_statuses.extend(batch.environment_statuses);
    held.discoveries.extend(batch.discoveries);
}

fn apply(model: &mut Model, batch: Batch) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (environment, status) in &batch.environment_statuses {
        model.environments.set_status(*environment, status.clone());
    }
    for (follow, tenants) in &batch.discoveries {
        effects.extend(model.take_discovery(*follow, tenants.clone()));
    }
    let keys: Vec<_> = batch.snapshots.keys().copied().collect();
    let transitions = batch.transitions.clone();
    model.jobs.apply(batch);
    for news in &transitions {
        let Some(row) = model.jobs.get(news.id) else {
            continue;
        };
        model.events.push(Event {
            seen: news.seen,
            key: news.id,
            name: row.name.clone(),
            from: news.from.clone(),
            to: news.to.clone(),
        });
        if news.from.as_ref().and_then(JobStatus::stage) != news.to.stage() {
            model.jobs.restart_silence(news.id);
        }
        effects.extend(model.note_transition(news));
    }
    model.evaluate(&keys);
    effects.extend(model.skip_unlinked_tenants(&keys));
    if !transitions.is_empty() {
        model.refresh_overlay(Change::Statuses);
    }
    effects
}

impl Model {
    /// Evaluates jobs that changed, or whose check is due, against their
    /// baselines.
    pub(in crate::app) fn evaluate(&mut self, ids: &[JobId]) {
        let mut changed = Vec::new();
        for row in ids.iter().filter_map(|id| self.jobs.get(*id)) {
            let stage = || row.running_stage();
            let anomaly = self.forecast.update(&row.forecast_job(), stage, self.now);
            if anomaly != row.anomaly {
                changed.push((row.id, anomaly));
            }
        }
        self.jobs.set_anomalies(changed);
    }
}

#[cfg(test)]
mod overlay_tests;
#[cfg(test)]
mod paste_tests;
#[cfg(test)]
mod tests;
