//! The whole rollout as one stacked bar.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};

use crate::app::{Model, StateCounts};
use crate::hotglue::State;
use crate::report::shares;
use crate::rollout::ForecastScope;
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::cells;

/// The states, from left to right.
const STACK: [State; 6] = [
    State::Completed,
    State::Failed,
    State::Cancelled,
    State::Running,
    State::Unknown,
    State::Queued,
];

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let counts = model.jobs.counts();
    let mut label = format!("{}/{} finished", counts.finished(), counts.total());
    if let Some(eta) = model.forecast.eta(&ForecastScope::All) {
        let eta = eta.label(model.shown_now(), model.settings.appearance().unicode);
        label.push_str(&format!(" {} {eta}", context.glyphs.dot));
    }
    let area = area.inner(Margin::new(1, 0));
    let [left, right] = context.glyphs.bar_ends;
    let [left_area, bar_area, right_area, label_area] = area.layout(&Layout::horizontal([
        Constraint::Length(cells(left)),
        Constraint::Fill(1),
        Constraint::Length(cells(right) + 1),
        Constraint::Length(cells(&label)),
    ]));
    Span::styled(left, context.theme.border).draw(left_area, canvas);
    draw_bar(context, counts, bar_area, canvas);
    Span::styled(right, context.theme.border).draw(right_area, canvas);
    Span::styled(label, context.theme.dim).draw(label_area, canvas);
}

/// Draws counts as a stacked bar without ends.
pub(in crate::ui) fn draw_bar(
    context: &RenderContext,
    counts: StateCounts,
    area: Rect,
    canvas: &mut Buffer,
) {
    let states = STACK.map(|state| (state, counts.of(state)));
    let parts = states
        .into_iter()
        .chain([(State::Queued, counts.pending() + counts.not_started())]);
    let shares = shares(parts.clone().map(|(_, count)| count), area.width);
    let bar = parts
        .zip(shares)
        .map(|((state, _), width)| context.bar(state, width));
    bar.collect::<Line>().draw(area, canvas);
}
