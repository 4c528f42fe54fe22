//! The frame of an overlay.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::{Block, Clear, Padding, Widget};

use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted};

/// Fewer cells of the table beside a frame say nothing.
const SLIVER: u16 = 8;

/// Draws an empty frame in the middle of the area, at most of the given size,
/// and returns the area inside.
pub(super) fn open(
    context: &RenderContext,
    title: &str,
    (width, height): (u16, u16),
    area: Rect,
    canvas: &mut Buffer,
) -> Rect {
    // Rather than leave slivers of the table at the sides, above or below, the
    // frame takes them too.
    let is_full = width.saturating_add(2 * SLIVER) >= area.width;
    let width = if is_full { area.width } else { width };
    let most = area.height.saturating_sub(2);
    let height = if height.saturating_add(SLIVER) >= most {
        most
    } else {
        height
    };
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    Clear.render(frame, canvas);
    canvas.set_style(frame, context.theme.ground);
    let block = Block::bordered()
        .border_set(context.glyphs.border)
        .border_style(context.theme.border)
        .title(format!(" {title} "))
        .title_style(context.theme.accent)
        .padding(Padding::horizontal(1));
    let inside = block.inner(frame);
    block.render(frame, canvas);
    inside
}

/// The one line at this offset from the top of an area, empty below its end.
pub(super) fn line(area: Rect, offset: u16) -> Rect {
    Rect {
        y: area.y.saturating_add(offset).min(area.bottom()),
        height: u16::from(offset < area.height),
        ..area
    }
}

/// Writes text on a line, with an ellipsis where it does not fit.
pub(super) fn write(
    context: &RenderContext,
    text: &str,
    style: Style,
    line: Rect,
    canvas: &mut Buffer,
) {
    let text = fitted(text, line.width, Cut::End, context.glyphs.ellipsis);
    Span::styled(text, style).render(line, canvas);
}
