//! The comparison of a rollout: one metric on each line with the interval of
//! its shift as a bar, and the worst tenants of the selected one below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{ComparisonOverlay, Model};
use crate::hotglue::{State, Text};
use crate::rollout::{ComparedMetric, ComparisonResult, Metric};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

/// The lines for the selected metric.
const DETAIL_LINES: u16 = 9;
/// The width of the bar, an odd number so that it has a middle.
const BAR_WIDTH: u16 = 15;
/// From this width on, the numbers before and after are shown.
const WITH_NUMBERS: u16 = 56;
/// From this width on, the bar is shown.
const WITH_BAR: u16 = 72;
/// From this width on, the interval and the number of pairs are shown.
const WITH_INTERVAL: u16 = 96;
/// The ratio at the ends of the bar; for a rate the difference.
const END_RATIO: f64 = 2.5;
const END_DIFFERENCE: f64 = 0.25;

impl OverlayView for ComparisonOverlay {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let title = format!(
            "{}: before and since {}",
            self.rollout.name.one_line(),
            model.clock(self.rollout.since)
        );
        let count = self.metrics.as_ref().map_or(0, Vec::len);
        let lines = u16::try_from(count).unwrap_or(u16::MAX).max(1);
        let height = lines.saturating_add(DETAIL_LINES + 3);
        let inside = popup::open(context, &title, (116, height), area, canvas);
        let Some(metrics) = &self.metrics else {
            popup::write(context, "comparing…", context.theme.dim, inside, canvas);
            return None;
        };
        if metrics.is_empty() {
            draw_nothing(context, inside, canvas);
            return None;
        }
        let has_detail = inside.height > lines.saturating_add(4);
        let detail = if has_detail { DETAIL_LINES } else { 0 };
        let rows = [
            Constraint::Length(u16::from(inside.height > 3)),
            Constraint::Max(lines),
            Constraint::Max(detail),
        ];
        let [head, above, below] = Layout::vertical(rows).areas(inside);
        draw_headings(context, head, canvas);
        for (line, index) in list::lines(context, self.selected, count, above, canvas, screen) {
            draw_metric(context, &metrics[index], line, canvas);
        }
        if let Some(metric) = metrics.get(self.selected) {
            draw_detail(context, metric, below, canvas);
        }
        None
    }
}

fn draw_nothing(context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let texts = [
        "nothing to compare: no tenant has runs before and since the start",
        "hgtop history learn fills the history",
    ];
    for (line, text) in area.rows().zip(texts) {
        popup::write(context, text, context.theme.dim, line, canvas);
    }
}

/// The columns of a line; one without room has no width.
fn columns(line: Rect) -> [Rect; 7] {
    let width = |shown_from: u16, cells: u16| {
        Constraint::Length(if line.width >= shown_from { cells } else { 0 })
    };
    Layout::horizontal([
        Constraint::Fill(1),
        width(WITH_NUMBERS, 19),
        Constraint::Length(9),
        width(WITH_BAR, BAR_WIDTH + 1),
        width(WITH_INTERVAL, 15),
        width(WITH_INTERVAL, 6),
        Constraint::Length(13),
    ])
    .areas(line)
}

fn draw_headings(context: &RenderContext, line: Rect, canvas: &mut Buffer) {
    let [metric, numbers, shift, _, interval, pairs, result] = columns(line);
    let arrow = format!("before {} after", context.glyphs.arrow);
    for (text, place) in [
        ("metric", metric),
        (arrow.as_str(), numbers),
        ("shift", shift),
        ("interval", interval),
        ("pairs", pairs),
        ("result", result),
    ] {
        popup::write(context, text, context.theme.heading, place, canvas);
    }
}

fn draw_metric(context: &RenderContext, metric: &ComparedMetric, line: Rect, canvas: &mut Buffer) {
    let [name, numbers, shift, bar, interval, pairs, result] = columns(line);
    let label = match &metric.cohort {
        Some(cohort) => format!("{} {}", cohort.one_line(), metric.name()),
        None => metric.name(),
    };
    let style = result_style(context, metric);
    popup::write(context, &label, Style::new(), name, canvas);
    let change = format!(
        "{} {} {}",
        metric.before_label(),
        context.glyphs.arrow,
        metric.after_label()
    );
    popup::write(context, &change, Style::new(), numbers, canvas);
    popup::write(context, &metric.shift_label(), style, shift, canvas);
    draw_bar(context, metric, style, bar, canvas);
    let dim = context.theme.dim;
    popup::write(context, &metric.interval_label(), dim, interval, canvas);
    popup::write(context, &metric.pairs.to_string(), dim, pairs, canvas);
    popup::write(context, metric.result.label(), style, result, canvas);
}

/// The color of a result: worse, better, or neither.
fn result_style(context: &RenderContext, metric: &ComparedMetric) -> Style {
    let theme = &context.theme;
    match (metric.result, metric.metric) {
        (ComparisonResult::Slower, _) | (ComparisonResult::Higher, Metric::FailureRate) => {
            theme.state(State::Failed)
        }
        (ComparisonResult::Faster, _) | (ComparisonResult::Lower, Metric::FailureRate) => {
            theme.state(State::Completed)
        }
        (ComparisonResult::Higher | ComparisonResult::Lower, _) => theme.warning,
        (ComparisonResult::NoDifference, _) => Style::new(),
        (ComparisonResult::Inconclusive, _) => theme.dim,
    }
}

/// Draws the interval as a line around the estimate; "no change" is in the
/// middle.
fn draw_bar(
    context: &RenderContext,
    metric: &ComparedMetric,
    style: Style,
    area: Rect,
    canvas: &mut Buffer,
) {
    if area.width == 0 {
        return;
    }
    let cell = |shift: f64| {
        let share = if metric.metric.is_ratio() {
            shift.ln() / END_RATIO.ln()
        } else {
            shift / END_DIFFERENCE
        };
        let half = f64::from(BAR_WIDTH / 2);
        #[expect(clippy::cast_possible_truncation, reason = "clamped to the bar")]
        let offset = (share.clamp(-1.0, 1.0) * half).round() as i32;
        offset + i32::from(BAR_WIDTH / 2)
    };
    let (low, mark, high) = (cell(metric.low), cell(metric.shift), cell(metric.high));
    let glyphs = context.glyphs;
    let spans = (0..i32::from(BAR_WIDTH)).map(|index| {
        if index == mark {
            Span::styled(glyphs.marked, style)
        } else if index == i32::from(BAR_WIDTH / 2) {
            Span::styled(glyphs.vertical, context.theme.dim)
        } else if (low..=high).contains(&index) {
            Span::styled(glyphs.horizontal, style)
        } else {
            Span::raw(" ")
        }
    });
    spans.collect::<Line<'_>>().render(area, canvas);
}

fn draw_detail(context: &RenderContext, metric: &ComparedMetric, area: Rect, canvas: &mut Buffer) {
    let theme = &context.theme;
    let rule = context.glyphs.horizontal.repeat(usize::from(area.width));
    let s = if metric.pairs == 1 { "" } else { "s" };
    let interval = match metric.interval_label() {
        label if label.is_empty() => "no interval yet".to_owned(),
        label => format!("interval {label}"),
    };
    let summary = format!(
        "{}: {}, {} ({interval}, {} pair{s})",
        metric.name(),
        metric.result.label(),
        metric.shift_label(),
        metric.pairs
    );
    let mut lines = vec![
        (rule, theme.border),
        (summary, result_style(context, metric)),
    ];
    if metric.worst.is_empty() {
        lines.push(("no tenant got notably worse".to_owned(), theme.dim));
    }
    let arrow = context.glyphs.arrow;
    for worst in &metric.worst {
        let number = |number| metric.metric.number_label(number);
        let change = format!("{} {arrow} {}", number(worst.before), number(worst.after));
        let tenant = Text::new(worst.tenant.as_str()).one_line();
        lines.push((format!("{change:<22} {tenant}"), Style::new()));
    }
    lines.push((
        "at most 5 % of tables contain a false finding, however often you look".to_owned(),
        theme.dim,
    ));
    for (line, (text, style)) in area.rows().zip(lines) {
        popup::write(context, &text, style, line, canvas);
    }
}
