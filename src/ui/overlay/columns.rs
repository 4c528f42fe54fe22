//! The menu of columns.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{ColumnsMenu, Model};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::style::RenderContext;

impl OverlayView for ColumnsMenu {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
    ) -> Option<Position> {
        let choices = model.jobs.table().columns().choices();
        let height = u16::try_from(choices.len()).unwrap_or(0) + 2;
        let inside = popup::open(context, "Columns", (34, height), area, canvas);
        for (line, index) in list::lines(context, self.selected, choices.len(), inside, canvas) {
            let (column, is_shown) = choices[index];
            let (mark, style) = if is_shown {
                ("[x]", Style::new())
            } else {
                ("[ ]", context.theme.dim)
            };
            let title = column.title().replace('→', context.glyphs.arrow);
            popup::write(context, &format!("{mark} {title}"), style, line, canvas);
        }
        None
    }
}
