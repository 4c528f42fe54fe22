//! What the table is narrowed to, and the filter while it is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Filter, Model, Show};
use crate::ui::style::RenderContext;
use crate::ui::style::input::skip_cells;
use crate::ui::style::text::{Cut, cells, fitted, put};

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let jobs = &model.jobs;
    let mut x = area.x + 1;
    let rest = |x: u16| area.right().saturating_sub(x);
    if let Some(only) = &jobs.table().settings().only {
        let words = format!("only: {}", only.label);
        let room = area.width / 2;
        let words = fitted(&words, room, Cut::End, context.glyphs.ellipsis);
        x += put(canvas, x, area.y, room, &words, context.theme.accent) + 2;
    }
    if jobs.table().settings().show != Show::All {
        let words = format!("only {}", jobs.table().settings().show.name());
        x += put(canvas, x, area.y, rest(x), &words, context.theme.accent) + 2;
    }
    let shown = format!(
        "{} of {}",
        jobs.table().shown_count(),
        jobs.counts().total()
    );
    let right = area.right().saturating_sub(cells(&shown) + 1);
    put(
        canvas,
        right,
        area.y,
        cells(&shown),
        &shown,
        context.theme.dim,
    );
    let text = jobs.table().settings().filter.text();
    if text.is_empty() && model.filter_input.is_none() {
        return None;
    }
    x += put(canvas, x, area.y, rest(x), "/ ", context.theme.accent);
    let room = right.saturating_sub(x + 2);
    let Some(input) = &model.filter_input else {
        let text = fitted(text, room, Cut::End, context.glyphs.ellipsis);
        put(canvas, x, area.y, room, &text, Style::new());
        return None;
    };
    let hidden = input.visual_scroll(usize::from(room.max(1)));
    let visible: String = skip_cells(input.value(), hidden);
    let used = put(canvas, x, area.y, room, &visible, Style::new());
    let hint = format!("   {}", Filter::NARROWING.join(" "));
    put(
        canvas,
        x + used,
        area.y,
        room.saturating_sub(used),
        &hint,
        context.theme.dim,
    );
    let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
    Some(Position::new(x + column.min(room), area.y))
}
