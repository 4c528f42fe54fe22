//! The whole rollout as one stacked bar.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::Model;
use crate::hotglue::State;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{cells, put};

/// What stands at the left, what at the right.
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
    let mut label = format!("{}/{} done", counts.finished(), counts.total());
    let eta = model
        .forecast
        .eta(counts.total() - counts.finished(), model.shown_now());
    if let Some(eta) = eta {
        let unicode = model.settings.appearance().unicode;
        label.push_str(&format!(" {} {}", context.glyphs.dot, eta.label(unicode)));
    }
    let room = area.width.saturating_sub(cells(&label) + 5);
    let [left, right] = context.glyphs.bar_ends;
    let mut x = area.x + 1;
    x += put(canvas, x, area.y, 1, left, context.theme.border);
    for (state, width) in STACK
        .into_iter()
        .zip(shares(STACK.map(|state| counts.of(state)), room))
    {
        let part = context.glyphs.bar(state).repeat(usize::from(width));
        x += put(canvas, x, area.y, width, &part, context.theme.state(state));
    }
    x += put(canvas, x, area.y, 1, right, context.theme.border) + 1;
    put(
        canvas,
        x,
        area.y,
        area.right().saturating_sub(x),
        &label,
        context.theme.dim,
    );
}

/// Divides a width by counts. Every count above zero gets a cell at least,
/// and together they fill the width.
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
    // What rounding left over or took too much, the largest part bears.
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
        fn parts_fill_the_bar(counts: [u16; 6], width in 6_u16..300) {
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
