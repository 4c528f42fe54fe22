//! Lists in overlays: which items are visible, and the selected one
//! highlighted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::style::RenderContext;

/// The lines of an area with the index of the item on each, scrolled so that
/// the selected item is visible. Its line is highlighted.
pub(super) fn lines(
    context: &RenderContext,
    selected: usize,
    count: usize,
    area: Rect,
    canvas: &mut Buffer,
) -> impl Iterator<Item = (Rect, usize)> + use<> {
    let room = usize::from(area.height);
    let first = (selected + 1).saturating_sub(room);
    let lines: Vec<_> = area.rows().zip(first..count).collect();
    if let Some((line, _)) = lines.iter().find(|(_, index)| *index == selected) {
        canvas.set_style(*line, context.theme.chosen);
    }
    lines.into_iter()
}
