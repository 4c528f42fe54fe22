//! The choice of what becomes of a snapshot.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Model, SnapshotChoice};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::put;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    at: usize,
    area: Rect,
    canvas: &mut Buffer,
) {
    let height = u16::try_from(SnapshotChoice::ALL.len()).unwrap_or(0) + 2;
    let (count, which) = match model.jobs.selection().marked_count() {
        0 => (model.jobs.table().shown_count(), "shown"),
        marked => (marked, "marked"),
    };
    let title = format!("Snapshot of {count} jobs {which}");
    let inside = popup::open(context, &title, 52, height, area, canvas);
    let lines = inside.top()..inside.bottom();
    for (y, (place, choice)) in lines.zip(SnapshotChoice::ALL.iter().enumerate()) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        if place == at {
            canvas.set_style(line, context.theme.chosen);
        }
        put(canvas, line.x, y, line.width, choice.words, Style::new());
    }
}
