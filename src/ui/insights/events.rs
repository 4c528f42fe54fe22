//! The last status changes, the newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::section;
use crate::app::Model;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::Cut;

/// The width of a status in cells.
const STATUS: u16 = 16;
/// The width of a time in cells.
const TIME: u16 = 8;

pub(super) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let inside = section::open(context, "Recent events", None, area, canvas);
    let count = model.events.len();
    if count == 0 {
        section::empty(context, "no events yet", inside, canvas);
        return;
    }
    let first = count.saturating_sub(usize::from(inside.height));
    let events: Vec<_> = model.events.range(first..count).collect();
    for (line, event) in inside.rows().zip(events.into_iter().rev()) {
        let name_width = line.width.saturating_sub(TIME + STATUS + 2);
        let state = event.to.state();
        let cells = [
            (TIME, model.clock(event.seen), context.theme.dim),
            (STATUS, event.to.to_string(), context.theme.state(state)),
            (name_width, event.name.one_line(), Style::new()),
        ];
        let areas = side_by_side(line, 1, cells.iter().map(|(width, ..)| *width));
        for ((width, text, style), area) in cells.clone().into_iter().zip(areas) {
            let text = context.fitted(text, width, Cut::Middle);
            Span::styled(text, style).draw(area, canvas);
        }
    }
}
