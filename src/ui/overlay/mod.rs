//! What lies over the table: one file for each overlay, named like its state
//! in `app::overlay`.

mod add;
mod columns;
mod discover;
mod edit;
mod events;
mod failure_groups;
mod help;
mod palette;
mod popup;
mod remove;
mod setup;
mod snapshot;
mod sort;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Model, Overlay};
use crate::ui::style::RenderContext;

/// Draws the open overlay and returns the position of the text cursor, if the
/// overlay has one.
pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    overlay: &Overlay,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    match overlay {
        Overlay::Help(list) => return Some(help::draw(model, context, list, area, canvas)),
        Overlay::Palette(list) => return Some(palette::draw(model, context, list, area, canvas)),
        Overlay::Sort(at) => sort::draw(model, context, *at, area, canvas),
        Overlay::Columns(at) => columns::draw(model, context, *at, area, canvas),
        Overlay::Add(form) => return add::draw(model, context, form, area, canvas),
        Overlay::Setup(form) => return Some(setup::draw(model, context, form, area, canvas)),
        Overlay::Edit(form) => return Some(edit::draw(model, context, form, area, canvas)),
        Overlay::Remove(jobs) => remove::draw(model, context, jobs, area, canvas),
        Overlay::Discover(browser) => {
            return Some(discover::draw(model, context, browser, area, canvas));
        }
        Overlay::FailureGroups(list) => failure_groups::draw(model, context, list, area, canvas),
        Overlay::Snapshot(at) => snapshot::draw(model, context, *at, area, canvas),
        Overlay::Events(back) => events::draw(model, context, *back, area, canvas),
    }
    None
}
