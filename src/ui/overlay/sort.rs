//! The menu of columns to sort by.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::app::{Model, Sort, SortMenu};
use crate::ui::overlay::view::OverlayView;
use crate::ui::overlay::{list, popup};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for SortMenu {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let count = Sort::CHOICES.len();
        let height = u16::try_from(count).unwrap_or(0) + 2;
        let inside = popup::open(context, "Sort by", (34, height), area, canvas);
        let current = model.jobs.table().settings().sort;
        for (line, index) in list::lines(context, self.selected, count, inside, canvas, screen) {
            let column = Sort::CHOICES[index];
            let title = column.map_or("CONFIG ORDER", |column| column.title());
            let title = title.replace('→', context.glyphs.arrow);
            if column != current.column {
                popup::write(context, &title, Style::new(), line, canvas);
                continue;
            }
            popup::write(context, &title, context.theme.accent, line, canvas);
            let arrow = if current.reversed {
                context.glyphs.ascending
            } else {
                context.glyphs.descending
            };
            Line::styled(format!("{arrow} "), context.theme.accent)
                .right_aligned()
                .render(line, canvas);
        }
        None
    }
}
