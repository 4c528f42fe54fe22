//! What lies over the table: one file for each overlay, named like its state
//! in `app::overlay`. See there for how to add one.

mod add;
mod columns;
mod command_pane;
mod comparison;
mod confirm_command;
mod discover;
mod edit;
mod events;
mod failure_groups;
mod field;
mod help;
mod list;
mod palette;
mod popup;
mod pulse;
mod remove;
mod report;
mod setup;
mod snapshot;
mod sort;
mod view;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Model, Overlay, on_part};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use view::OverlayView;

/// Draws the open overlay and returns the position of the text cursor, if it
/// has one.
pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    overlay: &Overlay,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) -> Option<Position> {
    on_part!(overlay, part => part.draw(model, context, area, canvas, screen))
}
