//! The matrix: every job as a few cells, in the order of the table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{ClickTarget, Model, Pane, Row, TableLine};
use crate::hotglue::{StageMark, State};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::text::Cut;

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    let area = model.layout.table();
    screen.add_pane(area, Pane::Table);
    let layout = model.matrix_layout();
    let cursor = model.jobs.selection().cursor();
    let first = layout.first(cursor);
    let last = (first + layout.columns * layout.lines).min(model.jobs.table().line_count());
    let lines = (first..last).zip(model.jobs.lines(first..last));
    screen.reserve(last - first);
    for ((index, line), cell) in lines.zip(layout.cells(area)) {
        match line {
            TableLine::Group(group) => {
                let name = format!("{}{}", context.glyphs.expanded, group.name.one_line());
                let name = context.fitted(name, cell.width, Cut::End);
                Span::styled(name, context.theme.heading).render(cell, canvas);
                screen.add(cell, ClickTarget::Group(index));
            }
            TableLine::Job(row) => {
                job(context, row, layout.name, cell, canvas);
                screen.add(cell, ClickTarget::Job(row.id));
            }
        }
        if index == cursor {
            let width = cell.width.min(layout.name + 5);
            let reversed = Style::new().add_modifier(Modifier::REVERSED);
            canvas.set_style(Rect { width, ..cell }, reversed);
        }
    }
}

/// The name, if there is room for one, and the stages.
fn job(context: &RenderContext, row: &Row, name_width: u16, cell: Rect, canvas: &mut Buffer) {
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let state = row.state();
    let mut stages = cell;
    if name_width > 0 {
        let style = if state == State::Failed {
            Style::new().add_modifier(Modifier::BOLD)
        } else {
            theme.dim
        };
        let name = context.fitted(row.name.as_str(), name_width, Cut::Middle);
        Span::styled(name, style).render(cell, canvas);
        stages = after(cell, name_width + 1);
    }
    let Some(job) = row.job() else {
        context.state_glyph(row).render(stages, canvas);
        return;
    };
    let completed = state == State::Completed;
    let unusual = row.has_anomaly();
    let marks = job.status.stage_marks().into_iter();
    // The terminal may have shrunk since the window was divided.
    let stages = stages.intersection(canvas.area);
    if stages.is_empty() {
        return;
    }
    for (mark, stage) in marks.zip(stages.columns()) {
        let style = match mark {
            StageMark::Ahead => theme.border,
            StageMark::Failed => theme.state(State::Failed),
            StageMark::Active | StageMark::Passed if unusual => theme.warning,
            StageMark::Active | StageMark::Passed if row.is_stale() => theme.dim,
            StageMark::Passed if !completed => theme.dim,
            StageMark::Active | StageMark::Passed => theme.state(state),
        };
        let glyph = match mark {
            StageMark::Active if unusual => glyphs.slow,
            StageMark::Ahead => glyphs.dot,
            StageMark::Passed if completed => glyphs.bar(State::Completed),
            StageMark::Active | StageMark::Passed | StageMark::Failed => glyphs.compact_stage(mark),
        };
        let fill = match mark {
            StageMark::Failed => theme.fill(State::Failed),
            StageMark::Active | StageMark::Passed if completed => {
                theme.faded_fill(State::Completed)
            }
            StageMark::Active | StageMark::Passed | StageMark::Ahead => None,
        };
        let span = match fill.filter(|_| !glyphs.is_ascii()) {
            Some(fill) => Span::styled(" ", fill),
            None => Span::styled(glyph, style),
        };
        canvas.set_span(stage.x, stage.y, &span, stage.width);
    }
}
