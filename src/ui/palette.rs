//! The command palette, and the line typed into it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use tui_input::Input;

use super::RenderContext;
use super::filter_bar::skip_cells;
use super::popup;
use super::text::put;
use crate::app::{ActionList, Model};

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
            action.words(),
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

/// The first line of a popup, in which the person types.
pub(super) fn input_line(
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
