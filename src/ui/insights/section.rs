//! The frame of a section, and numbers in its title.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Padding, Widget};

use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;

/// Draws a frame with a title and what is to be said beside it, and returns the
/// area inside.
pub(super) fn open(
    context: &RenderContext,
    title: &str,
    beside: impl IntoIterator<Item = Span<'static>>,
    area: Rect,
    canvas: &mut Buffer,
) -> Rect {
    let mut line = Line::from(Span::styled(format!(" {title} "), context.theme.accent));
    for span in beside {
        line.push_span(span);
        line.push_span(" ");
    }
    let width = area.width.saturating_sub(4);
    let block = Block::bordered()
        .border_set(context.glyphs.border)
        .border_style(context.theme.border)
        .title(context.fitted_line(line.spans, width))
        .padding(Padding::horizontal(1));
    let inside = block.inner(area);
    block.render(area, canvas);
    inside
}

/// What a section says that has nothing to show yet.
pub(super) fn empty(context: &RenderContext, text: &'static str, area: Rect, canvas: &mut Buffer) {
    if let Some(line) = area.rows().next() {
        let style = Style::new().patch(context.theme.dim);
        Span::styled(
            context.fitted(text, line.width, crate::ui::style::text::Cut::End),
            style,
        )
        .draw(line, canvas);
    }
}
