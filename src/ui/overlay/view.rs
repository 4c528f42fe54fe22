//! What every overlay can do here: draw itself.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::Model;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;

/// The view of an overlay.
pub(super) trait OverlayView {
    /// Draws the overlay and returns the position of the text cursor, if it
    /// has one.
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position>;
}
