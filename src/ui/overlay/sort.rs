//! The choice of the column to sort by.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Model, Sort};
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
    let height = u16::try_from(Sort::CHOICES.len()).unwrap_or(0) + 2;
    let inside = popup::open(context, "Sort by", 34, height, area, canvas);
    let now = model.jobs.table().settings().sort;
    let first = at.saturating_sub(usize::from(inside.height.saturating_sub(1)));
    for (y, (place, column)) in
        (inside.top()..inside.bottom()).zip(Sort::CHOICES.iter().enumerate().skip(first))
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
        let title = column.map_or("AS LISTED", |column| column.title());
        let title = title.replace('→', context.glyphs.arrow);
        let chosen = now.column == *column;
        let style = if chosen {
            context.theme.accent
        } else {
            Style::new()
        };
        put(canvas, inside.x, y, inside.width, &title, style);
        if chosen {
            let arrow = if now.reversed {
                context.glyphs.ascending
            } else {
                context.glyphs.descending
            };
            put(
                canvas,
                inside.right().saturating_sub(2),
                y,
                2,
                arrow,
                context.theme.accent,
            );
        }
    }
}
