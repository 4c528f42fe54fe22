//! Completions and failures over time, and their current rates.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::symbols::bar;
use ratatui::text::Span;
use ratatui::widgets::{Sparkline, Widget};

use super::section;
use crate::app::Model;
use crate::hotglue::State;
use crate::ui::style::RenderContext;

/// Bars for terminals without Unicode.
const ASCII_BARS: bar::Set<'static> = bar::Set {
    full: "#",
    seven_eighths: "#",
    three_quarters: "#",
    five_eighths: "+",
    half: "+",
    three_eighths: "-",
    one_quarter: "-",
    one_eighth: ".",
    empty: " ",
};

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let now = model.shown_now();
    let [completed, failed] = model.jobs.tallies().activity.rates(now);
    let theme = &context.theme;
    let calm = |state| theme.state(state).remove_modifier(Modifier::BOLD);
    let rate = |rate: f64, unit: &str, style: Style| {
        Span::styled(format!("{}{unit}", number(rate)), style)
    };
    let beside = [
        rate(completed, "/min", calm(State::Completed)),
        rate(failed, " failed/min", calm(State::Failed)),
    ];
    let inside = section::open(context, "Throughput", beside, area, canvas);
    if inside.is_empty() {
        return;
    }
    let steps = model.burn_up(usize::from(inside.width));
    if steps
        .points
        .iter()
        .all(|point| point.completed + point.failed == 0)
    {
        section::empty(context, "no job has finished yet", inside, canvas);
        return;
    }
    // Few steps are drawn wider, so that they fill the section.
    let wide = usize::from(inside.width) / steps.points.len().max(1);
    let stretched = |count: &dyn Fn(usize) -> usize| -> Vec<u64> {
        let counts = (0..steps.points.len()).map(count);
        let counts = counts.map(|count| u64::try_from(count).unwrap_or(u64::MAX));
        counts
            .flat_map(|count| std::iter::repeat_n(count, wide.max(1)))
            .collect()
    };
    let completions = stretched(&|index| steps.points[index].completed);
    let failures = stretched(&|index| steps.points[index].failed);
    let most = completions
        .iter()
        .chain(&failures)
        .copied()
        .max()
        .unwrap_or(1);
    let below = if inside.height >= 3 {
        inside.height / 3
    } else {
        0
    };
    let rows = [Constraint::Fill(1), Constraint::Length(below)];
    let [above, below] = inside.layout(&Layout::vertical(rows));
    for (area, data, state) in [
        (above, completions, State::Completed),
        (below, failures, State::Failed),
    ] {
        let share = u64::from(area.height) * most / u64::from(above.height.max(1));
        bars(context, data, Some(share.max(1)), calm(state), area, canvas);
    }
}

/// Draws values as bars; the largest fills the area, unless a maximum is given.
pub(in crate::ui) fn bars(
    context: &RenderContext,
    data: Vec<u64>,
    most: Option<u64>,
    style: Style,
    area: Rect,
    canvas: &mut Buffer,
) {
    let set = if context.glyphs.is_ascii() {
        ASCII_BARS
    } else {
        bar::NINE_LEVELS
    };
    let most = most.or_else(|| data.iter().copied().max());
    Sparkline::default()
        .data(data)
        .max(most.unwrap_or(1).max(1))
        .bar_set(set)
        .style(style)
        .render(area, canvas);
}

/// A rate with one digit after the point, where that matters.
pub(super) fn number(rate: f64) -> String {
    if rate == 0.0 || rate >= 20.0 {
        format!("{rate:.0}")
    } else {
        format!("{rate:.1}")
    }
}
