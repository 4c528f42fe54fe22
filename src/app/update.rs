//! Applying a message to the model: the only place where it changes.

mod actions;
mod forms;
mod typing;

use jiff::Timestamp;
use ratatui::layout::Size;

use super::{Effect, Event, Message, Model, mouse};
use crate::watch::Batch;

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
    let effects = match message {
        Message::Tick => Vec::new(),
        Message::Key(event) => typing::handle(model, event),
        Message::Mouse(event) => {
            mouse::handle(model, event);
            Vec::new()
        }
        Message::Paste(text) => typing::paste(model, &text),
        Message::Resize { width, height } => {
            model.size = Size::new(width, height);
            Vec::new()
        }
        Message::Watched(batch) => {
            match &mut model.freeze {
                Some(freeze) => hold(&mut freeze.held, batch),
                None => apply(model, batch),
            }
            Vec::new()
        }
        Message::KeyProblem(environment, problem) => {
            if let Some(info) = model.environments.get_mut(&environment) {
                info.key_problem = problem;
            }
            Vec::new()
        }
        Message::Saved(number, result) => {
            model.saved(number, result);
            Vec::new()
        }
        Message::Reloaded(result) => model.reload(result),
        Message::Background { light } => {
            model.appearance.light_background = Some(light);
            Vec::new()
        }
        Message::Notice(tone, text) => {
            model.notify(tone, text);
            Vec::new()
        }
    };
    model.refit();
    effects
}

/// Keeps news for later.
fn hold(held: &mut Batch, batch: Batch) {
    held.snapshots.extend(batch.snapshots);
    held.transitions.extend(batch.transitions);
    held.conditions.extend(batch.conditions);
}

fn apply(model: &mut Model, batch: Batch) {
    for (environment, condition) in &batch.conditions {
        if let Some(info) = model.environments.get_mut(environment) {
            info.condition = condition.clone();
        }
    }
    for transition in &batch.transitions {
        if let Some(row) = model.jobs.get(transition.key) {
            model.events.push(Event {
                seen: transition.seen,
                key: transition.key,
                name: row.name.clone(),
                from: transition.from.clone(),
                to: transition.to.clone(),
            });
        }
    }
    model.jobs.apply(batch);
}

#[cfg(test)]
mod tests;
