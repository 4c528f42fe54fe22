//! One line for each problem that affects more than one job.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Action, ApiKeyState, EnvironmentEntry, Model};
use crate::hotglue::age;
use crate::ui::style::RenderContext;
use crate::watch::EnvironmentStatus;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let file = model.file_problem.as_ref().map(|problem| {
        let first = problem.lines().next().unwrap_or_default();
        format!("config not applied: {first}")
    });
    let unsaved = model.changes.unsaved.first().map(|(_, reason)| {
        match model.keymap.keys(Action::Save).first() {
            Some(key) => format!("{reason} ({key} retries)"),
            None => reason.clone(),
        }
    });
    let environments = model
        .environments
        .with_problems()
        .map(|environment| message(model, environment));
    let messages = file.into_iter().chain(unsaved).chain(environments);
    let width = area.width.saturating_sub(1);
    for (line, message) in area.rows().zip(messages) {
        let spans = [Span::raw(" "), Span::raw(message)];
        let banner: Line = context.fitted_line(spans, width);
        banner.style(context.theme.alarm).render(line, canvas);
    }
}

/// What is wrong with an environment, since when, and when it is tried again.
fn message(model: &Model, environment: &EnvironmentEntry) -> String {
    let name = environment.name();
    if let ApiKeyState::Unavailable(problem) = &environment.api_key {
        return format!("{name}: {problem}");
    }
    let retry = |next| match age(model.now, next).as_str() {
        "now" => "retrying".to_owned(),
        wait => format!("next try in {wait}"),
    };
    match &environment.status {
        EnvironmentStatus::Unauthorized { error, next, .. } => {
            format!("{name}: {}, {}", error.summary(), retry(*next))
        }
        EnvironmentStatus::Outage { since, error, next } => {
            let duration = match age(*since, model.now).as_str() {
                "now" => String::new(),
                age => format!(" for {age}"),
            };
            format!("{name}: {}{duration}, {}", error.summary(), retry(*next))
        }
        EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => String::new(),
    }
}
