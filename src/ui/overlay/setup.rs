//! The first-run form.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{ConfigSource, KeyPlace, Model, SetupField, SetupForm};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::skip_cells;
use crate::ui::style::text::{Cut, fitted, put};

/// The width of the labels.
const LABELS: u16 = 12;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    form: &SetupForm,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let inside = popup::open(context, "Welcome to hgtop", 74, 14, area, canvas);
    let theme = &context.theme;
    let write = |canvas: &mut Buffer, line: u16, text: &str, style: Style| {
        if line < inside.height {
            let text = fitted(text, inside.width, Cut::End, context.glyphs.ellipsis);
            put(
                canvas,
                inside.x,
                inside.y + line,
                inside.width,
                &text,
                style,
            );
        }
    };
    if let ConfigSource::NoFile(path) = &model.source {
        write(
            canvas,
            0,
            "Which environment of hotglue? This makes the config file",
            Style::new(),
        );
        write(canvas, 1, path, theme.dim);
    }
    let secret = form.place == KeyPlace::File;
    let label = match form.place {
        KeyPlace::Variable => "variable",
        KeyPlace::Command => "command",
        KeyPlace::File => "key",
    };
    let lines = [
        (SetupField::EnvId, "env_id", 3, Some(&form.env_id)),
        (SetupField::Place, "the key is", 5, None),
        (SetupField::Key, label, 6, Some(form.key())),
        (SetupField::BaseUrl, "base_url", 8, Some(&form.base_url)),
    ];
    let mut cursor = Position::new(inside.x, inside.y);
    for (field, label, line, input) in lines {
        let y = inside.y + line;
        if line >= inside.height {
            continue;
        }
        let focused = form.field == field;
        let style = if focused { theme.accent } else { theme.label };
        put(canvas, inside.x, y, LABELS, label, style);
        let x = inside.x + LABELS;
        let room = inside.right().saturating_sub(x + 1);
        let Some(input) = input else {
            put(
                canvas,
                x,
                y,
                room,
                &format!("< {} >", form.place.words()),
                Style::new(),
            );
            if focused {
                cursor = Position::new(x + 2, y);
            }
            continue;
        };
        let hidden = input.visual_scroll(usize::from(room.max(1)));
        let shown = skip_cells(input.value(), hidden);
        let shown = if secret && field == SetupField::Key {
            "*".repeat(shown.chars().count())
        } else {
            shown
        };
        put(canvas, x, y, room, &shown, Style::new());
        if focused {
            let column = u16::try_from(input.visual_cursor().max(hidden) - hidden).unwrap_or(0);
            cursor = Position::new(x + column.min(room), y);
        }
    }
    match (&form.problem, secret) {
        (Some(problem), _) => write(canvas, 10, problem, theme.warning),
        (None, true) => write(
            canvas,
            10,
            "A key in a file can be read by whoever reads the file.",
            theme.warning,
        ),
        (None, false) if form.offered => write(
            canvas,
            10,
            "Filled in from the files of hotglue's own command line tool.",
            theme.dim,
        ),
        (None, false) => write(
            canvas,
            10,
            "Or look around first, without key or network: hgtop demo",
            theme.dim,
        ),
    }
    cursor
}
