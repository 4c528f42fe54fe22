//! The help: every action with its keys, taken from the key map.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::app::{Action, Help, Model, Section};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;

/// What can be typed as a filter, with its meaning.
const FILTERS: [(&str, &str); 4] = [
    (
        "acme inv",
        "all words, in any column, letters may be left out",
    ),
    ("status:failed", "also running, completed, ETL, …"),
    (
        "tenant:a,b",
        "one of several; also flow: tag: env: tap: target:",
    ),
    ("-tenant:acme", "not this one"),
];

/// A line of the help.
enum HelpLine {
    Heading(&'static str),
    Blank,
    Entry {
        keys: String,
        description: &'static str,
    },
}

impl OverlayView for Help {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
    ) -> Option<Position> {
        let inside = popup::open(context, "Help", (76, 64), area, canvas);
        let cursor = input_line(context, &self.list.input, inside, canvas);
        let rows = [Constraint::Length(2), Constraint::Min(0)];
        let [_, below] = Layout::vertical(rows).areas(inside);
        let lines = lines(model, self);
        let room = usize::from(below.height);
        let first = self.list.selected.min(lines.len().saturating_sub(room));
        for (area, line) in below.rows().zip(&lines[first..]) {
            draw_line(context, line, area, canvas);
        }
        let more = lines.len().saturating_sub(first + room);
        if more > 0 {
            let border = Rect {
                y: inside.bottom(),
                height: 1,
                ..inside
            };
            Line::styled(format!(" {more} more below "), context.theme.dim)
                .right_aligned()
                .render(border, canvas);
        }
        Some(cursor)
    }
}

fn draw_line(context: &RenderContext, line: &HelpLine, area: Rect, canvas: &mut Buffer) {
    match line {
        HelpLine::Blank => {}
        HelpLine::Heading(title) => {
            popup::write(context, title, context.theme.heading, area, canvas);
        }
        HelpLine::Entry { keys, description } => {
            let columns = [
                Constraint::Length(2),
                Constraint::Length(17),
                Constraint::Min(0),
            ];
            let [_, left, right] = Layout::horizontal(columns).areas(area);
            popup::write(context, keys, context.theme.accent, left, canvas);
            popup::write(context, description, Style::new(), right, canvas);
        }
    }
}

/// The actions by section and the filters, or the actions that match what is
/// typed.
fn lines(model: &Model, help: &Help) -> Vec<HelpLine> {
    let entry = |action: Action| HelpLine::Entry {
        keys: model.keymap.keys(action).join("  "),
        description: action.description(),
    };
    if !help.list.input.is_empty() {
        return help.list.actions.iter().copied().map(entry).collect();
    }
    let mut lines = Vec::new();
    for section in Section::all() {
        lines.push(HelpLine::Heading(section.title()));
        let actions = Action::all().filter(|action| action.section() == section);
        lines.extend(actions.map(entry));
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Heading("Filter"));
    lines.extend(FILTERS.map(|(text, description)| HelpLine::Entry {
        keys: text.to_owned(),
        description,
    }));
    lines
}
