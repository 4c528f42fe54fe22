//! Lists in overlays: which items are visible, and the selected one
//! highlighted; the mouse selects and scrolls.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{ClickTarget, Pane};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

/// The lines of an area with the index of the item on each, scrolled so that
/// the selected item is visible. Its line is highlighted.
pub(super) fn lines(
    context: &RenderContext,
    selected: usize,
    count: usize,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) -> impl Iterator<Item = (Rect, usize)> + use<> {
    let room = usize::from(area.height);
    let first = (selected + 1).saturating_sub(room);
    let lines: Vec<_> = area.rows().zip(first..count).collect();
    if let Some((line, _)) = lines.iter().find(|(_, index)| *index == selected) {
        canvas.set_style(*line, context.theme.chosen);
    }
    screen.add_pane(area, Pane::Overlay);
    for (line, index) in &lines {
        screen.add(*line, ClickTarget::OverlayLine(*index));
    }
    lines.into_iter()
}
