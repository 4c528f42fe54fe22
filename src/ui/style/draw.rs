//! Text drawn into cells. Most text is ASCII, of which each byte is a cell; all
//! other text is left to ratatui, which divides it into graphemes first. That
//! would be most of the work of a frame.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::areas::after;
use super::text::cells;

/// Text that is drawn from the left edge of an area, as far as it fits, with
/// the same result as ratatui's `Widget::render`.
pub(in crate::ui) trait Draw {
    fn draw(&self, area: Rect, canvas: &mut Buffer);
}

impl Draw for Span<'_> {
    fn draw(&self, area: Rect, canvas: &mut Buffer) {
        let area = area.intersection(canvas.area);
        let text = self.content.as_bytes();
        if area.is_empty() || !text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            self.render(area, canvas);
            return;
        }
        let text = &text[..text.len().min(usize::from(area.width))];
        let start = canvas.index_of(area.x, area.y);
        for (cell, byte) in canvas.content[start..].iter_mut().zip(text) {
            cell.set_char(char::from(*byte)).set_style(self.style);
        }
    }
}

impl Draw for Line<'_> {
    fn draw(&self, area: Rect, canvas: &mut Buffer) {
        let area = area.intersection(canvas.area);
        let area = Rect {
            height: area.height.min(1),
            ..area
        };
        let widths = self.spans.iter().map(|span| cells(&span.content));
        let width = widths.fold(0, u16::saturating_add);
        if width == 0 {
            return;
        }
        let Some(free) = area.width.checked_sub(width) else {
            self.render(area, canvas);
            return;
        };
        let before = match self.alignment {
            None | Some(Alignment::Left) => 0,
            Some(Alignment::Center) => free / 2,
            Some(Alignment::Right) => free,
        };
        canvas.set_style(area, self.style);
        let mut rest = after(area, before);
        for span in &self.spans {
            let width = cells(&span.content);
            if width > 0 {
                span.draw(rest, canvas);
                rest = after(rest, width);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Style};

    use super::*;

    /// Draws in both ways over the same cells.
    fn both<T: Draw + Clone + Widget>(text: T, area: Rect) -> [Buffer; 2] {
        let canvas = Rect::new(0, 0, 12, 3);
        let mut drawn = Buffer::empty(canvas);
        drawn.set_style(canvas, Style::new().bg(Color::Blue));
        let mut rendered = drawn.clone();
        text.draw(area, &mut drawn);
        text.render(area, &mut rendered);
        [drawn, rendered]
    }

    proptest! {
        #[test]
        fn text_is_drawn_as_ratatui_renders_it(
            first in "[ -~]{0,9}", second in "\\PC{0,5}",
            x in 0_u16..14, width in 0_u16..14, alignment in 0..4,
        ) {
            let area = Rect::new(x, 1, width, 2);
            let style = Style::new().fg(Color::Red);
            let span = Span::styled(first, style);
            let [drawn, rendered] = both(span.clone(), area);
            prop_assert_eq!(drawn, rendered);
            let line = Line::from(vec![span, Span::raw(second)]).style(Style::new().bold());
            let line = match alignment {
                0 => line,
                1 => line.left_aligned(),
                2 => line.centered(),
                _ => line.right_aligned(),
            };
            let [drawn, rendered] = both(line, area);
            prop_assert_eq!(drawn, rendered);
        }
    }
}
