//! Fields of forms: a label with an input or a choice after it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::LineInput;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::{draw_input, draw_secret};

/// What follows a label.
pub(super) enum Content<'a> {
    /// A line that is typed.
    Input(&'a LineInput),
    /// A line that is typed and not shown.
    Secret(&'a LineInput),
    /// One of several choices.
    Choice(&'a str),
}

/// A field of a form.
pub(super) struct Field<'a> {
    pub(super) label: &'a str,
    /// The width of the labels of the form.
    pub(super) label_width: u16,
    pub(super) content: Content<'a>,
    pub(super) is_focused: bool,
}

impl Field<'_> {
    /// Draws the field and returns the position of the text cursor if the
    /// field is focused.
    pub(super) fn draw(
        &self,
        context: &RenderContext,
        line: Rect,
        canvas: &mut Buffer,
    ) -> Option<Position> {
        if line.is_empty() {
            return None;
        }
        let columns = [Constraint::Length(self.label_width), Constraint::Min(0)];
        let [label, value] = Layout::horizontal(columns).areas(line);
        let style = if self.is_focused {
            context.theme.accent
        } else {
            context.theme.label
        };
        Span::styled(self.label, style).render(label, canvas);
        let position = match self.content {
            Content::Input(input) => draw_input(input, value, canvas),
            Content::Secret(input) => draw_secret(input, value, canvas),
            Content::Choice(choice) => {
                let text = format!("< {choice} >");
                popup::write(context, &text, context.theme.ground, value, canvas);
                Position::new(value.x + 2, value.y)
            }
        };
        self.is_focused.then_some(position)
    }
}
