//! The whole rollout as one stacked bar.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Model, StateCounts};
use crate::hotglue::State;
use crate::rollout::ForecastScope;
use crate::ui::style::RenderContext;
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
    Span::styled(left, context.theme.border).render(left_area, canvas);
    draw_bar(context, counts, bar_area, canvas);
    Span::styled(right, context.theme.border).render(right_area, canvas);
    Span::styled(label, context.theme.dim).render(label_area, canvas);
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
    bar.collect::<Line>().render(area, canvas);
}

/// Divides a width among counts: one cell for every count above zero, the rest
/// in proportion. Together they fill the width.
fn shares(counts: impl Iterator<Item = usize> + Clone, width: u16) -> Vec<u16> {
    let total: usize = counts.clone().sum();
    let shown = counts.clone().filter(|&count| count > 0).count();
    let rest = usize::from(width).saturating_sub(shown);
    let share = |count: usize| {
        let in_proportion = (count * rest).checked_div(total).unwrap_or(0);
        u16::try_from(in_proportion + usize::from(count > 0)).unwrap_or(width)
    };
    let mut shares: Vec<_> = counts.clone().map(share).collect();
    let used: u16 = shares.iter().sum();
    // The largest count takes what rounding left over.
    let largest = shares
        .iter_mut()
        .zip(counts)
        .max_by_key(|(_, count)| *count);
    if let Some((largest, 1..)) = largest {
        *largest += width.saturating_sub(used);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_leave_a_cell_to_the_largest() {
        let counts = [37_604, 1, 1, 1, 0, 1, 28_206];
        assert_eq!(shares(counts.into_iter(), 7), [2, 1, 1, 1, 0, 1, 1]);
    }

    proptest::proptest! {
        #[test]
        fn shares_fill_the_bar_and_show_every_count(counts: [u16; 7], width in 7_u16..300) {
            let counts = counts.map(usize::from);
            proptest::prop_assume!(counts.iter().sum::<usize>() > 0);
            let shares = shares(counts.iter().copied(), width);
            proptest::prop_assert_eq!(shares.iter().sum::<u16>(), width);
            for (share, count) in shares.into_iter().zip(counts) {
                proptest::prop_assert_eq!(share > 0, count > 0);
            }
        }
    }
}
