//! The menu of columns.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::app::{ColumnsMenu, Model};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::table;

impl OverlayView for ColumnsMenu {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let (columns, group_by) = (model.jobs.table().columns(), model.jobs.table().group_by());
        let table = model.layout.heading.width;
        let table = table.saturating_sub(table::indent(group_by));
        let choices = columns.choices();
        let height = u16::try_from(choices.len()).unwrap_or(0) + 2;
        let inside = popup::open(context, "Columns", (34, height), area, canvas);
        for (line, index) in list::lines(
            context,
            self.selected,
            choices.len(),
            inside,
            canvas,
            screen,
        ) {
            let (column, is_shown) = choices[index];
            let (mark, style) = if is_shown {
                ("[x]", Style::new())
            } else {
                ("[ ]", context.theme.dim)
            };
            let title = column.title().replace('→', context.glyphs.arrow);
            popup::write(context, &format!("{mark} {title}"), style, line, canvas);
            if let Some(reason) = columns.absence(column, table, group_by.column()) {
                Line::styled(reason, context.theme.warning)
                    .right_aligned()
                    .render(line, canvas);
            }
        }
        None
    }
}
