//! The form that adds jobs: the text above, what each line of it was taken
//! for below.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;

use crate::app::{AddField, AddForm, Model, ParsedLine};
use crate::config::Resolution;
use crate::hotglue::State;
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, cells, fitted, put};

/// The width of the fields' labels.
const LABELS: u16 = 14;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    form: &AddForm,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let inside = popup::open(context, "Add jobs", 110, area.height.min(40), area, canvas);
    let fields = 4;
    let texts = (inside.height.saturating_sub(fields) / 3).clamp(1, 8);
    let text_area = Rect {
        height: texts,
        ..inside
    };
    let mut cursor = references(context, form, text_area, canvas);
    let mut y = inside.y + texts;
    let hint = if form.asked_to_drop {
        (
            "esc once more drops all of this; any other key keeps it",
            context.theme.warning,
        )
    } else {
        (
            "job_roots, URLs, JSON answers, curl commands, CSV: one a line, or a whole file",
            context.theme.dim,
        )
    };
    put(canvas, inside.x, y, inside.width, hint.0, hint.1);
    y += 1;
    let environment = match form.environment.and_then(|id| model.environments.get(id)) {
        Some(environment) => format!("< {} ({}) >", environment.name(), environment.env_id()),
        None => "< as each reference says, or the only one >".to_owned(),
    };
    let lines = [
        (
            AddField::Environment,
            "environment",
            environment.as_str(),
            None,
        ),
        (AddField::Name, "name", form.name.value(), Some(&form.name)),
        (AddField::Tags, "tags", form.tags.value(), Some(&form.tags)),
    ];
    for (field, label, value, input) in lines {
        if y >= inside.bottom() {
            break;
        }
        let focused = form.field == field;
        let style = if focused {
            context.theme.accent
        } else {
            context.theme.label
        };
        put(canvas, inside.x, y, LABELS, label, style);
        let x = inside.x + LABELS;
        let room = inside.right().saturating_sub(x);
        put(
            canvas,
            x,
            y,
            room,
            &fitted(value, room, Cut::End, context.glyphs.ellipsis),
            Style::new(),
        );
        if let (true, Some(input)) = (focused, input) {
            let column = u16::try_from(input.visual_cursor()).unwrap_or(0).min(room);
            cursor = Some(Position::new(x + column, y));
        }
        y += 1;
    }
    let rest = Rect {
        y,
        height: inside.bottom().saturating_sub(y),
        ..inside
    };
    parsed_lines(model, context, form, rest, canvas);
    cursor
}

fn references(
    context: &RenderContext,
    form: &AddForm,
    area: Rect,
    canvas: &mut Buffer,
) -> Option<Position> {
    let focused = form.field == AddField::References;
    let mut text = form.references.clone();
    text.set_style(context.theme.ground);
    text.set_cursor_line_style(Style::new());
    text.set_cursor_style(if focused {
        context.theme.found
    } else {
        Style::new()
    });
    text.set_placeholder_text("paste or type here");
    text.set_placeholder_style(context.theme.dim);
    text.render(area, canvas);
    None
}

/// A line for each reference, those that need the person first.
fn parsed_lines(
    model: &Model,
    context: &RenderContext,
    form: &AddForm,
    area: Rect,
    canvas: &mut Buffer,
) {
    if area.height == 0 {
        return;
    }
    let is_open = |each: &&ParsedLine| {
        !matches!(
            each.resolution,
            Some(Resolution::Complete(_) | Resolution::Watched(_))
        )
    };
    let open = form.parsed_lines.iter().filter(is_open).count();
    let ready = form
        .parsed_lines
        .iter()
        .filter(|each| matches!(each.resolution, Some(Resolution::Complete(_))))
        .count();
    let watched = form.parsed_lines.len() - open - ready;
    let summary =
        format!("{ready} to add, {watched} watched already, {open} with something missing");
    put(
        canvas,
        area.x,
        area.y,
        area.width,
        &summary,
        context.theme.heading,
    );
    let sorted = form
        .parsed_lines
        .iter()
        .filter(is_open)
        .chain(form.parsed_lines.iter().filter(|each| !is_open(each)));
    for (y, each) in (area.y + 1..area.bottom()).zip(sorted) {
        line(
            model,
            context,
            each,
            Rect {
                y,
                height: 1,
                ..area
            },
            canvas,
        );
    }
}

fn line(
    model: &Model,
    context: &RenderContext,
    each: &ParsedLine,
    area: Rect,
    canvas: &mut Buffer,
) {
    let theme = &context.theme;
    let excerpt = each.read.excerpt.one_line();
    let (glyph, style, what, why) = match (&each.resolution, &each.read.result) {
        (Some(Resolution::Complete(job)), _) => {
            let name = model
                .environments
                .get(job.environment)
                .map(|environment| environment.name().to_string())
                .unwrap_or_default();
            let what = job.address.job_root.to_string();
            (
                context.glyphs.state(State::Completed),
                theme.state(State::Completed),
                what,
                format!("{name}, tenant {}", job.address.tenant),
            )
        }
        (Some(Resolution::Watched(name)), _) => (
            context.glyphs.dot,
            theme.dim,
            excerpt,
            format!("already watched as '{name}'"),
        ),
        (Some(Resolution::Incomplete(missing)), _) => (
            context.glyphs.state(State::Unknown),
            theme.warning,
            excerpt,
            missing.clone(),
        ),
        (None, Err(error)) => (
            context.glyphs.state(State::Failed),
            theme.state(State::Failed),
            excerpt,
            error.to_string(),
        ),
        (None, Ok(_)) => return,
    };
    let mut x = area.x;
    let rest = |x: u16| area.right().saturating_sub(x);
    x += put(
        canvas,
        x,
        area.y,
        rest(x),
        &format!("{:>4} ", each.read.line),
        theme.dim,
    );
    x += put(canvas, x, area.y, rest(x), glyph, style) + 1;
    let room = rest(x);
    let what = fitted(
        &what,
        (room / 2).saturating_sub(1),
        Cut::Middle,
        context.glyphs.ellipsis,
    );
    put(canvas, x, area.y, room, &what, Style::new());
    let x = x + cells(&what).max(room / 2);
    let why = fitted(&why, rest(x), Cut::End, context.glyphs.ellipsis);
    put(canvas, x, area.y, rest(x), &why, style);
}
