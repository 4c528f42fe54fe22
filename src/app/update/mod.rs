//! Applying messages to the model. This is the only place where it changes.

mod actions;
mod alerts;
mod commands;
mod config_edit;
mod history;
mod mouse;
mod open;
mod overlays;
mod polled_first;
mod recording;
mod reload;
mod rollouts;
mod snapshot;
mod start;
mod time_travel;
mod typing;
mod views;
mod watched;

use jiff::Timestamp;
use ratatui::layout::Size;

use crate::app::environments::ApiKeyState;
use crate::app::message::{Effect, Message};
use crate::app::model::Model;
use crate::app::update::rollouts::comparison;
use crate::history::HistoryAnswer;

pub use start::start;

/// Applies what happened at `now`, and returns what is to be done. Pure: the
/// same messages make the same model.
pub fn update(model: &mut Model, now: Timestamp, message: Message) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    let Some(message) = time_travel::route(model, message, update, &mut effects) else {
        return effects;
    };
    if model
        .notice
        .as_ref()
        .is_some_and(|notice| notice.until <= now)
    {
        model.notice = None;
    }
    model.notice_sleep();
    model.jobs.advance(model.shown_now());
    effects.extend(apply(model, message));
    effects.extend(model.apply_link_changes());
    effects.extend(model.query_runs());
    effects.extend(model.refresh_forecast());
    effects.extend(model.due_alerts());
    // What the cursor happens to be on is unseen until the user acts on it.
    if model.jobs.take_acted()
        && let Some(row) = model.jobs.selected()
    {
        model.alerts.mark_seen(row.id);
    }
    model.refit();
    effects.extend(model.poll_first());
    effects.extend(model.record_list());
    effects
}

fn apply(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Tick => return typing::on_tick(model),
        Message::Key(event) => return typing::on_key(model, event),
        Message::Click(target) => return mouse::click(model, target),
        Message::Scroll(pane, lines) => return mouse::scroll(model, pane, lines),
        Message::Paste(text) => return typing::on_paste(model, text),
        Message::CompletePaste(text) => return typing::on_complete_paste(model, text),
        Message::Resize { width, height } => model.size = Size::new(width, height),
        Message::Watched(batch) => return model.watched(batch),
        Message::KeyProblem(environment, problem) => {
            let state = problem.map_or(ApiKeyState::Available, ApiKeyState::Unavailable);
            model.environments.set_api_key(environment, state);
        }
        Message::Background { light } => model.settings.display.light_background = Some(light),
        Message::Saved(number, result) => model.saved(number, result),
        Message::Reloaded(result) => return model.reload(result),
        Message::Listed(number, listed) => model.listed(number, listed),
        Message::HistoryAnswer(HistoryAnswer::RolloutRuns(runs)) => {
            return comparison::runs_read(model, *runs);
        }
        Message::Compared(requested, metrics) => comparison::compared(model, requested, metrics),
        Message::HistoryAnswer(answer) => return model.history_answered(answer),
        Message::Baselines(learned) => return model.learned(learned),
        Message::Forecast(answer) => return model.forecast_computed(answer).into_iter().collect(),
        Message::Command(number, event) => model.command_event(number, event),
        Message::Focus(has_focus) => model.set_focus(has_focus),
        Message::Notice(severity, text) => model.notify(severity, text),
        // Handled before: they are not about the live jobs.
        Message::Moment(..) | Message::OfMoment(..) => {}
    }
    Vec::new()
}

#[cfg(test)]
mod overlay_tests;
#[cfg(test)]
mod paste_tests;
#[cfg(test)]
mod tests;
