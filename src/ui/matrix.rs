//! The matrix: every job as a few cells, in the order of the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::Brush;
use super::text::{Cut, fitted, put};
use crate::app::{Model, Row, TableLine};
use crate::hotglue::{StageMark, State, age, elapsed};

pub(super) fn draw(model: &Model, brush: &Brush, area: Rect, canvas: &mut Buffer) {
    let layout = model.matrix_layout();
    let cursor = model.jobs.cursor();
    let first = layout.first(cursor);
    let last = (first + layout.columns * layout.lines).min(model.jobs.line_count());
    for (at, line) in (first..last).zip(model.jobs.lines(first..last)) {
        let place = at - first;
        let column = u16::try_from(place % layout.columns).unwrap_or(0);
        let below = u16::try_from(place / layout.columns).unwrap_or(0);
        let cell = Rect {
            x: area.x + column * layout.cell,
            y: area.y + below,
            width: layout.cell,
            height: 1,
        };
        match line {
            TableLine::Head(group) => {
                let name = group.name.one_line();
                let words = format!("{}{name}", brush.glyphs.unfolded);
                let words = fitted(&words, cell.width, Cut::End, brush.glyphs.ellipsis);
                put(
                    canvas,
                    cell.x,
                    cell.y,
                    cell.width,
                    &words,
                    brush.theme.heading,
                );
            }
            TableLine::Job(row) => job(brush, row, layout.name, cell, canvas),
        }
        if at == cursor {
            let width = cell.width.min(layout.name + 5);
            let chosen = Style::new().add_modifier(Modifier::REVERSED);
            canvas.set_style(Rect { width, ..cell }, chosen);
        }
    }
    let bottom = Rect {
        y: area.bottom().saturating_sub(1),
        height: 1,
        ..area
    };
    if let Some(row) = model.jobs.selected() {
        under_cursor(model, brush, row, bottom, canvas);
    }
}

fn job(brush: &Brush, row: &Row, name: u16, cell: Rect, canvas: &mut Buffer) {
    let mut x = cell.x;
    if name > 0 {
        let words = fitted(row.name.as_str(), name, Cut::Middle, brush.glyphs.ellipsis);
        let style = if row.state() == State::Failed {
            Style::new().add_modifier(Modifier::BOLD)
        } else {
            brush.theme.dim
        };
        put(canvas, x, cell.y, name, &words, style);
        x += name + 1;
    }
    let state = row.state();
    let Some(job) = row.job() else {
        let glyph = brush.glyphs.state(state);
        put(canvas, x, cell.y, 1, glyph, brush.theme.state(state));
        return;
    };
    let over = state == State::Completed;
    for (mark, at) in job.status.stage_marks().into_iter().zip(0..) {
        let style = match mark {
            StageMark::Ahead => brush.theme.border,
            StageMark::Failed => brush.theme.state(State::Failed),
            _ if row.pace.is_unusual() => brush.theme.warning,
            _ if row.is_stale() => brush.theme.dim,
            StageMark::Passed if !over => brush.theme.dim,
            StageMark::Active | StageMark::Passed => brush.theme.state(state),
        };
        let glyph = match mark {
            StageMark::Active if row.pace.is_unusual() => brush.glyphs.slow,
            StageMark::Ahead => brush.glyphs.dot,
            StageMark::Passed if over => brush.glyphs.bar(State::Completed),
            mark => brush.glyphs.compact_stage(mark),
        };
        put(canvas, x + at, cell.y, 1, glyph, style);
    }
}

/// What there is to say of the job under the cursor.
fn under_cursor(model: &Model, brush: &Brush, row: &Row, line: Rect, canvas: &mut Buffer) {
    let now = model.shown_now();
    let state = row.state();
    let mut x = line.x + 1;
    let mut write = |text: &str, style: Style| {
        let room = line.right().saturating_sub(x + 1);
        let text = fitted(text, room, Cut::End, brush.glyphs.ellipsis);
        x += put(canvas, x, line.y, room, &text, style) + 2;
    };
    write(brush.glyphs.state(state), brush.theme.state(state));
    write(
        &row.name.one_line(),
        Style::new().add_modifier(Modifier::BOLD),
    );
    write(row.status_words(), brush.theme.state(state));
    if let Some(at) = row.updated() {
        write(&age(at, now), Style::new());
    }
    if let Some(ran) = row.elapsed(now) {
        write(&elapsed(ran), brush.theme.dim);
    }
    let words = row.pace.words(now).or_else(|| row.message_line());
    if let Some(words) = words {
        write(&words, brush.theme.dim);
    }
}
