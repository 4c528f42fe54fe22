//! Single-line text inputs: what is visible of them and where the cursor is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::Input;

use crate::ui::style::RenderContext;
use crate::ui::style::text::{cells, put};

/// The first line of a popup, in which the user types.
pub(in crate::ui) fn input_line(
    context: &RenderContext,
    input: &Input,
    inside: Rect,
    canvas: &mut Buffer,
) -> Position {
    let used = put(
        canvas,
        inside.x,
        inside.y,
        inside.width,
        "> ",
        context.theme.accent,
    );
    let room = inside.width.saturating_sub(used + 1);
    let hidden = input.visual_scroll(usize::from(room.max(1)));
    let text = skip_cells(input.value(), hidden);
    put(canvas, inside.x + used, inside.y, room, &text, Style::new());
    let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
    Position::new(inside.x + used + column.min(room), inside.y)
}

/// The text without its first `hidden` cells.
pub(in crate::ui) fn skip_cells(text: &str, hidden: usize) -> String {
    let mut skipped = 0;
    text.chars()
        .skip_while(|c| {
            let hide = skipped < hidden;
            skipped += usize::from(cells(c.encode_utf8(&mut [0; 4])));
            hide
        })
        .collect()
}
