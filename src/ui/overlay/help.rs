//! The help: every action with its keys, taken from the key map.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::app::{Action, Help, ListEntry, Model, Section};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;

/// What can be typed as a filter, with its meaning.
const FILTERS: [(&str, &str); 7] = [
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
    (
        "elapsed>10m",
        "also updated started finished rows; < <= = >= >",
    ),
    ("finished>09:30", "since the last 09:30"),
    (
        "a or not (b c)",
        "combined; all words must match without \"or\"",
    ),
];

/// A line of the help.
enum HelpLine {
    Heading(&'static str),
    Blank,
    Entry { keys: String, description: String },
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
    let overlay_context = model.overlay_context();
    let entry = |entry: ListEntry| HelpLine::Entry {
        keys: entry.keys(&overlay_context).join("  "),
        description: match entry {
            ListEntry::Action(action) => action.description().to_owned(),
            ListEntry::Command(_) | ListEntry::View(_) | ListEntry::SaveView => {
                entry.label(&overlay_context)
            }
        },
    };
    if !help.list.input.is_empty() {
        return help.list.entries.iter().copied().map(entry).collect();
    }
    let mut lines = Vec::new();
    if !model.commands.is_empty() {
        lines.push(HelpLine::Heading("Your commands"));
        lines.extend((0..model.commands.len()).map(ListEntry::Command).map(entry));
        lines.push(HelpLine::Blank);
    }
    for section in Section::all() {
        lines.push(HelpLine::Heading(section.title()));
        let actions = Action::all().filter(|action| action.section() == section);
        lines.extend(actions.map(ListEntry::Action).map(entry));
        lines.push(HelpLine::Blank);
    }
    lines.push(HelpLine::Heading("Filter"));
    lines.extend(FILTERS.map(|(text, description)| HelpLine::Entry {
        keys: text.to_owned(),
        description: description.to_owned(),
    }));
    lines
}
