//! Single-line text inputs: what is visible of them and where the cursor is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;
use ratatui::widgets::Widget;

use super::areas::after;
use super::context::RenderContext;
use super::text::cells;
use crate::app::LineInput;

/// Draws the visible part of an input and returns the position of its cursor.
pub(in crate::ui) fn draw_input(input: &LineInput, area: Rect, canvas: &mut Buffer) -> Position {
    draw_as(input, |text| text, area, canvas)
}

/// Draws an input whose text must not be shown, as asterisks.
pub(in crate::ui) fn draw_secret(input: &LineInput, area: Rect, canvas: &mut Buffer) -> Position {
    let mask = |text: String| "*".repeat(text.chars().count());
    draw_as(input, mask, area, canvas)
}

fn draw_as(
    input: &LineInput,
    shown: impl Fn(String) -> String,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let text_width = area.width.saturating_sub(1);
    let hidden = input.visual_scroll(usize::from(text_width.max(1)));
    let text = skip_cells(input.value(), hidden);
    let text_area = Rect {
        width: text_width,
        ..area
    };
    Span::raw(shown(text)).render(text_area, canvas);
    let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
    Position::new(area.x + column.min(text_width), area.y)
}

/// Draws a prompt with the input after it, and returns the position of the
/// cursor.
pub(in crate::ui) fn draw_prompt(
    prompt: Span,
    input: &LineInput,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let width = cells(&prompt.content);
    prompt.render(area, canvas);
    draw_input(input, after(area, width), canvas)
}

/// The first line of an overlay in which the user types.
pub(in crate::ui) fn input_line(
    context: &RenderContext,
    input: &LineInput,
    inside: Rect,
    canvas: &mut Buffer,
) -> Position {
    let first_line = Rect {
        height: inside.height.min(1),
        ..inside
    };
    let prompt = Span::styled("> ", context.theme.accent);
    draw_prompt(prompt, input, first_line, canvas)
}

/// The text without its first `hidden` cells.
fn skip_cells(text: &str, hidden: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|c| {
            let hide = skipped < hidden;
            skipped += usize::from(cells(c.encode_utf8(&mut [0; 4])));
            hide
        })
        .collect()
}
