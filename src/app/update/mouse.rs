//! Mouse clicks and the wheel. What is under the mouse was resolved when the
//! screen was drawn; everything here can be done with a key too.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::SignedDuration;

use super::{actions, overlays, typing};
use crate::app::jobs::{Column, Sort};
use crate::app::message::{ClickTarget, Effect, Pane};
use crate::app::model::Model;
use crate::watch::JobId;

/// Two clicks on one row within this time are a double click.
const DOUBLE_CLICK: SignedDuration = SignedDuration::from_millis(400);

pub(super) fn click(model: &mut Model, target: ClickTarget) -> Vec<Effect> {
    match target {
        ClickTarget::Job(job) => click_job(model, job),
        ClickTarget::Group(line) => {
            model.detail.focused = false;
            model.jobs.go_to(line);
            model.jobs.toggle_group();
        }
        ClickTarget::Heading(column) => sort_by(model, column),
        ClickTarget::View(view) => model.show_view(view),
        ClickTarget::Detail => model.detail.focused = true,
        ClickTarget::DetailTab(tab) => {
            model.detail.focused = true;
            model.detail.show(tab);
        }
        ClickTarget::Hint(action) => return actions::run(model, action),
        ClickTarget::Command(index) => return model.run_command(index, false),
        ClickTarget::OverlayLine(index) => return overlays::on_line(model, index),
        ClickTarget::Key(event) => return typing::on_key(model, event),
    }
    Vec::new()
}

pub(super) fn scroll(model: &mut Model, pane: Pane, lines: isize) -> Vec<Effect> {
    match pane {
        Pane::Overlay => {
            let code = if lines > 0 {
                KeyCode::Down
            } else {
                KeyCode::Up
            };
            let key = KeyEvent::new(code, KeyModifiers::NONE);
            let keys = (0..lines.unsigned_abs()).map(|_| key);
            return keys.flat_map(|key| overlays::on_key(model, key)).collect();
        }
        Pane::Table => model.jobs.step(lines),
        Pane::Detail => model.detail.scroll_by(lines),
    }
    Vec::new()
}

/// Selects a job; a double click opens its details.
fn click_job(model: &mut Model, job: JobId) {
    model.detail.focused = false;
    model.jobs.select(job);
    let double = model.last_click.is_some_and(|(before, time)| {
        before == job && model.now.duration_since(time) < DOUBLE_CLICK
    });
    model.last_click = Some((job, model.now));
    model.detail.open |= double;
}

/// Sorts by a column; by the same column again in reverse.
fn sort_by(model: &mut Model, column: Column) {
    let sort = model.jobs.table().settings().sort;
    let reversed = sort.column == Some(column) && !sort.reversed;
    model.jobs.set_sort(Sort {
        column: Some(column),
        reversed,
    });
}
