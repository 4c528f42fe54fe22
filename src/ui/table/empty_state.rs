//! What is shown where the table has no rows: why, and what to do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use crate::app::{Action, ConfigSource, Model, OverlayKind, Show};
use crate::ui::style::RenderContext;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let lines = if model.jobs.counts().total() > 0 {
        no_match(model, context)
    } else {
        no_jobs(model, context)
    };
    let width = lines.iter().map(Line::width).max().unwrap_or(0);
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let [_, middle, _] = area.layout(&Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(height),
        Constraint::Fill(2),
    ]));
    let middle = middle.centered_horizontally(Constraint::Length(width));
    Paragraph::new(lines).render(middle, canvas);
}

/// A phrase that starts with the key of an action; empty where it has none.
fn key_phrase(model: &Model, action: Action, phrase: &str) -> String {
    let key = model.keymap.keys(action).first();
    key.map_or_else(String::new, |key| format!("{key} {phrase}"))
}

/// For a table whose rows are all filtered out.
fn no_match(model: &Model, context: &RenderContext) -> Vec<Line<'static>> {
    let total = model.jobs.counts().total();
    let reason = match (
        model.jobs.table().settings().show,
        model.jobs.table().settings().filter.text(),
    ) {
        (Show::All, filter) => format!("None of the {total} jobs matches the filter '{filter}'."),
        (show, "") => format!("None of the {total} jobs is {}.", show.name()),
        (show, filter) => format!("No {} job matches the filter '{filter}'.", show.name()),
    };
    let back = key_phrase(model, Action::Back, "shows all jobs");
    vec![
        Line::raw(reason),
        Line::default(),
        Line::from(Span::styled(back, context.theme.dim)),
    ]
}

/// For a list without jobs.
fn no_jobs(model: &Model, context: &RenderContext) -> Vec<Line<'static>> {
    let (theme, dim) = (&context.theme, context.theme.dim);
    let title = Span::styled("Welcome to hgtop", theme.accent);
    let mut lines = vec![Line::from(title), Line::default()];
    let add = Action::Open(OverlayKind::Add);
    match &model.source {
        ConfigSource::NoFile(_) => lines.extend([
            Line::raw("There is no config file yet."),
            Line::default(),
            Line::raw(key_phrase(
                model,
                add,
                "names your environment and creates one.",
            )),
            Line::raw("To look around first, without an API key or a network: hgtop demo"),
        ]),
        ConfigSource::File(_) => {
            lines.extend([
                Line::raw("No jobs are watched yet."),
                Line::default(),
                Line::raw("Paste job_roots, status URLs, answers of Run job calls or curl"),
                Line::raw("commands here, one or many."),
                Line::raw(key_phrase(model, add, "opens the form that adds jobs.")),
                Line::raw(key_phrase(
                    model,
                    Action::Open(OverlayKind::Discover),
                    "browses flows and tenants.",
                )),
            ]);
            for (_, followed) in model.follows.iter() {
                let name = &followed.flow.name;
                lines.push(Line::from(match &followed.problem {
                    None => Span::styled(format!("Listing the tenants of '{name}' …"), dim),
                    Some(problem) => Span::styled(format!("'{name}': {problem}"), theme.warning),
                }));
            }
        }
        ConfigSource::Replay => lines.push(Line::raw("No jobs are recorded at this time.")),
        ConfigSource::Demo => {
            lines.push(Line::raw(
                "This demo has no jobs. Try: hgtop demo --jobs 24",
            ));
        }
    }
    let keys = [
        key_phrase(model, Action::Open(OverlayKind::Help), "help"),
        key_phrase(model, Action::Quit, "quit"),
    ];
    lines.push(Line::default());
    lines.push(Line::from(Span::styled(keys.join("   "), dim)));
    lines
}
