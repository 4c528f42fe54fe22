//! What everything is drawn with.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::glyphs::Glyphs;
use super::text::{Cut, fitted, fitted_line};
use super::theme::Theme;
use crate::app::{Appearance, Row};

/// The theme and the glyphs that everything is drawn with.
pub(in crate::ui) struct RenderContext {
    pub(in crate::ui) theme: Theme,
    pub(in crate::ui) glyphs: &'static Glyphs,
}

impl RenderContext {
    pub(in crate::ui) fn new(appearance: Appearance) -> Self {
        Self {
            theme: Theme::of(appearance),
            glyphs: Glyphs::of(appearance.unicode),
        }
    }

    /// The style of a job's state.
    pub(in crate::ui) fn state_style(&self, row: &Row) -> Style {
        if row.is_pending() {
            self.theme.dim
        } else {
            self.theme.state(row.state())
        }
    }

    /// The glyph of a job's state, in its style.
    pub(in crate::ui) fn state_glyph(&self, row: &Row) -> Span<'static> {
        let glyph = if row.is_pending() {
            self.glyphs.pending
        } else {
            self.glyphs.state(row.state())
        };
        Span::styled(glyph, self.state_style(row))
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
