//! The views as tabs above the table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::text::{Line, Span};

use crate::app::{ClickTarget, Model};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::draw::Draw;

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let table = model.jobs.table();
    let views = model.views.iter().enumerate();
    let views = views.map(|(index, view)| {
        let count = table.view_counts().get(index).copied();
        (Some(index), view.name.as_str(), count)
    });
    let total = model.jobs.counts().total();
    let tabs: Vec<_> = std::iter::once((None, "all", Some(total)))
        .chain(views)
        .map(|(view, name, count)| {
            let style = if view == model.view {
                context.theme.accent
            } else {
                context.theme.dim
            };
            let mut tab = Line::default();
            if view.is_some() {
                tab.push_span(Span::styled(context.glyphs.vertical, context.theme.border));
                tab.push_span(" ");
            }
            tab.push_span(Span::styled(name, style));
            if let Some(count) = count {
                tab.push_span(Span::styled(format!(" {count}"), context.theme.dim));
            }
            (view, tab)
        })
        .collect();
    let widths: Vec<_> = tabs
        .iter()
        .map(|(_, tab)| u16::try_from(tab.width()).unwrap_or(u16::MAX))
        .collect();
    let areas = side_by_side(area.inner(Margin::new(1, 0)), 1, widths);
    for ((view, tab), area) in tabs.into_iter().zip(areas) {
        tab.draw(area, canvas);
        screen.add(area, ClickTarget::View(view));
    }
}
