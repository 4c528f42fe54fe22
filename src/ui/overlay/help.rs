//! The help: every action with its keys, made from the key map.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::app::{Action, ActionList, Model, Section};
use crate::ui::overlay::popup;
use crate::ui::style::RenderContext;
use crate::ui::style::input::input_line;
use crate::ui::style::text::put;

pub(super) fn draw(
    model: &Model,
    context: &RenderContext,
    list: &ActionList,
    area: Rect,
    canvas: &mut Buffer,
) -> Position {
    let inside = popup::open(context, "Help", 76, 64, area, canvas);
    let cursor = input_line(context, &list.input, inside, canvas);
    let lines = lines(model, list);
    let room = usize::from(inside.height.saturating_sub(2));
    let first = list.at.min(lines.len().saturating_sub(room));
    for (y, (keys, words)) in (inside.top() + 2..inside.bottom()).zip(&lines[first..]) {
        match keys {
            None => put(
                canvas,
                inside.x,
                y,
                inside.width,
                words,
                context.theme.heading,
            ),
            Some(keys) => {
                put(canvas, inside.x + 2, y, 16, keys, context.theme.accent);
                let x = inside.x + 19;
                put(
                    canvas,
                    x,
                    y,
                    inside.right().saturating_sub(x),
                    words,
                    Style::new(),
                )
            }
        };
    }
    if lines.len() > first + room {
        let more = format!(" {} more below ", lines.len() - first - room);
        let x = inside
            .right()
            .saturating_sub(u16::try_from(more.len()).unwrap_or(0));
        put(
            canvas,
            x,
            inside.bottom(),
            inside.width,
            &more,
            context.theme.dim,
        );
    }
    cursor
}

/// Headings, without keys, and actions.
fn lines(model: &Model, list: &ActionList) -> Vec<(Option<String>, String)> {
    let searched = !list.input.value().is_empty();
    let line = |action: &Action| {
        let keys = model.keymap.keys(*action).join("  ");
        (Some(keys), action.description().to_owned())
    };
    if searched {
        return list.actions.iter().map(line).collect();
    }
    let mut lines = Vec::new();
    for group in Section::all() {
        if !lines.is_empty() {
            lines.push((None, String::new()));
        }
        lines.push((None, group.title().to_owned()));
        lines.extend(
            Action::all()
                .filter(|action| action.section() == group)
                .map(|action| line(&action)),
        );
    }
    lines.push((None, String::new()));
    lines.push((None, "Filter".to_owned()));
    for (word, meaning) in [
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
    ] {
        lines.push((Some(word.to_owned()), meaning.to_owned()));
    }
    lines
}
