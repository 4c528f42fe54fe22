//! The burn-up: how many jobs have finished and failed over time, and the
//! forecast to the end as a band.
//!
//! It is drawn in eighths of cells and not with the `Chart` of ratatui, whose
//! dots are missing from many fonts and do not stack.

use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use crate::app::{BurnUp, Model};
use crate::hotglue::State;
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::cells;

/// Shorter spans of time have labels with seconds.
const SECONDS_BELOW: f64 = 600.0;
/// Smaller areas have no room for axes.
const MIN_SIZE: (u16, u16) = (24, 4);
/// A column of this many eighths of a cell.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// What the chart shows, in seconds since its start and in jobs.
struct Series {
    /// The time at the end of each step, with the jobs that had finished and
    /// those of them that had failed.
    points: Vec<(f64, f64, f64)>,
    total: f64,
    now: f64,
    /// When every job should have finished: the median and the 90th percentile.
    eta: Option<(f64, f64)>,
}

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    if area.width < MIN_SIZE.0 || area.height < MIN_SIZE.1 {
        return;
    }
    let burn_up = model.burn_up(usize::from(area.width));
    let series = Series::new(model, &burn_up);
    let most = format!("{:.0}", series.total);
    let left = cells(&most) + 1;
    let plot = Rect {
        x: area.x + left,
        y: area.y,
        width: area.width - left,
        height: area.height - 1,
    };
    grid(context, plot, canvas);
    for x in 0..plot.width {
        draw_column(context, &series, x, plot, canvas);
    }
    let dim = context.theme.dim;
    let mut count = |count: f64, y: u16| {
        let width = usize::from(left - 1);
        Span::styled(format!("{count:>width$.0}"), dim).draw(
            Rect {
                x: area.x,
                y,
                width: left,
                height: 1,
            },
            canvas,
        );
    };
    count(series.total, plot.y);
    count(0.0, plot.bottom() - 1);
    if plot.height >= 6 {
        count(series.total / 2.0, plot.y + (plot.height - 1) / 2);
    }
    time_labels(model, context, &burn_up, &series, plot, canvas);
}

/// Lines at all jobs and at half of them.
fn grid(context: &RenderContext, plot: Rect, canvas: &mut Buffer) {
    let dots = if context.glyphs.is_ascii() {
        "-"
    } else {
        "┄"
    };
    let line = dots.repeat(usize::from(plot.width));
    for y in [plot.y, plot.y + (plot.height - 1) / 2] {
        let area = Rect {
            y,
            height: 1,
            ..plot
        };
        Span::styled(line.as_str(), context.theme.border).draw(area, canvas);
    }
}

/// Draws what had finished and failed at a time, or the forecast of it.
fn draw_column(context: &RenderContext, series: &Series, x: u16, plot: Rect, canvas: &mut Buffer) {
    let height = f64::from(plot.height);
    let time = (f64::from(x) + 1.0) / f64::from(plot.width) * series.end();
    let (low, high, failed) = if time <= series.now || series.eta.is_none() {
        let (finished, failed) = series.at(time.min(series.now));
        (finished, finished, failed)
    } else {
        let (finished, failed) = series.at(series.now);
        let (low, high) = series.forecast(time, finished);
        (low, high, failed)
    };
    let is_forecast = time > series.now && series.eta.is_some();
    for row in 0..plot.height {
        let position = Position::new(plot.x + x, plot.bottom() - 1 - row);
        let from_bottom = |count: f64| {
            let eighths = (count / series.total * height - f64::from(row)) * 8.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and 8"
            )]
            let eighths = eighths.round().clamp(0.0, 8.0) as usize;
            eighths
        };
        let span = if is_forecast {
            forecast_cell(context, from_bottom(low), from_bottom(high))
        } else {
            // A single failure among thousands of jobs is still visible.
            let failed = match from_bottom(failed) {
                0 if row == 0 && failed > 0.0 => 1,
                eighths => eighths,
            };
            cell(context, failed, from_bottom(high))
        };
        if let Some(span) = span {
            canvas.set_span(position.x, position.y, &span, 1);
        }
    }
}

/// A cell of which this many eighths have failed and finished.
fn cell(context: &RenderContext, failed: usize, finished: usize) -> Option<Span<'static>> {
    let theme = &context.theme;
    let calm = |state| theme.state(state).remove_modifier(Modifier::BOLD);
    let ascii = context.glyphs.is_ascii();
    let (Some(failed_fill), Some(completed_fill), false) = (
        theme.fill(State::Failed),
        theme.fill(State::Completed),
        ascii,
    ) else {
        let bar = |state| context.glyphs.bar(state);
        return match (failed, finished) {
            (4.., _) => Some(Span::styled(bar(State::Failed), theme.state(State::Failed))),
            (1.., ..4) if ascii => {
                Some(Span::styled(bar(State::Failed), theme.state(State::Failed)))
            }
            (_, 4..) => Some(Span::styled(bar(State::Completed), calm(State::Completed))),
            _ => None,
        };
    };
    match (failed, finished) {
        (8, _) => Some(Span::styled(" ", failed_fill)),
        (1.., 8) => {
            let style = Style::new().bg(completed_fill.bg?).fg(failed_fill.bg?);
            Some(Span::styled(EIGHTHS[failed], style))
        }
        (1.., _) => Some(Span::styled(EIGHTHS[failed], calm(State::Failed))),
        (_, 8) => Some(Span::styled(" ", completed_fill)),
        (_, 1..) => Some(Span::styled(EIGHTHS[finished], calm(State::Completed))),
        _ => None,
    }
}

/// A cell of the forecast, between the 90th percentile and the median.
fn forecast_cell(context: &RenderContext, low: usize, high: usize) -> Option<Span<'static>> {
    let style = context.theme.accent.remove_modifier(Modifier::BOLD);
    let [certain, band] = if context.glyphs.is_ascii() {
        [":", "."]
    } else {
        ["▒", "░"]
    };
    match (low, high) {
        (4.., _) => Some(Span::styled(certain, style)),
        (_, 1..) => Some(Span::styled(band, style)),
        _ => None,
    }
}

/// The time at the start, now, and at the end.
fn time_labels(
    model: &Model,
    context: &RenderContext,
    burn_up: &BurnUp,
    series: &Series,
    plot: Rect,
    canvas: &mut Buffer,
) {
    let end = series.end();
    let line = Rect {
        y: plot.bottom(),
        height: 1,
        ..plot
    };
    let format = if end < SECONDS_BELOW {
        "%H:%M:%S"
    } else {
        "%H:%M"
    };
    let label = |seconds: f64| {
        let offset = SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
        let time = burn_up.start.checked_add(offset).unwrap_or(burn_up.start);
        let local = time.to_zoned_datetime(model.zone.clone());
        local.strftime(format).to_string()
    };
    let dim = context.theme.dim;
    let start = label(0.0);
    let last = match series.eta {
        Some(_) => label(end),
        None => format!("now {}", label(end)),
    };
    let room = line.width.saturating_sub(cells(&last));
    if let Some(now) = series.eta.map(|_| format!("now {}", label(series.now))) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the width"
        )]
        let x = (series.now / end * f64::from(line.width)) as u16;
        let x = x.saturating_sub(cells(&now) / 2);
        let is_free = x > cells(&start) && x + cells(&now) < room;
        if is_free {
            canvas.set_span(
                line.x + x,
                line.y,
                &Span::styled(now.clone(), dim),
                cells(&now),
            );
        }
    }
    canvas.set_span(line.x, line.y, &Span::styled(start, dim), line.width);
    let width = line.width - room;
    canvas.set_span(line.x + room, line.y, &Span::styled(last, dim), width);
}

impl Series {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    fn new(model: &Model, burn_up: &BurnUp) -> Self {
        let counts = model.jobs.counts();
        let present = model.shown_now().duration_since(burn_up.start);
        let now = present.as_secs_f64().max(1.0);
        let shown = burn_up.total();
        let failures = counts.of(State::Failed) + counts.of(State::Cancelled);
        // What finished before the start of the chart is at its foot.
        let mut failed = failures.saturating_sub(shown.failed);
        let mut finished = counts
            .finished()
            .saturating_sub(shown.completed + shown.failed);
        let mut points = vec![(0.0, finished as f64, failed as f64)];
        for (number, point) in (1_u32..).zip(&burn_up.points) {
            failed += point.failed;
            finished += point.failed + point.completed;
            let time = (f64::from(number) * burn_up.step.as_secs_f64()).min(now);
            points.push((time, finished as f64, failed as f64));
        }
        let eta = model.eta().map(|eta| {
            let after = |end: Timestamp| end.duration_since(model.shown_now()).as_secs_f64();
            let median = now + after(eta.p50).max(1.0);
            (median, (now + after(eta.p90)).max(median + 1.0))
        });
        Self {
            points,
            total: counts.total().max(1) as f64,
            now,
            eta,
        }
    }

    /// The time at the right edge.
    fn end(&self) -> f64 {
        self.eta.map_or(self.now, |(_, last)| last)
    }

    /// The jobs that had finished and failed at a time.
    fn at(&self, time: f64) -> (f64, f64) {
        let next = self.points.partition_point(|(end, ..)| *end < time);
        let Some(&(end, finished, failed)) = self.points.get(next) else {
            let last = self.points.last();
            return last.map_or((0.0, 0.0), |(_, finished, failed)| (*finished, *failed));
        };
        let before = next.checked_sub(1).and_then(|index| self.points.get(index));
        let Some(&(start, finished_before, failed_before)) = before else {
            return (finished, failed);
        };
        let share = ((time - start) / (end - start).max(f64::EPSILON)).clamp(0.0, 1.0);
        let between = |before: f64, after: f64| before + (after - before) * share;
        (
            between(finished_before, finished),
            between(failed_before, failed),
        )
    }

    /// The jobs that should have finished at a time: by the 90th percentile and
    /// by the median.
    fn forecast(&self, time: f64, finished: f64) -> (f64, f64) {
        let line = |end: f64| {
            let share = ((time - self.now) / (end - self.now).max(1.0)).clamp(0.0, 1.0);
            finished + (self.total - finished) * share
        };
        self.eta.map_or((finished, finished), |(median, last)| {
            (line(last), line(median))
        })
    }
}
