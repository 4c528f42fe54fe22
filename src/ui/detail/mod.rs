//! The detail pane of one job: its tabs, the lines in the window, the search.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Clear, Paragraph, Widget};

use crate::app::{ClickTarget, Model, Pane, Tab};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::side_by_side;
use crate::ui::style::input::draw_prompt;
use crate::ui::style::text::{Cut, cells};

/// Cells of the title's rule before the tabs and after the name.
const TITLE_MARGIN: u16 = 2;
/// Cells of the rule between the tabs and what is at the right.
const TITLE_GAP: u16 = 4;
/// The least width of a name, in cells.
const MIN_NAME: u16 = 4;

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) -> Option<Position> {
    screen.add(area, ClickTarget::Detail);
    screen.add_pane(area, Pane::Detail);
    border(context, area).render(area, canvas);

    let text_area = model.layout.detail_text()?;
    let lines = model.detail.window().iter();
    let lines: Vec<_> = lines
        .map(|line| {
            let found = model.detail.search.finds(&line.text());
            let spans = line.0.iter().map(|span| {
                let style = context.theme.severity(span.severity);
                let style = if found {
                    style.patch(context.theme.found)
                } else {
                    style
                };
                Span::styled(span.text.as_str(), style)
            });
            context.fitted_line(spans, text_area.width)
        })
        .collect();
    Paragraph::new(lines).render(text_area, canvas);
    title(model, context, area, canvas, screen);

    let input = model.detail.search.input.as_ref()?;
    let line = text_area.rows().next_back()?;
    Clear.render(line, canvas);
    canvas.set_style(line, context.theme.ground);
    let prompt = Span::styled("find ", context.theme.accent);
    Some(draw_prompt(prompt, input, line, canvas))
}

/// A rule above the pane and, where it is beside the table, one at its left.
fn border(context: &RenderContext, area: Rect) -> Block<'static> {
    let mut borders = Borders::TOP;
    borders.set(Borders::LEFT, area.x > 0);
    let mut set = context.glyphs.border;
    set.top_left = context.glyphs.horizontal;
    Block::new()
        .borders(borders)
        .border_set(set)
        .border_style(context.theme.border)
}

/// The tabs at the left, the name of the job and the scroll position at the right.
fn title(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let Some(rule) = area.rows().next() else {
        return;
    };
    let rule = rule.inner(Margin::new(TITLE_MARGIN, 0));
    let detail = &model.detail;
    let widths = Tab::ALL.map(|tab| cells(tab.title()) + 2);
    let mut tabs_width = 0;
    for (tab, area) in Tab::ALL.into_iter().zip(side_by_side(rule, 1, widths)) {
        let style = match (tab == detail.tab, detail.focused) {
            (true, true) => context.theme.accent.patch(context.theme.chosen),
            (true, false) => context.theme.accent,
            (false, _) => context.theme.dim,
        };
        Span::styled(format!(" {} ", tab.title()), style).render(area, canvas);
        if tab != Tab::ALL[0] {
            let separator = Rect {
                x: area.x - 1,
                width: 1,
                ..area
            };
            Span::styled(context.glyphs.vertical, context.theme.border).render(separator, canvas);
        }
        screen.add(area, ClickTarget::DetailTab(tab));
        tabs_width = area.right() - rule.x;
    }
    let Some(row) = model.jobs.selected() else {
        return;
    };
    let room = rule.width.saturating_sub(tabs_width + TITLE_GAP);
    let mut right = Line::default().right_aligned();
    let position = scroll_position(model).unwrap_or_default();
    if room >= cells(&position) {
        let room = room - cells(&position);
        if room >= MIN_NAME + 2 {
            let name = context.fitted(row.name.as_str(), room - 2, Cut::End);
            let style = context.state_style(row);
            right.push_span(Span::styled(format!(" {name} "), style));
        }
        right.push_span(Span::styled(position, context.theme.dim));
        right.render(rule, canvas);
    } else if let Some(line) = area.inner(Margin::new(1, 0)).rows().next_back() {
        right.push_span(Span::styled(position, context.theme.dim));
        right.render(line, canvas);
    }
}

/// Which lines are shown of how many, where not all are.
fn scroll_position(model: &Model) -> Option<String> {
    let detail = &model.detail;
    let (first, count) = (detail.scroll, detail.lines.len());
    let last = (first + detail.height()).min(count);
    (count > detail.height()).then(|| format!(" {}-{last}/{count} ", first + 1))
}
