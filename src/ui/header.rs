//! The first line: where we are, how the jobs stand, what is special now, and
//! the time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Brush;
use super::text::{Cut, cells, fitted, put};
use crate::app::{Action, Model, Origin};
use crate::hotglue::{State, age};
use crate::watch::Condition;

type Part = (String, Style);

pub(super) fn draw(model: &Model, brush: &Brush, area: Rect, canvas: &mut Buffer) {
    let flags = flags(model, brush);
    let flags_width: u16 = flags.iter().map(|(word, _)| cells(word) + 1).sum();
    let room = area.width.saturating_sub(flags_width);

    // From all that would be nice to the least that must be.
    let short = counts(model, brush, false);
    let long = counts(model, brush, true);
    let full = right(model, brush, true);
    let clock = right(model, brush, false);
    let environments = environments(model, brush);
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
    x += put(canvas, x, area.y, room, "hgtop", brush.theme.accent) + 2;
    let left_room = room
        .saturating_sub(x + width_of(counts) + cells(right) + 1)
        .max(6);
    let left = fitted(&environments, left_room, Cut::Middle, brush.glyphs.ellipsis);
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
        brush.theme.dim,
    );
}

/// The environments; the service's own ids, so that nobody mistakes one for
/// another.
fn environments(model: &Model, brush: &Brush) -> String {
    if model.environments.is_empty() {
        return match model.origin {
            Origin::Demo => "demo".to_owned(),
            _ => "no environment".to_owned(),
        };
    }
    let separator = format!(" {} ", brush.glyphs.dot);
    let parts: Vec<_> = model
        .environments
        .values()
        .map(|environment| {
            if environment
                .env_id
                .as_str()
                .contains(environment.name.as_str())
            {
                environment.env_id.to_string()
            } else {
                format!("{}={}", environment.name, environment.env_id)
            }
        })
        .collect();
    parts.join(&separator)
}

fn counts(model: &Model, brush: &Brush, long: bool) -> Vec<Part> {
    let tally = model.jobs.tally();
    let slow = (tally.unusual() > 0).then(|| {
        let (glyph, count) = (brush.glyphs.slow, tally.unusual());
        let text = if long {
            format!("{glyph} {count} slow")
        } else {
            format!("{glyph}{count}")
        };
        (text, brush.theme.warning)
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
        .filter(|state| tally.of(*state) > 0)
        .map(|state| {
            let (glyph, count) = (brush.glyphs.state(state), tally.of(state));
            let text = if long {
                format!("{glyph} {count} {}", state.name())
            } else {
                format!("{glyph}{count}")
            };
            (text, brush.theme.state(state))
        })
        .chain(slow)
        .collect()
}

fn right(model: &Model, brush: &Brush, full: bool) -> String {
    let at = model.freeze.as_ref().map_or(model.now, |freeze| freeze.at);
    let clock = at
        .to_zoned_datetime(model.zone.clone())
        .strftime("%H:%M:%S")
        .to_string();
    if !full {
        return clock;
    }
    let dot = brush.glyphs.dot;
    let total = model.jobs.tally().total();
    let jobs = if total == 1 {
        "1 job".to_owned()
    } else {
        format!("{total} jobs")
    };
    let every = model
        .stretched_interval()
        .unwrap_or(model.poll_interval)
        .as_secs();
    let limited = if model.stretched_interval().is_some() {
        " (rate limit)"
    } else {
        ""
    };
    format!("{jobs} {dot} every {every}s{limited} {dot} {clock}")
}

fn flags(model: &Model, brush: &Brush) -> Vec<Part> {
    let mut flags = Vec::new();
    let unsaved = model.changes.unsaved.len();
    if unsaved > 0 {
        flags.push((format!(" UNSAVED {unsaved} "), brush.theme.alarm));
    }
    let failures = model.attention.unseen_failures();
    if failures > 0 {
        let key = model.keymap.keys(Action::NextFailure).first();
        let key = key.map_or("n", String::as_str);
        flags.push((format!(" {failures} NEW FAILED: {key} "), brush.theme.alarm));
    }
    if model.paused {
        flags.push((" PAUSED ".to_owned(), brush.theme.flag));
    }
    if model.freeze.is_some() {
        flags.push((" FROZEN ".to_owned(), brush.theme.flag));
    }
    for environment in model.environments.values() {
        match &environment.condition {
            Condition::Held { until } => {
                let wait = age(model.now, *until);
                flags.push((format!(" RATE LIMITED {wait} "), brush.theme.flag));
            }
            Condition::Outage { error, .. } if error.is_unreachable() => {
                flags.push((" OFFLINE ".to_owned(), brush.theme.alarm));
            }
            _ => {}
        }
    }
    flags.dedup();
    flags
}
