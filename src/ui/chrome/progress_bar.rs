//! The whole rollout as one stacked bar.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::Model;
use crate::hotglue::State;
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
    let unfinished = counts.total() - counts.finished();
    let mut label = format!("{}/{} finished", counts.finished(), counts.total());
    if let Some(eta) = model.forecast.eta(unfinished, model.shown_now()) {
        let eta = eta.label(model.settings.appearance().unicode);
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
    let shares = shares(STACK.map(|state| counts.of(state)), bar_area.width);
    let bar = STACK.into_iter().zip(shares).map(|(state, width)| {
        let part = context.glyphs.bar(state).repeat(usize::from(width));
        Span::styled(part, context.theme.state(state))
    });
    Span::styled(left, context.theme.border).render(left_area, canvas);
    bar.collect::<Line>().render(bar_area, canvas);
    Span::styled(right, context.theme.border).render(right_area, canvas);
    Span::styled(label, context.theme.dim).render(label_area, canvas);
}

/// Divides a width in proportion to counts. Every count above zero gets at least
/// one cell, and together they fill the width.
fn shares(counts: [usize; 6], width: u16) -> [u16; 6] {
    let total: usize = counts.iter().sum();
    let mut shares = [0; 6];
    if total == 0 {
        return shares;
    }
    let mut used = 0;
    for (share, count) in shares.iter_mut().zip(counts) {
        let exact = count * usize::from(width) / total;
        *share = u16::try_from(exact.max(usize::from(count > 0))).unwrap_or(width);
        used += *share;
    }
    // The largest part absorbs what rounding left over or took too much.
    if let Some(largest) = shares.iter_mut().max() {
        *largest = (*largest + width).saturating_sub(used);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn shares_fill_the_bar_and_show_every_count(counts: [u16; 6], width in 6_u16..300) {
            let counts = counts.map(usize::from);
            proptest::prop_assume!(counts.iter().sum::<usize>() > 0);
            let shares = shares(counts, width);
            proptest::prop_assert_eq!(shares.iter().sum::<u16>(), width);
            for (share, count) in shares.into_iter().zip(counts) {
                proptest::prop_assert_eq!(share > 0, count > 0);
            }
        }
    }
}
