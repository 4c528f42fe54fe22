//! The confirmation before jobs are removed from the list.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::{Model, RemovePrompt};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::input::draw_prompt;

/// The most jobs that are named.
const MAX_NAMES: usize = 8;

impl OverlayView for RemovePrompt {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let jobs = self.jobs.iter().filter_map(|job| model.jobs.get(*job));
        let mut lines: Vec<_> = jobs
            .take(MAX_NAMES)
            .map(|row| (row.name.one_line(), Style::new()))
            .collect();
        if self.jobs.len() > MAX_NAMES {
            let more = format!("and {} more", self.jobs.len() - MAX_NAMES);
            lines.push((more, context.theme.dim));
        }
        lines.push((String::new(), Style::new()));
        let note = "The jobs keep running; they are only removed from this list.";
        lines.push((note.to_owned(), context.theme.dim));
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX) + 2;
        let height = height + u16::from(self.guard.input.is_some());
        let inside = popup::open(context, "Remove from the list", (64, height), area, canvas);
        for (line, (text, style)) in inside.rows().zip(&lines) {
            popup::write(context, text, *style, line, canvas);
        }
        let (prompt, input) = (self.guard.prompt()?, self.guard.input.as_ref()?);
        let offset = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let prompt = Span::styled(prompt, context.theme.warning);
        Some(draw_prompt(
            prompt,
            input,
            popup::line(inside, offset),
            canvas,
        ))
    }
}
