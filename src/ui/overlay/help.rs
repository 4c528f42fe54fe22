//! The help: every action with its keys, in columns.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::app::{Help, HelpLine, ListEntry, Model, Pane};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;

/// The cells between two columns.
const GAP: u16 = 2;
/// The width of the keys.
const KEYS: u16 = 15;

impl OverlayView for Help {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        screen: &mut ScreenMap,
    ) -> Option<Position> {
        let page = self.page(&model.overlay_context());
        let search = if self.has_search() { 2 } else { 0 };
        let height = u16::try_from(page.height()).unwrap_or(u16::MAX);
        let height = height.saturating_add(search + 2);
        let inside = popup::open(context, "Help", (area.width, height), area, canvas);
        screen.add_pane(inside, Pane::Overlay);
        let rows = [Constraint::Length(search), Constraint::Min(0)];
        let [above, below] = Layout::vertical(rows).areas(inside);
        let cursor = self
            .has_search()
            .then(|| input_line(context, &self.list.input, above, canvas));
        let widths = page.columns.iter().map(|_| Constraint::Fill(1));
        let areas = Layout::horizontal(widths).spacing(GAP).split(below);
        for (lines, area) in page.columns.iter().zip(areas.iter()) {
            for (line, area) in lines.iter().skip(page.first).zip(area.rows()) {
                draw_line(model, context, *line, area, canvas);
            }
        }
        if page.height() == 0 {
            popup::write(context, "nothing found", context.theme.dim, below, canvas);
        }
        let more = page.height().saturating_sub(page.first + page.room);
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
        cursor.filter(|_| self.is_searching)
    }
}

fn draw_line(
    model: &Model,
    context: &RenderContext,
    line: HelpLine,
    area: Rect,
    canvas: &mut Buffer,
) {
    let (keys, description) = match line {
        HelpLine::Blank => return,
        HelpLine::Heading(title) => {
            popup::write(context, title, context.theme.heading, area, canvas);
            return;
        }
        HelpLine::Filter(text, meaning) => (text.to_owned(), meaning.to_owned()),
        HelpLine::Entry(entry) => {
            let overlay_context = model.overlay_context();
            let description = match entry {
                ListEntry::Action(action) => action.description().to_owned(),
                ListEntry::Command(_)
                | ListEntry::View(_)
                | ListEntry::Group(_)
                | ListEntry::SaveView => entry.label(&overlay_context),
            };
            (entry.keys(&overlay_context).join("  "), description)
        }
    };
    let columns = [
        Constraint::Length(1),
        Constraint::Length(KEYS),
        Constraint::Min(0),
    ];
    let [_, left, right] = Layout::horizontal(columns).areas(area);
    popup::write(context, &keys, context.theme.accent, left, canvas);
    popup::write(context, &description, Style::new(), right, canvas);
}
