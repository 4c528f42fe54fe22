//! The form that adds jobs: the text on top, the fields for all jobs, and how
//! each line was parsed below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;
use ratatui::widgets::Widget;

use crate::app::{AddField, AddForm, LineCounts, LineStatus, Model, ParsedLine, References};
use crate::hotglue::State;
use crate::ui::overlay::field::{Content, Field};
use crate::ui::overlay::popup;
use crate::ui::overlay::view::OverlayView;
use crate::ui::screen_map::ScreenMap;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted};

const LABEL_WIDTH: u16 = 14;

impl OverlayView for AddForm {
    fn draw(
        &self,
        model: &Model,
        context: &RenderContext,
        area: Rect,
        canvas: &mut Buffer,
        _screen: &mut ScreenMap,
    ) -> Option<Position> {
        let size = (110, area.height.min(40));
        let inside = popup::open(context, "Add jobs", size, area, canvas);
        let text_height = (inside.height.saturating_sub(4) / 3).clamp(1, 8);
        let rows = [
            Constraint::Length(text_height),
            Constraint::Length(1),
            Constraint::Length(3),
            Constraint::Min(0),
        ];
        let [text, note, fields, parsed] = Layout::vertical(rows).areas(inside);
        let is_focused = self.focus == AddField::References;
        draw_text(context, &self.references, is_focused, text, canvas);
        draw_note(context, self, note, canvas);
        let cursor = draw_fields(model, context, self, fields, canvas);
        draw_parsed(model, context, &self.references, parsed, canvas);
        cursor
    }
}

/// The text that is edited; its cursor is a cell of another style.
fn draw_text(
    context: &RenderContext,
    references: &References,
    is_focused: bool,
    area: Rect,
    canvas: &mut Buffer,
) {
    let mut text = references.edited().clone();
    text.set_style(context.theme.ground);
    text.set_cursor_line_style(Style::new());
    text.set_cursor_style(if is_focused {
        context.theme.found
    } else {
        Style::new()
    });
    text.set_placeholder_text("Paste or type references");
    text.set_placeholder_style(context.theme.dim);
    text.render(area, canvas);
}

/// What is accepted, or what the user should know first.
fn draw_note(context: &RenderContext, form: &AddForm, line: Rect, canvas: &mut Buffer) {
    let theme = &context.theme;
    let (text, style) = if form.confirms_close {
        let text = "esc again discards all of this; any other key keeps it";
        (text.to_owned(), theme.warning)
    } else if let Some((lines, bytes)) = form.references.pasted_size() {
        let kilobytes = bytes.div_ceil(1024);
        let limit = if form.references.is_truncated() {
            "; more was pasted than is read"
        } else {
            ""
        };
        let text = format!(
            "{lines} pasted lines ({kilobytes} kB){limit}; backspace in the empty text removes them"
        );
        (text, theme.accent)
    } else {
        let text = "Accepted: job_roots, URLs, JSON responses, curl commands, CSV; one per line or \
                    a whole file";
        (text.to_owned(), theme.dim)
    };
    popup::write(context, &text, style, line, canvas);
}

fn draw_fields(
    model: &Model,
    context: &RenderContext,
    form: &AddForm,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let environment = form.environment.and_then(|id| model.environments.get(id));
    let environment = environment.map_or_else(
        || "auto".to_owned(),
        |entry| format!("{} ({})", entry.name(), entry.env_id()),
    );
    let fields = [
        (
            AddField::Environment,
            "environment",
            Content::Choice(&environment),
        ),
        (AddField::Name, "name", Content::Input(&form.name)),
        (AddField::Tags, "tags", Content::Input(&form.tags)),
    ];
    let mut cursor = None;
    for ((focus, label, content), line) in fields.into_iter().zip(area.rows()) {
        let field = Field {
            label,
            label_width: LABEL_WIDTH,
            content,
            is_focused: form.focus == focus,
        };
        cursor = field.draw(context, line, canvas).or(cursor);
    }
    cursor
}

/// The counts, and a line for each reference.
fn draw_parsed(
    model: &Model,
    context: &RenderContext,
    references: &References,
    area: Rect,
    canvas: &mut Buffer,
) {
    let mut lines = area.rows();
    let Some(first) = lines.next() else { return };
    let summary = summary(references.counts());
    popup::write(context, &summary, context.theme.heading, first, canvas);
    for (line, parsed) in lines.zip(references.lines()) {
        draw_line(model, context, parsed, line, canvas);
    }
}

fn summary(counts: LineCounts) -> String {
    let LineCounts {
        ready,
        watched,
        duplicate,
        incomplete,
        invalid,
    } = counts;
    let mut text = format!("{ready} to add, {watched} already watched, {incomplete} incomplete");
    for (count, label) in [(duplicate, "duplicate"), (invalid, "invalid")] {
        if count > 0 {
            text.push_str(&format!(", {count} {label}"));
        }
    }
    text
}

fn draw_line(
    model: &Model,
    context: &RenderContext,
    parsed: &ParsedLine,
    line: Rect,
    canvas: &mut Buffer,
) {
    let (theme, glyphs) = (&context.theme, context.glyphs);
    let excerpt = || parsed.excerpt.one_line();
    let (glyph, style, what, note) = match &parsed.status {
        LineStatus::Ready(job) => {
            let environment = model.environments.get(job.environment);
            let name = environment.map_or("", |entry| entry.name().as_str());
            (
                glyphs.state(State::Completed),
                theme.state(State::Completed),
                job.address.job_root.to_string(),
                format!("{name}, tenant {}", job.address.tenant),
            )
        }
        LineStatus::Watched(name) => (
            glyphs.dot,
            theme.dim,
            excerpt(),
            format!("already watched as '{name}'"),
        ),
        LineStatus::Duplicate => (glyphs.dot, theme.dim, excerpt(), "duplicate".to_owned()),
        LineStatus::Incomplete(missing) => (
            glyphs.state(State::Unknown),
            theme.warning,
            excerpt(),
            missing.clone(),
        ),
        LineStatus::Invalid(reason) => (
            glyphs.state(State::Failed),
            theme.state(State::Failed),
            excerpt(),
            reason.clone(),
        ),
    };
    let columns = [
        Constraint::Length(5),
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Fill(1),
    ];
    let [number, mark, left, _, right] = Layout::horizontal(columns).areas(line);
    Span::styled(format!("{:>4} ", parsed.line), theme.dim).render(number, canvas);
    Span::styled(glyph, style).render(mark, canvas);
    let what = fitted(&what, left.width, Cut::Middle, glyphs.ellipsis);
    Span::raw(what).render(left, canvas);
    popup::write(context, &note, style, right, canvas);
}
