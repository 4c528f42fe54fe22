//! The frame of everything that lies over the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Widget};

use crate::ui::style::RenderContext;

/// Draws an empty popup in the middle, at most as large as asked for, and
/// answers the room inside.
pub(super) fn open(
    context: &RenderContext,
    title: &str,
    width: u16,
    height: u16,
    area: Rect,
    canvas: &mut Buffer,
) -> Rect {
    // One that would leave only a seam at the sides takes the sides too.
    let full = width + 2 >= area.width;
    let width = if full { area.width } else { width };
    let height = height.min(area.height.saturating_sub(2));
    let popup = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    Clear.render(popup, canvas);
    canvas.set_style(popup, context.theme.ground);
    let block = Block::bordered()
        .border_set(context.glyphs.border)
        .border_style(context.theme.border)
        .title(format!(" {title} "))
        .title_style(context.theme.accent);
    let inside = block.inner(popup);
    block.render(popup, canvas);
    Rect {
        x: inside.x + 1,
        width: inside.width.saturating_sub(2),
        ..inside
    }
}
