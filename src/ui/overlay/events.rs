//! The event log, the newest event last.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{EventsOverlay, Model};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for EventsOverlay {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let count = model.events.len();
        let title = format!("Events ({count})");
        let size = (area.width, area.height);
        let inside = popup::open(context, &title, size, area, canvas);
        if count == 0 {
            popup::write(context, "no events yet", context.theme.dim, inside, canvas);
            return None;
        }
        let room = usize::from(inside.height);
        let end = count.saturating_sub(self.back).max(room.min(count));
        let first = end.saturating_sub(room);
        let columns = [
            Constraint::Length(14),
            Constraint::Max(30),
            Constraint::Length(2),
            Constraint::Fill(2),
        ];
        for (line, event) in inside.rows().zip(model.events.range(first..end)) {
            let [time, name, _, status] = Layout::horizontal(columns).areas(line);
            let seen = model.clock(event.seen);
            popup::write(context, &seen, context.theme.dim, time, canvas);
            popup::write(context, &event.name.one_line(), Style::new(), name, canvas);
            let mut spans = Vec::new();
            if let Some(from) = &event.from {
                let from = format!("{from} {} ", context.glyphs.arrow);
                spans.push(Span::styled(from, context.theme.dim));
            }
            let style = context.theme.state(event.to.state());
            spans.push(Span::styled(event.to.as_str(), style));
            Line::from(spans).render(status, canvas);
        }
        None
    }
}
