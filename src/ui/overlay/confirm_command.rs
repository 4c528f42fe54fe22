//! The confirmation before a custom command runs.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::{ConfirmCommand, Model};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::input::draw_prompt;

impl OverlayView for ConfirmCommand {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let name = model.commands.get(self.index);
        let name = name.map_or_else(String::new, |command| command.name.to_string());
        let height = u16::try_from(self.preview.len()).unwrap_or(u16::MAX) + 4;
        let inside = popup::open(context, &format!("Run {name}?"), (76, height), area, canvas);
        for (line, text) in inside.rows().zip(&self.preview) {
            popup::write(context, text, Style::new(), line, canvas);
        }
        let (prompt, input) = (self.guard.prompt()?, self.guard.input.as_ref()?);
        let offset = u16::try_from(self.preview.len()).unwrap_or(u16::MAX) + 1;
        let prompt = Span::styled(prompt, context.theme.warning);
        Some(draw_prompt(
            prompt,
            input,
            popup::line(inside, offset),
            canvas,
        ))
    }
}
