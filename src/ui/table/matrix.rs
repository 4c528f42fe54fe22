//! The matrix: every job as a few cells, in the order of the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::{Model, Row, TableLine};
use crate::hotglue::{StageMark, State, age, elapsed};
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted, put};

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let layout = model.matrix_layout();
    let cursor = model.jobs.selection().cursor();
    let first = layout.first(cursor);
    let last = (first + layout.columns * layout.lines).min(model.jobs.table().line_count());
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
            TableLine::Group(group) => {
                let name = group.name.one_line();
                let words = format!("{}{name}", context.glyphs.unfolded);
                let words = fitted(&words, cell.width, Cut::End, context.glyphs.ellipsis);
                put(
                    canvas,
                    cell.x,
                    cell.y,
                    cell.width,
                    &words,
                    context.theme.heading,
                );
            }
            TableLine::Job(row) => job(context, row, layout.name, cell, canvas),
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
        under_cursor(model, context, row, bottom, canvas);
    }
}

fn job(context: &RenderContext, row: &Row, name: u16, cell: Rect, canvas: &mut Buffer) {
    let mut x = cell.x;
    if name > 0 {
        let words = fitted(
            row.name.as_str(),
            name,
            Cut::Middle,
            context.glyphs.ellipsis,
        );
        let style = if row.state() == State::Failed {
            Style::new().add_modifier(Modifier::BOLD)
        } else {
            context.theme.dim
        };
        put(canvas, x, cell.y, name, &words, style);
        x += name + 1;
    }
    let state = row.state();
    let Some(job) = row.job() else {
        let glyph = context.glyphs.state(state);
        put(canvas, x, cell.y, 1, glyph, context.theme.state(state));
        return;
    };
    let over = state == State::Completed;
    for (mark, at) in job.status.stage_marks().into_iter().zip(0..) {
        let style = match mark {
            StageMark::Ahead => context.theme.border,
            StageMark::Failed => context.theme.state(State::Failed),
            _ if row.anomaly.is_some() => context.theme.warning,
            _ if row.is_stale() => context.theme.dim,
            StageMark::Passed if !over => context.theme.dim,
            StageMark::Active | StageMark::Passed => context.theme.state(state),
        };
        let glyph = match mark {
            StageMark::Active if row.anomaly.is_some() => context.glyphs.slow,
            StageMark::Ahead => context.glyphs.dot,
            StageMark::Passed if over => context.glyphs.bar(State::Completed),
            mark => context.glyphs.compact_stage(mark),
        };
        put(canvas, x + at, cell.y, 1, glyph, style);
    }
}

/// What there is to say of the job under the cursor.
fn under_cursor(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    line: Rect,
    canvas: &mut Buffer,
) {
    let now = model.shown_now();
    let state = row.state();
    let mut x = line.x + 1;
    let mut write = |text: &str, style: Style| {
        let room = line.right().saturating_sub(x + 1);
        let text = fitted(text, room, Cut::End, context.glyphs.ellipsis);
        x += put(canvas, x, line.y, room, &text, style) + 2;
    };
    write(context.glyphs.state(state), context.theme.state(state));
    write(
        &row.name.one_line(),
        Style::new().add_modifier(Modifier::BOLD),
    );
    write(row.status_label(), context.theme.state(state));
    if let Some(at) = row.updated() {
        write(&age(at, now), Style::new());
    }
    if let Some(ran) = row.elapsed(now) {
        write(&elapsed(ran), context.theme.dim);
    }
    let anomaly = row.anomaly.map(|anomaly| anomaly.description(now));
    let words = anomaly.or_else(|| row.message_line());
    if let Some(words) = words {
        write(&words, context.theme.dim);
    }
}
