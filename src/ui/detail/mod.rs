//! The pane with one job's details.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Layout, Line, Model, Tab};
use crate::ui::style::RenderContext;
use crate::ui::style::input::skip_cells;
use crate::ui::style::text::{Cut, cells, fitted, put};

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let detail = &model.detail;
    title(model, context, area, canvas);
    if area.x > 0 {
        for y in area.top() + 1..area.bottom() {
            put(
                canvas,
                area.x,
                y,
                1,
                context.glyphs.vertical,
                context.theme.border,
            );
        }
    }
    let inside = Layout::inside_detail(area);
    for (line, y) in detail.window().iter().zip(inside.top()..inside.bottom()) {
        let found = detail.search.finds(&line.text());
        draw_line(
            context,
            line,
            found,
            Rect {
                y,
                height: 1,
                ..inside
            },
            canvas,
        );
    }
    scroll_mark(model, context, area, canvas);
    let input = detail.search.input.as_ref()?;
    let y = area.bottom().saturating_sub(1);
    let line = Rect {
        y,
        height: 1,
        ..inside
    };
    for x in line.left()..line.right() {
        put(canvas, x, y, 1, " ", Style::new());
    }
    let used = put(canvas, line.x, y, line.width, "find ", context.theme.accent);
    let room = line.width.saturating_sub(used + 1);
    let hidden = input.visual_scroll(usize::from(room.max(1)));
    put(
        canvas,
        line.x + used,
        y,
        room,
        &skip_cells(input.value(), hidden),
        Style::new(),
    );
    let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
    Some(Position::new(line.x + used + column.min(room), y))
}

fn title(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let detail = &model.detail;
    let rule = context.glyphs.horizontal.repeat(usize::from(area.width));
    put(
        canvas,
        area.x,
        area.y,
        area.width,
        &rule,
        context.theme.border,
    );
    let mut x = area.x + 1;
    let rest = |x: u16| area.right().saturating_sub(x + 1);
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        if at > 0 {
            put(
                canvas,
                x,
                area.y,
                rest(x),
                context.glyphs.vertical,
                context.theme.border,
            );
        }
        let style = match (tab == detail.tab, detail.focused) {
            (true, true) => context.theme.accent.patch(context.theme.chosen),
            (true, false) => context.theme.accent,
            (false, _) => context.theme.dim,
        };
        x += 1;
        x += put(
            canvas,
            x,
            area.y,
            rest(x),
            &format!(" {} ", tab.title()),
            style,
        );
    }
    let Some(row) = model.jobs.selected() else {
        return;
    };
    let room = rest(x).saturating_sub(6);
    if room < 4 {
        return;
    }
    let name = format!(
        " {} ",
        fitted(
            row.name.as_str(),
            room - 2,
            Cut::End,
            context.glyphs.ellipsis
        )
    );
    let style = context.theme.state(row.state());
    put(
        canvas,
        area.right().saturating_sub(cells(&name) + 2),
        area.y,
        room,
        &name,
        style,
    );
}

fn draw_line(context: &RenderContext, line: &Line, found: bool, area: Rect, canvas: &mut Buffer) {
    let mut x = area.x;
    for piece in &line.0 {
        let style = context.theme.severity(piece.severity);
        let style = if found {
            style.patch(context.theme.found)
        } else {
            style
        };
        let room = area.right().saturating_sub(x);
        let text = fitted(&piece.text, room, Cut::End, context.glyphs.ellipsis);
        x += put(canvas, x, area.y, room, &text, style);
    }
}

/// How much lies outside the window, where something does.
fn scroll_mark(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let detail = &model.detail;
    let (first, count) = (detail.scroll, detail.lines.len());
    if count <= detail.height() {
        return;
    }
    let last = (first + detail.height()).min(count);
    let words = format!(" {}-{last}/{count} ", first + 1);
    let x = area.right().saturating_sub(cells(&words) + 1);
    let y = area.bottom().saturating_sub(1);
    put(canvas, x, y, cells(&words), &words, context.theme.dim);
}
