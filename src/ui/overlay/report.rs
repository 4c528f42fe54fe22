//! The form that asks where the report of a rollout is written to.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::{Model, ReportForm};
use crate::ui::overlay::field::{Content, Field};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

impl OverlayView for ReportForm {
    fn draw(
        &self,
        _model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let title = format!("Report of {}", self.name.one_line());
        let inside = popup::open(context, &title, (72, 5), area, canvas);
        let field = Field {
            label: "file",
            label_width: 6,
            content: Content::Input(&self.file),
            is_focused: true,
        };
        let cursor = field.draw(context, popup::line(inside, 0), canvas);
        let last = popup::line(inside, inside.height.saturating_sub(1));
        let text = "one HTML file to hand over; .md and .json write these formats";
        popup::write(context, text, context.theme.dim, last, canvas);
        cursor
    }
}
