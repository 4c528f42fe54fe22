//! The first line: where we are, how the jobs stand, what is special now, and
//! the time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::{Action, ConfigSource, Model, Step};
use crate::hotglue::{State, age};
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, cells, fitted, put};
use crate::watch::EnvironmentStatus;

type Part = (String, Style);

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let flags = flags(model, context);
    let flags_width: u16 = flags.iter().map(|(word, _)| cells(word) + 1).sum();
    let room = area.width.saturating_sub(flags_width);

    // From all that would be nice to the least that must be.
    let short = counts(model, context, false);
    let long = counts(model, context, true);
    let full = right(model, context, true);
    let clock = right(model, context, false);
    let environments = environments(model, context);
    let name = 8;
    let choices = [
        (&long, full.as_str(), cells(&environments)),
        (&long, clock.as_str(), cells(&environments)),
        (&short, clock.as_str(), cells(&environments)),
        (&short, "", cells(&environments)),
        (&short, "", 0),
    ];
    let width_of = |counts: &[Part]| counts.iter().map(|(text, _)| cells(text) + 2).sum::<u16>();
    let (counts, right, _) = choices
        .into_iter()
        .find(|(counts, right, left)| name + left + 2 + width_of(counts) + cells(right) < room)
        .unwrap_or((&short, "", 0));

    let mut x = area.x + 1;
    x += put(canvas, x, area.y, room, "hgtop", context.theme.accent) + 2;
    let left_room = room
        .saturating_sub(x + width_of(counts) + cells(right) + 1)
        .max(6);
    let left = fitted(
        &environments,
        left_room,
        Cut::Middle,
        context.glyphs.ellipsis,
    );
    x += put(canvas, x, area.y, left_room, &left, Style::new()) + 2;

    for (word, style) in flags {
        x += put(
            canvas,
            x,
            area.y,
            area.right().saturating_sub(x),
            &word,
            style,
        ) + 1;
    }
    // Counts stand in the middle where there is room, never over the rest.
    let right_x = area.right().saturating_sub(cells(right) + 1);
    let middle = (area.width / 2).saturating_sub(width_of(counts) / 2);
    let latest = right_x.saturating_sub(width_of(counts));
    let mut x = middle.max(x).min(latest.max(x));
    for (text, style) in counts {
        x += put(
            canvas,
            x,
            area.y,
            area.right().saturating_sub(x),
            text,
            *style,
        ) + 2;
    }
    put(
        canvas,
        right_x,
        area.y,
        cells(right),
        right,
        context.theme.dim,
    );
}

/// The environments; the service's own ids, so that nobody mistakes one for
/// another.
fn environments(model: &Model, context: &RenderContext) -> String {
    if model.environments.is_empty() {
        return match model.source {
            ConfigSource::Demo => "demo".to_owned(),
            _ => "no environment".to_owned(),
        };
    }
    let separator = format!(" {} ", context.glyphs.dot);
    let parts: Vec<_> = model
        .environments
        .iter()
        .map(|environment| {
            let (name, env_id) = (environment.name(), environment.env_id());
            if env_id.as_str().contains(name.as_str()) {
                env_id.to_string()
            } else {
                format!("{name}={env_id}")
            }
        })
        .collect();
    parts.join(&separator)
}

fn counts(model: &Model, context: &RenderContext, long: bool) -> Vec<Part> {
    let counts = model.jobs.counts();
    let slow = (counts.anomalies() > 0).then(|| {
        let (glyph, count) = (context.glyphs.slow, counts.anomalies());
        let text = if long {
            format!("{glyph} {count} slow")
        } else {
            format!("{glyph}{count}")
        };
        (text, context.theme.warning)
    });
    let order = [
        State::Running,
        State::Queued,
        State::Completed,
        State::Failed,
        State::Cancelled,
        State::Unknown,
    ];
    order
        .into_iter()
        .filter(|state| counts.of(*state) > 0)
        .map(|state| {
            let (glyph, count) = (context.glyphs.state(state), counts.of(state));
            let text = if long {
                format!("{glyph} {count} {}", state.name())
            } else {
                format!("{glyph}{count}")
            };
            (text, context.theme.state(state))
        })
        .chain(slow)
        .collect()
}

fn right(model: &Model, context: &RenderContext, full: bool) -> String {
    let at = model.freeze.as_ref().map_or(model.now, |freeze| freeze.at);
    let clock = at
        .to_zoned_datetime(model.zone.clone())
        .strftime("%H:%M:%S")
        .to_string();
    if !full {
        return clock;
    }
    let dot = context.glyphs.dot;
    let total = model.jobs.counts().total();
    let jobs = if total == 1 {
        "1 job".to_owned()
    } else {
        format!("{total} jobs")
    };
    let every = model
        .stretched_interval()
        .unwrap_or(model.settings.poll_interval())
        .as_secs();
    let limited = if model.stretched_interval().is_some() {
        " (rate limit)"
    } else {
        ""
    };
    format!("{jobs} {dot} every {every}s{limited} {dot} {clock}")
}

fn flags(model: &Model, context: &RenderContext) -> Vec<Part> {
    let mut flags = Vec::new();
    let unsaved = model.changes.unsaved.len();
    if unsaved > 0 {
        flags.push((format!(" UNSAVED {unsaved} "), context.theme.alarm));
    }
    let failures = model.alerts.unseen_failures();
    if failures > 0 {
        let key = model.keymap.keys(Action::Failure(Step::Next)).first();
        let key = key.map_or("n", String::as_str);
        flags.push((
            format!(" {failures} NEW FAILED: {key} "),
            context.theme.alarm,
        ));
    }
    if model.paused {
        flags.push((" PAUSED ".to_owned(), context.theme.flag));
    }
    if model.freeze.is_some() {
        flags.push((" FROZEN ".to_owned(), context.theme.flag));
    }
    for environment in model.environments.iter() {
        match &environment.status {
            EnvironmentStatus::RateLimited { until } => {
                let wait = age(model.now, *until);
                flags.push((format!(" RATE LIMITED {wait} "), context.theme.flag));
            }
            EnvironmentStatus::Outage { error, .. } if error.is_unreachable() => {
                flags.push((" OFFLINE ".to_owned(), context.theme.alarm));
            }
            _ => {}
        }
    }
    flags.dedup();
    flags
}
