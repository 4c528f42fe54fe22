//! Saved filters as tabs above the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Brush;
use super::text::put;
use crate::app::Model;

pub(super) fn draw(model: &Model, brush: &Brush, area: Rect, canvas: &mut Buffer) {
    let mut x = area.x + 1;
    let names = std::iter::once("all").chain(model.views.iter().map(|view| view.name.as_str()));
    for (at, name) in names.enumerate() {
        let chosen = at.checked_sub(1) == model.view;
        let style = if chosen {
            brush.theme.accent
        } else {
            brush.theme.dim
        };
        if at > 0 {
            x += put(
                canvas,
                x,
                area.y,
                area.right().saturating_sub(x),
                brush.glyphs.vertical,
                brush.theme.border,
            ) + 1;
        }
        x += put(
            canvas,
            x,
            area.y,
            area.right().saturating_sub(x),
            name,
            style,
        ) + 1;
    }
}
