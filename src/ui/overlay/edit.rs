//! The form that edits a job.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{EditForm, Model};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::skip_cells;
use crate::ui::style::text::{Cut, fitted, put};

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
        let common = model.settings.poll_interval().as_secs();
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
