//! The event log, newest last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Model;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted, put};

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    back: usize,
    area: Rect,
    canvas: &mut Buffer,
) {
    let count = model.events.len();
    let title = format!("Events ({count})");
    let inside = popup::open(context, &title, area.width, area.height, area, canvas);
    if count == 0 {
        put(
            canvas,
            inside.x,
            inside.y,
            inside.width,
            "nothing has happened yet",
            context.theme.dim,
        );
        return;
    }
    let room = usize::from(inside.height);
    let end = count.saturating_sub(back).max(room.min(count));
    let first = end.saturating_sub(room);
    for (y, event) in (inside.top()..inside.bottom()).zip(model.events.range(first..end)) {
        let mut x = inside.x;
        let rest = |x: u16| inside.right().saturating_sub(x);
        x += put(
            canvas,
            x,
            y,
            rest(x),
            &format!("{:<14}", model.clock(event.seen)),
            context.theme.dim,
        );
        let name = fitted(
            event.name.as_str(),
            30.min(rest(x) / 3),
            Cut::End,
            context.glyphs.ellipsis,
        );
        put(canvas, x, y, rest(x), &name, Style::new());
        x += 30.min(rest(x) / 3) + 2;
        if let Some(from) = &event.from {
            let from = format!("{from} {} ", context.glyphs.arrow);
            x += put(canvas, x, y, rest(x), &from, context.theme.dim);
        }
        let style = context.theme.state(event.to.state());
        put(canvas, x, y, rest(x), event.to.as_str(), style);
    }
}
