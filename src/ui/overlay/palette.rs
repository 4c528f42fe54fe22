//! The command palette, and the line typed into it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{ActionList, Model};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;
use crate::ui::style::text::put;

/// The width of the actions' names.
const NAMES: u16 = 20;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    list: &ActionList,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let inside = popup::open(context, "Actions", 84, 22, area, canvas);
    let cursor = input_line(context, &list.input, inside, canvas);
    let lines = inside.height.saturating_sub(2);
    let first = list.at.saturating_sub(usize::from(lines.saturating_sub(1)));
    let ys = inside.top() + 2..inside.bottom();
    for (y, (at, action)) in ys.zip(list.actions.iter().enumerate().skip(first)) {
        let line = Rect {
            y,
            height: 1,
            ..inside
        };
        if at == list.at {
            canvas.set_style(line, context.theme.chosen);
        }
        let keys = model.keymap.keys(*action).join(" ");
        put(
            canvas,
            line.x,
            y,
            NAMES,
            &action.name().replace('_', " "),
            Style::new(),
        );
        let x = line.x + NAMES;
        put(canvas, x, y, 12, &keys, context.theme.accent);
        put(
            canvas,
            x + 13,
            y,
            line.right().saturating_sub(x + 13),
            action.description(),
            context.theme.dim,
        );
    }
    if list.actions.is_empty() {
        put(
            canvas,
            inside.x,
            inside.y + 2,
            inside.width,
            "no such action",
            context.theme.dim,
        );
    }
    cursor
}
