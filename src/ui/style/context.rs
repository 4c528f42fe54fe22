//! What everything is drawn with.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::glyphs::Glyphs;
use super::text::{Cut, fitted, fitted_line};
use super::theme::Theme;
use crate::app::{Appearance, Row};
use crate::config::Accent;
use crate::hotglue::State;

/// The theme and the glyphs that everything is drawn with.
pub(in crate::ui) struct RenderContext {
    pub(in crate::ui) theme: Theme,
    pub(in crate::ui) glyphs: &'static Glyphs,
}

impl RenderContext {
    /// The theme and glyphs of an appearance, with frames in the color of an
    /// environment.
    pub(in crate::ui) fn new(appearance: Appearance, frame: Option<Accent>) -> Self {
        let theme = Theme::of(appearance);
        Self {
            theme: frame.map_or(theme, |accent| theme.with_frame(accent)),
            glyphs: Glyphs::of(appearance.unicode),
        }
    }

    /// The style of a job's state.
    pub(in crate::ui) fn state_style(&self, row: &Row) -> Style {
        if row.is_pending() || row.is_not_started() {
            self.theme.dim
        } else {
            self.theme.state(row.state())
        }
    }

    /// The glyph of a job's state, in its style.
    pub(in crate::ui) fn state_glyph(&self, row: &Row) -> Span<'static> {
        let glyph = if row.is_pending() || row.is_not_started() {
            self.glyphs.pending
        } else {
            self.glyphs.state(row.state())
        };
        Span::styled(glyph, self.state_style(row))
    }

    /// A bar of `width` cells for jobs in a state: solid, or a pattern where
    /// there are no colors or only ASCII.
    pub(in crate::ui) fn bar(&self, state: State, width: u16) -> Span<'static> {
        let width = usize::from(width);
        match self.theme.fill(state) {
            Some(fill) if !self.glyphs.is_ascii() => Span::styled(" ".repeat(width), fill),
            _ => Span::styled(
                self.glyphs.bar(state).repeat(width),
                self.theme.state(state),
            ),
        }
    }

    /// Highlights the line under the cursor, apart from cells that are filled.
    /// What was dim there is no longer, since dim text in reverse cannot be read.
    pub(in crate::ui) fn highlight(&self, line: Rect, canvas: &mut Buffer) {
        let ground = self.theme.ground.bg.unwrap_or(Color::Reset);
        let mut style = self.theme.chosen;
        if self.theme.reverses_chosen() {
            style = style.remove_modifier(Modifier::DIM).fg(Color::Reset);
        }
        for position in line.intersection(canvas.area).positions() {
            if let Some(cell) = canvas.cell_mut(position)
                && cell.bg == ground
            {
                cell.set_style(style);
            }
        }
    }

    /// Text in at most `width` cells, with an ellipsis where it was cut.
    pub(in crate::ui) fn fitted<'a>(
        &self,
        text: impl Into<Cow<'a, str>>,
        width: u16,
        cut: Cut,
    ) -> Cow<'a, str> {
        fitted(text, width, cut, self.glyphs.ellipsis)
    }

    /// Spans in at most `width` cells, with an ellipsis where they were cut.
    pub(in crate::ui) fn fitted_line<'a>(
        &self,
        spans: impl IntoIterator<Item = Span<'a>>,
        width: u16,
    ) -> Line<'a> {
        fitted_line(spans, width, self.glyphs.ellipsis)
    }
}
