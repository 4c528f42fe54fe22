//! The side panel of wide windows: failure groups, throughput and recent events.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{events, failures, throughput};
use crate::app::Model;
use crate::ui::style::RenderContext;

/// The lines of the throughput, its frame included.
const THROUGHPUT: u16 = 9;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let groups = failures::height(model).clamp(4, (area.height / 3).max(4));
    let [groups, rates, rest] = area.layout(&Layout::vertical([
        Constraint::Length(groups),
        Constraint::Length(THROUGHPUT.min(area.height / 3)),
        Constraint::Fill(1),
    ]));
    failures::draw(model, context, groups, canvas);
    throughput::draw(model, context, rates, canvas);
    events::draw(model, context, rest, canvas);
}
