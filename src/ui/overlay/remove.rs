//! The confirmation before jobs are removed from the list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Model;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted, put};
use crate::watch::JobId;

/// Asks whether jobs are to be removed, by their names.
pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    keys: &[JobId],
    area: Rect,
    canvas: &mut Buffer,
) {
    const NAMED: usize = 8;
    let count = keys.len();
    let named = count.min(NAMED);
    let height = u16::try_from(named).unwrap_or(0) + if count > NAMED { 5 } else { 4 };
    let inside = popup::open(context, "Remove from the list", 56, height, area, canvas);
    let rows = keys
        .iter()
        .filter_map(|key| model.jobs.get(*key))
        .take(NAMED);
    let mut y = inside.y;
    for row in rows {
        let name = fitted(
            row.name.as_str(),
            inside.width,
            Cut::End,
            context.glyphs.ellipsis,
        );
        put(canvas, inside.x, y, inside.width, &name, Style::new());
        y += 1;
    }
    if count > NAMED {
        put(
            canvas,
            inside.x,
            y,
            inside.width,
            &format!("and {} more", count - NAMED),
            context.theme.dim,
        );
    }
    let words = "They go on in hotglue; only the list changes.";
    put(
        canvas,
        inside.x,
        inside.bottom().saturating_sub(1),
        inside.width,
        words,
        context.theme.dim,
    );
}
