//! The open overlay: how keys and pasted text reach it, and what the actions
//! it asks for do to the model.

use crossterm::event::KeyEvent;

use crate::app::detail::Severity;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::{Change, Context, Listed, Outcome, Overlay, OverlayAction};
use crate::app::update::rollouts::comparison;
use crate::app::update::{actions, open, snapshot};

/// Hands a key press to the open overlay.
pub(super) fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    with_overlay(model, |overlay, context| overlay.on_key(context, key))
}

/// Hands pasted text to the open overlay.
pub(super) fn on_paste(model: &mut Model, text: &str) -> Vec<Effect> {
    with_overlay(model, |overlay, context| overlay.on_paste(context, text))
}

/// Hands a click on the line of an item to the open overlay.
pub(super) fn on_line(model: &mut Model, index: usize) -> Vec<Effect> {
    with_overlay(model, |overlay, context| overlay.on_line(context, index))
}

/// Lets the open overlay handle something, and does what it asks for. This is
/// the only place that takes the overlay out of the model.
fn with_overlay(
    model: &mut Model,
    handle: impl FnOnce(&mut Overlay, &Context) -> Outcome,
) -> Vec<Effect> {
    let Some(mut overlay) = model.overlay.take() else {
        return Vec::new();
    };
    match handle(&mut overlay, &model.overlay_context()) {
        Outcome::Stay => {
            model.overlay = Some(overlay);
            Vec::new()
        }
        Outcome::Close => {
            keep_marks(model, overlay);
            Vec::new()
        }
        Outcome::Run(action) => {
            model.overlay = Some(overlay);
            run(model, action)
        }
        Outcome::CloseAndRun(action) => {
            keep_marks(model, overlay);
            run(model, action)
        }
    }
}

/// Keeps the marks of the browser until it is opened again.
fn keep_marks(model: &mut Model, closed: Overlay) {
    if let Overlay::Discover(browser) = closed {
        model.closed_browser = Some(*browser);
    }
}

fn run(model: &mut Model, action: OverlayAction) -> Vec<Effect> {
    match action {
        OverlayAction::Act(action) => return actions::run(model, action),
        OverlayAction::Notify(severity, text) => model.notify(severity, text),
        OverlayAction::AddJobs(jobs) => {
            let effects = model.add_jobs(jobs);
            model.refresh_overlay(Change::List);
            return effects;
        }
        OverlayAction::EditJob(id, job) => return model.edit_job(id, job),
        OverlayAction::RemoveJobs(jobs) => return model.remove_jobs(&jobs),
        OverlayAction::Follow(follows) => {
            return model.follow_what_is_new(follows);
        }
        OverlayAction::List(environment, request) => {
            return open::list(model, environment, request);
        }
        OverlayAction::StopListing => {
            model.next_list += 1;
            return vec![Effect::StopListing];
        }
        OverlayAction::CreateConfig(content) => return vec![Effect::CreateConfig(content)],
        OverlayAction::SetSort(sort) => model.jobs.set_sort(sort),
        OverlayAction::SetGroups(by) => {
            model.matrix = false;
            model.jobs.set_groups(by);
        }
        OverlayAction::ToggleColumn(index) => model.jobs.columns_mut().toggle(index),
        OverlayAction::MoveColumn { index, forward } => {
            model.jobs.columns_mut().shift(index, forward);
        }
        OverlayAction::ShowOnly { label, jobs } => model.jobs.show_only(&label, &jobs),
        OverlayAction::Compare(rollout) => return comparison::request(model, rollout),
        OverlayAction::Copy { text, notice } => {
            model.notify(Severity::Plain, notice);
            return vec![Effect::Copy(text)];
        }
        OverlayAction::RunCommand {
            index,
            is_confirmed,
        } => return model.run_command(index, is_confirmed),
        OverlayAction::KillCommand(number) => return model.kill_command(number),
        OverlayAction::ShowView(index) => model.show_view(Some(index)),
        OverlayAction::SaveView(name) => return model.save_view(&name),
        OverlayAction::WriteReport(follow, file) => {
            let request = model.report_request(follow, file);
            return request
                .map(|request| Effect::WriteReport(Box::new(request)))
                .into_iter()
                .collect();
        }
        OverlayAction::TakeSnapshot { format, to_file } => {
            return snapshot::take(model, format, to_file);
        }
    }
    Vec::new()
}

impl Model {
    /// Lets the open overlay adapt to a change of the model.
    pub(in crate::app) fn refresh_overlay(&mut self, change: Change) {
        with_overlay(self, |overlay, context| {
            overlay.on_change(context, change);
            Outcome::Stay
        });
    }

    /// Hands the answer to a listing call to the browser, unless it answers an
    /// earlier call.
    pub(in crate::app) fn listed(&mut self, number: u64, answer: Result<Listed, String>) {
        if number != self.next_list {
            return;
        }
        with_overlay(self, |overlay, context| {
            if let Overlay::Discover(browser) = overlay {
                browser.on_listed(context, answer);
            }
            Outcome::Stay
        });
    }
}
