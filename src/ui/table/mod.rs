//! The table: headings and the rows of the window.

pub(in crate::ui) mod empty_state;
pub(in crate::ui) mod matrix;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::{Column, Layout, Model, Placed, ProgressWidth, Row, RowGroup, TableLine};
use crate::hotglue::{STAGES, StageMark, State, Text, age, elapsed};
use crate::rollout::Anomaly;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, cells, fitted, put};

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    layout: &Layout,
    canvas: &mut Buffer,
) {
    let placed = model.jobs.table().columns().place(layout.heading.width);
    headings(model, context, layout.heading, &placed, canvas);
    let cursor = model.jobs.selection().cursor();
    let places = model.jobs.window();
    for ((place, content), y) in places
        .zip(model.jobs.lines(model.jobs.window()))
        .zip(layout.rows.top()..layout.rows.bottom())
    {
        let line = Rect {
            y,
            height: 1,
            ..layout.rows
        };
        match content {
            TableLine::Group(group) => {
                draw_head(model, context, group, place == cursor, line, canvas);
            }
            TableLine::Job(row) => {
                draw_row(model, context, row, place == cursor, line, &placed, canvas);
            }
        }
    }
}

/// The head of a group: what it is, its worst state, how many rows are in
/// which state.
fn draw_head(
    model: &Model,
    context: &RenderContext,
    group: &RowGroup,
    under_cursor: bool,
    line: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    if under_cursor {
        canvas.set_style(line, theme.chosen);
        put(
            canvas,
            line.x,
            line.y,
            1,
            context.glyphs.cursor,
            theme.accent,
        );
    }
    let states = || {
        State::ALL
            .into_iter()
            .filter(|state| group.counts.of(*state) > 0)
    };
    if let Some(worst) = states().next() {
        let glyph = context.glyphs.state(worst);
        put(canvas, line.x + 1, line.y, 1, glyph, theme.state(worst));
    }
    let mut x = line.x + 3;
    let mut write = |text: &str, style: Style| {
        let room = line.right().saturating_sub(x);
        x += put(canvas, x, line.y, room, text, style) + 1;
    };
    let fold = if group.collapsed {
        context.glyphs.folded
    } else {
        context.glyphs.unfolded
    };
    write(fold, theme.accent);
    let name = if group.name.as_str().is_empty() {
        format!("no {}", model.jobs.table().group_by().name())
    } else {
        group.name.one_line()
    };
    let name = fitted(&name, line.width / 2, Cut::Middle, context.glyphs.ellipsis);
    write(&name, theme.heading.add_modifier(Modifier::BOLD));
    for state in states() {
        let words = format!("{} {}", group.counts.of(state), state.name());
        write(&words, theme.state(state).remove_modifier(Modifier::BOLD));
    }
}

fn headings(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    placed: &[Placed],
    canvas: &mut Buffer,
) {
    let sort = model.jobs.table().settings().sort;
    for &Placed { column, x, width } in placed {
        let title = column.title().replace('→', context.glyphs.arrow);
        let sorted = sort.column == Some(column);
        let arrow = if sort.reversed {
            context.glyphs.ascending
        } else {
            context.glyphs.descending
        };
        let title = if sorted && cells(&title) + 1 < width {
            format!("{title} {arrow}")
        } else {
            title
        };
        let style = if sorted {
            context.theme.accent
        } else {
            context.theme.heading
        };
        let title = fitted(&title, width, Cut::End, context.glyphs.ellipsis);
        let indent = if column.is_right_aligned() {
            width.saturating_sub(cells(&title))
        } else {
            0
        };
        put(canvas, area.x + x + indent, area.y, width, &title, style);
    }
}

fn draw_row(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    under_cursor: bool,
    line: Rect,
    placed: &[Placed],
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let state = row.state();
    if under_cursor {
        canvas.set_style(line, theme.chosen);
    }
    let now = model.freeze.as_ref().map_or(model.now, |freeze| freeze.at);
    let fresh = row.is_fresh(now);
    let (mark, style) = if model.jobs.selection().is_marked(row.id) {
        (context.glyphs.marked, theme.accent)
    } else if under_cursor {
        (context.glyphs.cursor, theme.accent)
    } else if fresh {
        (context.glyphs.changed, theme.warning)
    } else {
        (" ", Style::new())
    };
    put(canvas, line.x, line.y, 1, mark, style);
    let (glyph, style) = if row.anomaly.is_some() {
        (context.glyphs.slow, theme.warning)
    } else {
        (context.glyphs.state(state), theme.state(state))
    };
    put(canvas, line.x + 1, line.y, 1, glyph, style);
    for &Placed { column, x, width } in placed {
        if column == Column::Progress {
            progress(context, row, line.x + x, line.y, width, canvas);
            continue;
        }
        let (text, style, cut) = cell(model, context, row, column, now);
        let text = fitted(&text, width, cut, context.glyphs.ellipsis);
        let indent = if column.is_right_aligned() {
            width.saturating_sub(cells(&text))
        } else {
            0
        };
        let style = if row.is_stale() && column != Column::Message {
            theme.dim
        } else {
            style
        };
        let style = if fresh && column == Column::Status {
            style.add_modifier(Modifier::BOLD)
        } else {
            style
        };
        put(canvas, line.x + x + indent, line.y, width, &text, style);
    }
}

fn cell(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    column: Column,
    now: jiff::Timestamp,
) -> (String, Style, Cut) {
    let theme = &context.theme;
    let state = row.state();
    let failed = state == State::Failed;
    let plain = Style::new();
    match column {
        Column::Name => {
            let style = if failed {
                plain.add_modifier(Modifier::BOLD)
            } else {
                plain
            };
            (row.name.to_string(), style, Cut::End)
        }
        Column::Environment => (row.environment_name.to_string(), theme.dim, Cut::Middle),
        Column::Tenant => (row.tenant().to_owned(), plain, Cut::Middle),
        Column::Flow => (row.flow().to_owned(), theme.dim, Cut::Middle),
        Column::Tap => (
            row.tap_and_target(context.glyphs.arrow),
            theme.dim,
            Cut::End,
        ),
        Column::Status => {
            let style = if row.job().is_some() {
                theme.state(state)
            } else {
                theme.dim
            };
            (
                row.status_label().replace('…', context.glyphs.ellipsis),
                style,
                Cut::Middle,
            )
        }
        Column::Updated => {
            let words = match (
                row.job().and_then(|job| job.last_updated.as_ref()),
                row.updated(),
            ) {
                (_, Some(at)) => age(at, now),
                (Some(_), None) => "?".to_owned(),
                (None, _) => String::new(),
            };
            let style = match row.anomaly {
                Some(Anomaly::Silent { .. }) => theme.warning,
                _ => plain,
            };
            (words, style, Cut::End)
        }
        Column::Elapsed => {
            let style = match row.anomaly {
                Some(Anomaly::Slow { .. }) => theme.warning,
                _ => theme.dim,
            };
            let words = row.elapsed(now).map(elapsed).unwrap_or_default();
            (words, style, Cut::End)
        }
        Column::Tags => {
            let tags: Vec<_> = row.tags.iter().map(Text::as_str).collect();
            (tags.join(" "), theme.dim, Cut::End)
        }
        Column::Message => {
            let message = row.message_line().unwrap_or_default();
            match (&row.snapshot.health.failure_streak, row.anomaly) {
                (Some(streak), _) => {
                    let since = age(streak.since, model.now);
                    (format!("{message} ({since})"), theme.warning, Cut::End)
                }
                (None, Some(anomaly)) => (anomaly.description(now), theme.warning, Cut::End),
                (None, None) if failed => (
                    message,
                    theme.state(state).remove_modifier(Modifier::BOLD),
                    Cut::End,
                ),
                (None, None) => (message, theme.dim, Cut::End),
            }
        }
        Column::Progress => (String::new(), plain, Cut::End),
    }
}

/// The stages of a job, each in three cells or in one.
fn progress(context: &RenderContext, row: &Row, x: u16, y: u16, width: u16, canvas: &mut Buffer) {
    let Some(job) = row.job() else { return };
    let state = job.status.state();
    let marks = job.status.stage_marks();
    let step = match ProgressWidth::within(width) {
        ProgressWidth::Full => 4,
        ProgressWidth::Compact => 2,
    };
    for ((mark, at), _) in marks.into_iter().zip((0..).step_by(step)).zip(STAGES) {
        let style = match mark {
            StageMark::Ahead => context.theme.border,
            StageMark::Failed => context.theme.state(State::Failed),
            _ if row.is_stale() => context.theme.dim,
            StageMark::Passed if state == State::Failed => context.theme.dim,
            StageMark::Active | StageMark::Passed => context.theme.state(state),
        };
        let text = match ProgressWidth::within(width) {
            ProgressWidth::Full => context.glyphs.stage(mark).concat(),
            ProgressWidth::Compact => context.glyphs.compact_stage(mark).to_owned(),
        };
        put(canvas, x + at, y, width.saturating_sub(at), &text, style);
    }
}
