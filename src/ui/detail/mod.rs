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
/// A name in fewer cells says nothing.
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
    title(model, context, area, canvas, screen);

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

    let last_line = |area: Rect| area.rows().next_back();
    if let Some(line) = last_line(area.inner(Margin::new(1, 0))) {
        scroll_position(model, context, line, canvas);
    }
    let input = model.detail.search.input.as_ref()?;
    let line = last_line(text_area)?;
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

/// The tabs at the left, the name of the job at the right.
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
    let room = rule.width.saturating_sub(tabs_width + 4);
    if room >= MIN_NAME + 2 {
        let name = context.fitted(row.name.as_str(), room - 2, Cut::End);
        let style = context.theme.state(row.state());
        Line::from(Span::styled(format!(" {name} "), style))
            .right_aligned()
            .render(rule, canvas);
    }
}

/// Which lines are shown of how many, where not all are.
fn scroll_position(model: &Model, context: &RenderContext, line: Rect, canvas: &mut Buffer) {
    let detail = &model.detail;
    let (first, count) = (detail.scroll, detail.lines.len());
    if count > detail.height() {
        let last = (first + detail.height()).min(count);
        let position = format!(" {}-{last}/{count} ", first + 1);
        Line::from(Span::styled(position, context.theme.dim))
            .right_aligned()
            .render(line, canvas);
    }
}
