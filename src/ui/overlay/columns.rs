//! The choice and order of the columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::Model;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::put;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    at: usize,
    area: Rect,
    canvas: &mut Buffer,
) {
    let choices = model.jobs.table().columns().choices();
    let height = u16::try_from(choices.len()).unwrap_or(0) + 2;
    let inside = popup::open(context, "Columns", 34, height, area, canvas);
    let first = at.saturating_sub(usize::from(inside.height.saturating_sub(1)));
    for (y, (place, (column, wanted))) in
        (inside.top()..inside.bottom()).zip(choices.iter().enumerate().skip(first))
    {
        if place == at {
            canvas.set_style(
                Rect {
                    y,
                    height: 1,
                    ..inside
                },
                context.theme.chosen,
            );
        }
        let (mark, style) = if *wanted {
            ("[x] ", Style::new())
        } else {
            ("[ ] ", context.theme.dim)
        };
        let used = put(canvas, inside.x, y, inside.width, mark, style);
        let title = column.title().replace('→', context.glyphs.arrow);
        put(
            canvas,
            inside.x + used,
            y,
            inside.width.saturating_sub(used),
            &title,
            style,
        );
    }
}
