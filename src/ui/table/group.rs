//! The heading of a group: its worst state, its name, how many of its jobs are
//! in which state.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Model, RowGroup};
use crate::hotglue::State;
use crate::ui::style::RenderContext;
use crate::ui::style::text::Cut;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    group: &RowGroup,
    under_cursor: bool,
    area: Rect,
    canvas: &mut Buffer,
) {
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let mut line = Line::default();
    if under_cursor {
        canvas.set_style(area, theme.chosen);
        line.push_span(Span::styled(glyphs.cursor, theme.accent));
    } else {
        line.push_span(" ");
    }
    let states = State::ALL.into_iter();
    let states: Vec<_> = states.filter(|state| group.counts.of(*state) > 0).collect();
    line.push_span(match states.first() {
        Some(worst) => Span::styled(glyphs.state(*worst), theme.state(*worst)),
        None => Span::styled(glyphs.pending, theme.dim),
    });
    line.push_span(" ");
    let fold = if group.collapsed {
        glyphs.collapsed
    } else {
        glyphs.expanded
    };
    line.push_span(Span::styled(fold, theme.accent));
    line.push_span(" ");
    let name = if group.name.as_str().is_empty() {
        format!("no {}", model.jobs.table().group_by().name())
    } else {
        group.name.one_line()
    };
    let name = context.fitted(name, area.width / 2, Cut::Middle);
    let style = theme.heading.add_modifier(Modifier::BOLD);
    line.push_span(Span::styled(name, style));
    for state in states {
        let count = format!(" {} {}", group.counts.of(state), state.name());
        let style = theme.state(state).remove_modifier(Modifier::BOLD);
        line.push_span(Span::styled(count, style));
    }
    if group.counts.pending() > 0 {
        let count = format!(" {} pending", group.counts.pending());
        line.push_span(Span::styled(count, theme.dim));
    }
    line.render(area, canvas);
}
