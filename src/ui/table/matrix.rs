//! The matrix: a heat map of all jobs. Rows are tenants, columns are stages,
//! grouped by flow; failures are solid, completed jobs close to the background.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::group;
use crate::app::{ClickTarget, MatrixCell, MatrixRow, Model, Pane, Row, TableLine};
use crate::hotglue::{STAGES, Stage, StageMark, State, elapsed};
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::areas::after;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};

/// Narrower stages have no text.
const TEXT_WIDTH: u16 = 6;

pub(in crate::ui) fn draw(
    model: &Model,
    context: &RenderContext,
    canvas: &mut Buffer,
    screen: &mut ScreenMap,
) {
    screen.add_pane(model.layout.table(), Pane::Table);
    let layout = model.matrix_layout();
    let cursor = model.jobs.selection().cursor();
    headings(context, layout.cell, layout.cells(layout.heading), canvas);
    for (row, line) in layout.visible(cursor) {
        match row {
            MatrixRow::Heading(index) => {
                let lines = model.jobs.lines(index..index + 1);
                for line_of_table in lines {
                    if let TableLine::Group(group) = line_of_table {
                        group::draw(model, context, group, index == cursor, line, canvas);
                    }
                }
                screen.add(line, ClickTarget::Group(index));
            }
            MatrixRow::Jobs(jobs) => {
                screen.reserve(jobs.len());
                let lines = model.jobs.lines(jobs.clone());
                for ((index, line_of_table), area) in jobs.zip(lines).zip(layout.cells(line)) {
                    let TableLine::Job(row) = line_of_table else {
                        continue;
                    };
                    // The terminal may have shrunk since the window was divided.
                    let area = area.intersection(canvas.area);
                    if area.is_empty() {
                        continue;
                    }
                    job(model, context, row, layout.cell, area, canvas);
                    if index == cursor {
                        mark(context, layout.cell, area, canvas);
                    }
                    screen.add(area, ClickTarget::Job(row.id));
                }
            }
        }
    }
    if let Some(legend_area) = layout.legend {
        let area = legend_area.inner(Margin::new(1, 0));
        legend(context).draw(area, canvas);
    }
}

/// The names of the stages, as far as they fit.
fn headings(
    context: &RenderContext,
    cell: MatrixCell,
    columns: impl Iterator<Item = Rect>,
    canvas: &mut Buffer,
) {
    if cell.name == 0 {
        return;
    }
    for column in columns {
        let tenant = context.fitted(" TENANT", cell.name, Cut::End);
        Span::styled(tenant, context.theme.heading).draw(column, canvas);
        for (stage, area) in STAGES.into_iter().zip(stage_areas(cell, column)) {
            let name = stage.name().to_uppercase();
            let name: String = name.chars().take(usize::from(area.width)).collect();
            Line::styled(name, context.theme.heading)
                .centered()
                .draw(area, canvas);
        }
    }
}

/// The areas of the stages in the cell of a job.
fn stage_areas(cell: MatrixCell, area: Rect) -> impl Iterator<Item = Rect> {
    let stages = after(area, cell.stages_at());
    let step = usize::from(cell.stage + cell.between).max(1);
    (stages.x..stages.right()).step_by(step).map(move |x| Rect {
        x,
        width: cell.stage.min(stages.right() - x),
        ..stages
    })
}

/// The tenant, if there is room for one, and the stages.
fn job(
    model: &Model,
    context: &RenderContext,
    row: &Row,
    cell: MatrixCell,
    area: Rect,
    canvas: &mut Buffer,
) {
    if cell.name > 0 {
        let style = match row.state() {
            State::Failed | State::Cancelled => context.theme.state(row.state()),
            State::Completed | State::Queued | State::Unknown => context.theme.dim,
            State::Running => Style::new(),
        };
        let name = format!(" {}", row.tenant());
        let name = context.fitted(name, cell.name, Cut::Middle);
        Span::styled(name, style).draw(area, canvas);
    }
    let Some(job) = row.job() else {
        let stages = after(area, cell.stages_at());
        context.state_glyph(row).draw(stages, canvas);
        return;
    };
    let marks = job.status.stage_marks();
    if cell.stage == 0 {
        let styles = marks.map(|mark| fill(context, row, mark).and_then(|style| style.bg));
        for (pair, x) in styles.chunks(2).zip(area.x..area.right()) {
            let span = half_cells(context, pair);
            canvas.set_span(x, area.y, &span, 1);
        }
        return;
    }
    let texts = (cell.stage >= TEXT_WIDTH).then(|| durations(model, row));
    let texts = texts.unwrap_or_default();
    for ((mark, text), area) in marks.into_iter().zip(texts).zip(stage_areas(cell, area)) {
        stage(context, row, mark, &text, area, canvas);
    }
}

/// Two stages in the halves of one cell.
fn half_cells(context: &RenderContext, colors: &[Option<ratatui::style::Color>]) -> Span<'static> {
    match colors {
        [Some(left), Some(right)] => Span::styled("▌", Style::new().fg(*left).bg(*right)),
        [Some(left), None] => Span::styled("▌", Style::new().fg(*left)),
        [None, Some(right)] => Span::styled("▐", Style::new().fg(*right)),
        _ => Span::styled(context.glyphs.dot, context.theme.border),
    }
}

/// How long each stage took so far.
fn durations(model: &Model, row: &Row) -> [String; 4] {
    let now = model.shown_now();
    let spans = row.spans();
    STAGES.map(|stage| {
        let mut of_stage = spans.iter().rev().filter(|span| span.stage == stage);
        let span = of_stage.next();
        span.map_or_else(String::new, |span| elapsed(span.duration(now)))
    })
}

/// The style of a filled stage; `None` for one that has not begun, and where
/// there are no colors.
fn fill(context: &RenderContext, row: &Row, mark: StageMark) -> Option<Style> {
    let theme = &context.theme;
    if context.glyphs.is_ascii() {
        return None;
    }
    match mark {
        StageMark::Ahead => None,
        StageMark::Failed => theme.fill(State::Failed),
        StageMark::Active if row.has_anomaly() => theme.warning_fill(),
        StageMark::Passed if row.has_anomaly() && row.state() == State::Completed => {
            theme.warning_fill()
        }
        StageMark::Active if row.is_stale() => theme.faded_fill(row.state()),
        StageMark::Active => theme.fill(row.state()),
        StageMark::Passed => theme.faded_fill(row.state()),
    }
}

fn stage(
    context: &RenderContext,
    row: &Row,
    mark: StageMark,
    text: &str,
    area: Rect,
    canvas: &mut Buffer,
) {
    if let Some(style) = fill(context, row, mark) {
        canvas.set_style(area, style);
        let text = if cells(text) <= area.width { text } else { "" };
        Line::styled(text.to_owned(), style)
            .centered()
            .draw(area, canvas);
        return;
    }
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let (glyph, style) = match mark {
        StageMark::Ahead => {
            let dot = Line::styled(glyphs.dot, theme.border);
            dot.centered().draw(area, canvas);
            return;
        }
        StageMark::Failed => (glyphs.compact_stage(mark), theme.state(State::Failed)),
        StageMark::Active | StageMark::Passed => {
            (glyphs.compact_stage(mark), theme.state(row.state()))
        }
    };
    let width = usize::from(area.width);
    Span::styled(glyph.repeat(width), style).draw(area, canvas);
    let text_width = cells(text);
    if text_width > 0 && text_width + 2 <= area.width {
        let text = format!(" {text} ");
        Line::styled(text, style).centered().draw(area, canvas);
    }
}

/// Marks the job under the cursor: its name, or the gap after it.
fn mark(context: &RenderContext, cell: MatrixCell, area: Rect, canvas: &mut Buffer) {
    if cell.name > 0 {
        let name = Rect {
            width: cell.name.min(area.width),
            ..area
        };
        context.highlight(name, canvas);
        Span::styled(context.glyphs.cursor, context.theme.accent).draw(name, canvas);
    } else {
        let gap = after(area, area.width.saturating_sub(1));
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        if cell.gap > 0 {
            Span::styled(context.glyphs.here, context.theme.accent).draw(gap, canvas);
        } else {
            canvas.set_style(area, reversed);
        }
    }
}

/// What the cells mean.
fn legend(context: &RenderContext) -> Line<'static> {
    let theme = &context.theme;
    let names = STAGES.map(Stage::name);
    let order = names.join(&format!(" {} ", context.glyphs.arrow));
    let mut spans = Vec::new();
    let ascii = context.glyphs.is_ascii();
    let samples = [
        (
            "failed",
            theme.fill(State::Failed),
            StageMark::Failed,
            State::Failed,
        ),
        (
            "running",
            theme.fill(State::Running),
            StageMark::Active,
            State::Running,
        ),
        (
            "slow or silent",
            theme.warning_fill(),
            StageMark::Active,
            State::Running,
        ),
        (
            "completed",
            theme.faded_fill(State::Completed),
            StageMark::Passed,
            State::Completed,
        ),
    ];
    for (name, fill, mark, state) in samples {
        let sample = match fill.filter(|_| !ascii) {
            Some(fill) => Span::styled("  ", fill),
            None => Span::styled(context.glyphs.compact_stage(mark), theme.state(state)),
        };
        spans.push(sample);
        spans.push(Span::styled(format!(" {name}   "), theme.dim));
    }
    spans.push(Span::styled(context.glyphs.dot, theme.border));
    spans.push(Span::styled(format!(" not reached   {order}"), theme.dim));
    Line::from(spans)
}
