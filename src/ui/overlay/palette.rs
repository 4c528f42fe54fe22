//! The command palette.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;

use crate::app::{Model, Palette};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;

/// The widths of names and keys.
const COLUMNS: [Constraint; 3] = [
    Constraint::Length(20),
    Constraint::Length(13),
    Constraint::Min(0),
];

impl OverlayView for Palette {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let inside = popup::open(context, "Actions", (84, 22), area, canvas);
        let cursor = input_line(context, &self.list.input, inside, canvas);
        let rows = [Constraint::Length(2), Constraint::Min(0)];
        let [_, below] = Layout::vertical(rows).areas(inside);
        let entries = &self.list.entries;
        let overlay_context = model.overlay_context();
        for (line, index) in list::lines(
            context,
            self.list.selected,
            entries.len(),
            below,
            canvas,
            screen,
        ) {
            let entry = entries[index];
            let [name, keys, description] = Layout::horizontal(COLUMNS).areas(line);
            let label = entry.label(&overlay_context);
            popup::write(context, &label, Style::new(), name, canvas);
            let bound = entry.keys(&overlay_context).join(" ");
            popup::write(context, &bound, context.theme.accent, keys, canvas);
            let (text, style) = (entry.description(&overlay_context), context.theme.dim);
            popup::write(context, &text, style, description, canvas);
        }
        if entries.is_empty() {
            popup::write(context, "no such action", context.theme.dim, below, canvas);
        }
        Some(cursor)
    }
}
