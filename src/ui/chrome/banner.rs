//! One line for each environment in trouble, above the last good picture.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Action, ApiKeyState, EnvironmentEntry, Model};
use crate::hotglue::age;
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, fitted, put};
use crate::watch::EnvironmentStatus;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let file = model.file_problem.as_ref().map(|problem| {
        let first = problem.lines().next().unwrap_or_default();
        format!("the config file as it is now is not used: {first}")
    });
    let unsaved = model.changes.unsaved.first().map(|(_, reason)| {
        let key = model
            .keymap
            .keys(Action::Save)
            .first()
            .cloned()
            .unwrap_or_default();
        format!("{reason} ({key} tries again)")
    });
    let environments = model
        .environments
        .with_problems()
        .map(|environment| words(model, environment));
    let lines = file.into_iter().chain(unsaved).chain(environments);
    for (y, words) in (area.top()..area.bottom()).zip(lines) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        canvas.set_style(line, context.theme.alarm);
        let words = fitted(
            &words,
            area.width.saturating_sub(2),
            Cut::End,
            context.glyphs.ellipsis,
        );
        put(
            canvas,
            area.x + 1,
            y,
            area.width,
            &words,
            context.theme.alarm,
        );
    }
}

fn words(model: &Model, environment: &EnvironmentEntry) -> String {
    let name = environment.name();
    if let ApiKeyState::Unavailable(problem) = &environment.api_key {
        return format!("{name}: {problem}");
    }
    let (what, since, error, next) = match &environment.status {
        EnvironmentStatus::Unauthorized { since, error, next } => ("stopped", since, error, next),
        EnvironmentStatus::Outage { since, error, next } => (
            if error.is_unreachable() {
                "offline"
            } else {
                "in trouble"
            },
            since,
            error,
            next,
        ),
        EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => return String::new(),
    };
    let since = match age(*since, model.now).as_str() {
        "now" => "just now".to_owned(),
        age => format!("for {age}"),
    };
    let next = match age(model.now, *next).as_str() {
        "now" => "trying again".to_owned(),
        wait => format!("next try in {wait}"),
    };
    format!("{name} {what} {since}: {error} ({next})")
}
