//! Saved filters as tabs above the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::ui::style::RenderContext;
use crate::ui::style::text::put;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let mut x = area.x + 1;
    let names = std::iter::once("all").chain(model.views.iter().map(|view| view.name.as_str()));
    for (at, name) in names.enumerate() {
        let chosen = at.checked_sub(1) == model.view;
        let style = if chosen {
            context.theme.accent
        } else {
            context.theme.dim
        };
        if at > 0 {
            x += put(
                canvas,
                x,
                area.y,
                area.right().saturating_sub(x),
                context.glyphs.vertical,
                context.theme.border,
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
