//! The headings of the columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::{ClickTarget, Model, PlacedColumn};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    columns: &[PlacedColumn],
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let sort = model.jobs.table().settings().sort;
    for &PlacedColumn { column, x, width } in columns {
        let title = column.title().replace('→', context.glyphs.arrow);
        let sorted = sort.column == Some(column);
        let title = if sorted && cells(&title) + 1 < width {
            format!("{title} {}", context.glyphs.sort_arrow(sort.reversed))
        } else {
            title
        };
        let style = if sorted {
            context.theme.accent
        } else {
            context.theme.heading
        };
        let cell = Rect {
            x: area.x + x,
            width,
            ..area
        };
        let heading = Line::from(Span::styled(context.fitted(title, width, Cut::End), style));
        if column.is_right_aligned() {
            heading.right_aligned().draw(cell, canvas);
        } else {
            heading.draw(cell, canvas);
        }
        screen.add(cell, ClickTarget::Heading(column));
    }
}
