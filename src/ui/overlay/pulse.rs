//! The pulse over the table, below the header.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::widgets::{Clear, Widget};

use crate::app::{Model, Pulse};
use crate::ui::insights::pulse;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for Pulse {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let below = area.inner(Margin::new(0, 1));
        Clear.render(below, canvas);
        canvas.set_style(below, context.theme.ground);
        pulse::draw(model, context, below, canvas);
        None
    }
}
