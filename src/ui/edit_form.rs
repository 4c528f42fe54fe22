//! The form that changes a job, and the question before a removal.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::popup;
use crate::app::{EditForm, Model};
use crate::ui::style::RenderContext;
use crate::ui::style::input::skip_cells;
use crate::ui::style::text::{Cut, fitted, put};
use crate::watch::JobId;

/// The width of the labels.
const LABELS: u16 = 8;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    form: &EditForm,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let inside = popup::open(context, "Edit job", 64, 8, area, canvas);
    let mut cursor = Position::new(inside.x, inside.y);
    if let Some(row) = model.jobs.get(form.key) {
        let root = fitted(
            row.job_root(),
            inside.width,
            Cut::Middle,
            context.glyphs.ellipsis,
        );
        put(
            canvas,
            inside.x,
            inside.y,
            inside.width,
            &root,
            context.theme.dim,
        );
    }
    let inputs = form.inputs.iter().zip(EditForm::LABELS).enumerate();
    for ((at, (input, label)), y) in inputs.zip(inside.y + 1..inside.bottom()) {
        let focused = at == form.field;
        let style = if focused {
            context.theme.accent
        } else {
            context.theme.label
        };
        put(canvas, inside.x, y, LABELS, label, style);
        let x = inside.x + LABELS;
        let room = inside.right().saturating_sub(x + 1);
        let hidden = input.visual_scroll(usize::from(room.max(1)));
        put(
            canvas,
            x,
            y,
            room,
            &skip_cells(input.value(), hidden),
            Style::new(),
        );
        if focused {
            let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
            cursor = Position::new(x + column.min(room), y);
        }
    }
    let (words, style) = if let Some(problem) = &form.problem {
        (problem.clone(), context.theme.warning)
    } else {
        let common = model.poll_interval.as_secs();
        (
            format!("tags with blanks between; every: like 2s, empty for {common}s"),
            context.theme.dim,
        )
    };
    put(
        canvas,
        inside.x,
        inside.bottom().saturating_sub(1),
        inside.width,
        &words,
        style,
    );
    cursor
}

/// Asks whether jobs are to be removed, by their names.
pub(super) fn draw_removal(
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
