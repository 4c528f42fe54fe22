//! The row of a job: what each column says of it, and in which style.

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use super::stages;
use crate::app::{Column, Model, PlacedColumn, Row};
use crate::hotglue::{State, Text, age, compact_count, elapsed};
use crate::rollout::Anomaly;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

/// The text of a cell.
struct CellText<'a> {
    text: Cow<'a, str>,
    style: Style,
    cut: Cut,
}

impl<'a> CellText<'a> {
    fn new(text: impl Into<Cow<'a, str>>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
            cut: Cut::End,
        }
    }

    /// For ids, which differ at their ends.
    fn cut_in_middle(self) -> Self {
        Self {
            cut: Cut::Middle,
            ..self
        }
    }
}

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    under_cursor: bool,
    columns: &[PlacedColumn],
    area: Rect,
    canvas: &mut Buffer,
) {
    let now = model.shown_now();
    let fresh = row.is_fresh(now);
    let [mark, state] = gutter(model, context, row, under_cursor, fresh);
    let indent = columns.first().map_or(0, |first| first.x.saturating_sub(2));
    mark.draw(area, canvas);
    state.draw(after(area, indent), canvas);
    for &PlacedColumn { column, x, width } in columns {
        let cell = Rect {
            x: area.x + x,
            width,
            ..area
        };
        if column == Column::Progress {
            stages::draw(context, row, cell, canvas);
            continue;
        }
        let CellText {
            text,
            mut style,
            cut,
        } = cell_text(model, context, row, column, width, now);
        // The last run of a tenant that has not started is not of the rollout.
        if row.is_not_started() || (row.is_stale() && column != Column::Message) {
            style = context.theme.dim;
        }
        if fresh && column == Column::Status {
            style = style.add_modifier(Modifier::BOLD);
        }
        let span = Span::styled(context.fitted(text, width, cut), style);
        if column.is_right_aligned() {
            let free = width.saturating_sub(cells(&span.content));
            span.draw(after(cell, free), canvas);
        } else {
            span.draw(cell, canvas);
        }
    }
    if under_cursor {
        context.highlight(area, canvas);
    }
}

/// The mark of the row and the glyph of its state.
fn gutter<'a>(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    under_cursor: bool,
    fresh: bool,
) -> [Span<'a>; 2] {
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let mark = if model.jobs.selection().is_marked(row.id) {
        Span::styled(glyphs.marked, theme.accent)
    } else if under_cursor {
        Span::styled(glyphs.cursor, theme.accent)
    } else if model.alerts.is_unseen(row.id) {
        let unseen = theme.state(State::Failed).add_modifier(Modifier::BOLD);
        Span::styled(glyphs.unseen, unseen)
    } else if fresh {
        Span::styled(glyphs.changed, theme.warning)
    } else {
        Span::raw(" ")
    };
    let state = if row.has_anomaly() {
        Span::styled(glyphs.slow, theme.warning)
    } else {
        context.state_glyph(row)
    };
    [mark, state]
}

fn cell_text<'a>(
    model: &Model,
    context: &RenderContext,
    row: &'a Row,
    column: Column,
    width: u16,
    now: Timestamp,
) -> CellText<'a> {
    let theme = &context.theme;
    let plain = Style::new();
    match column {
        Column::Name => {
            let style = if model.alerts.is_unseen(row.id) {
                plain.add_modifier(Modifier::BOLD)
            } else {
                plain
            };
            CellText::new(row.name.as_str(), style).cut_in_middle()
        }
        Column::Environment => {
            CellText::new(row.environment_name.as_str(), theme.dim).cut_in_middle()
        }
        Column::Tenant => CellText::new(row.tenant(), plain).cut_in_middle(),
        Column::Flow => CellText::new(row.flow(), theme.dim).cut_in_middle(),
        Column::Tap => CellText::new(tap_and_target(context, row, width), theme.dim),
        Column::Status => {
            let style = match row.job() {
                Some(_) => theme.state(row.state()),
                None => theme.dim,
            };
            CellText::new(row.status_label(), style).cut_in_middle()
        }
        Column::Updated => CellText::new(
            last_update(row, now),
            match row.anomaly {
                Some(Anomaly::Silent { .. }) => theme.warning,
                Some(Anomaly::Slow { .. }) | None => plain,
            },
        ),
        Column::Elapsed => {
            let style = match row.anomaly {
                Some(Anomaly::Slow { .. }) => theme.warning,
                Some(Anomaly::Silent { .. }) | None => theme.dim,
            };
            CellText::new(row.elapsed(now).map(elapsed).unwrap_or_default(), style)
        }
        Column::Rows => {
            let style = match row.rows_anomaly {
                Some(_) => theme.warning,
                None => theme.dim,
            };
            CellText::new(
                row.total_rows().map(compact_count).unwrap_or_default(),
                style,
            )
        }
        Column::Tags => {
            let tags: Vec<_> = row.tags.iter().map(Text::as_str).collect();
            CellText::new(tags.join(" "), theme.dim)
        }
        Column::Message => message(model, context, row),
        Column::Progress => CellText::new("", plain),
    }
}

/// Tap and target; where they do not fit, each is cut in its middle, so that
/// both can be recognized.
fn tap_and_target(context: &RenderContext, row: &Row, width: u16) -> String {
    let whole = row.tap_and_target(context.glyphs.arrow);
    let arrow = format!(" {} ", context.glyphs.arrow);
    let room = width.saturating_sub(cells(&arrow));
    match whole.split_once(&arrow) {
        Some((tap, target)) if cells(&whole) > width => {
            let target_room = cells(target).min((room / 2).max(room.saturating_sub(cells(tap))));
            let target = context.fitted(target, target_room, Cut::Middle);
            let tap = context.fitted(tap, room.saturating_sub(cells(&target)), Cut::Middle);
            format!("{tap}{arrow}{target}")
        }
        _ => whole,
    }
}

/// The age of the last update; "?" where the service sent an unreadable time.
fn last_update(row: &Row, now: Timestamp) -> String {
    match row.job().and_then(|job| job.last_updated.as_ref()) {
        None => String::new(),
        Some(_) => row
            .updated()
            .map_or_else(|| "?".to_owned(), |updated| age(updated, now)),
    }
}

/// Why the row is stale, else its anomaly, else the message of the job.
fn message<'a>(model: &Model, context: &RenderContext, row: &'a Row) -> CellText<'a> {
    let theme = &context.theme;
    let message = row.message_line().unwrap_or_default();
    if let Some(streak) = &row.snapshot.health.failure_streak {
        let since = age(streak.since, model.now);
        return CellText::new(format!("{message} ({since})"), theme.warning);
    }
    if row.is_pending() {
        return CellText::new("pending first poll", theme.dim);
    }
    if let Some(anomaly) = row.anomaly_label() {
        return CellText::new(anomaly, theme.warning);
    }
    let style = match row.state() {
        State::Failed => theme.state(State::Failed).remove_modifier(Modifier::BOLD),
        State::Cancelled | State::Unknown | State::Running | State::Queued | State::Completed => {
            theme.dim
        }
    };
    CellText::new(message, style)
}
