//! The first line: environments, counts of jobs, special conditions, the time.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::app::{Action, ConfigSource, Model, Step};
use crate::hotglue::{State, age};
use crate::ui::style::RenderContext;
use crate::ui::style::text::{Cut, cells};
use crate::watch::EnvironmentStatus;

/// The counts, in the order in which they are shown.
const COUNTED: [State; 6] = [
    State::Running,
    State::Queued,
    State::Completed,
    State::Failed,
    State::Cancelled,
    State::Unknown,
];
/// Cells between two parts of the line.
const GAP: u16 = 2;
/// The least width of the environments, in cells.
const MIN_ENVIRONMENTS: u16 = 6;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let area = area.inner(Margin::new(1, 0));
    let name = Span::styled("hgtop", context.theme.accent);
    let flags = Line::from_iter(separated(flags(model, context), " "));
    let environments = environments(model, context);

    let width = |line: &Line| u16::try_from(line.width()).unwrap_or(u16::MAX);
    let flags_width = match width(&flags) {
        0 => 0,
        width => width + GAP,
    };
    let fixed = cells(&name.content) + GAP + flags_width;

    // From everything of interest down to what must never be missing.
    let long = counts(model, context, true);
    let short = counts(model, context, false);
    let status = status(model, context);
    let clock = clock(model);
    let choices = [
        (&long, status.as_str(), cells(&environments)),
        (&long, &clock, cells(&environments)),
        (&short, &clock, cells(&environments)),
        (&short, "", cells(&environments)),
        (&short, "", 0),
    ];
    let fits = |(counts, right, environments): &(&Line, &str, u16)| {
        fixed + environments + GAP + width(counts) + GAP + cells(right) <= area.width
    };
    let chosen = choices.into_iter().find(fits);
    let (counts, right, _) = chosen.unwrap_or((&short, "", 0));

    let taken = fixed + GAP + width(counts) + GAP + cells(right);
    let room = area.width.saturating_sub(taken);
    let mut left = Line::from(name);
    if room >= MIN_ENVIRONMENTS {
        left.push_span("  ");
        left.push_span(context.fitted(environments, room, Cut::Middle));
    }
    if flags_width > 0 {
        left.push_span("  ");
        left.extend(flags);
    }
    let [left_area, counts_area, right_area] = area.layout(
        &Layout::horizontal([
            Constraint::Length(width(&left)),
            Constraint::Fill(1),
            Constraint::Length(cells(right)),
        ])
        .spacing(GAP),
    );
    left.render(left_area, canvas);
    // Counts that do not fit are cut at their end.
    let counts = if width(counts) <= counts_area.width {
        counts.clone().centered()
    } else {
        counts.clone()
    };
    counts.render(counts_area, canvas);
    Span::styled(right, context.theme.dim).render(right_area, canvas);
}

fn separated<'a>(spans: Vec<Span<'a>>, separator: &'static str) -> Vec<Span<'a>> {
    let mut line = Vec::new();
    for span in spans {
        if !line.is_empty() {
            line.push(Span::raw(separator));
        }
        line.push(span);
    }
    line
}

/// The environments by the service's own ids, so that nobody mistakes one for
/// another.
fn environments(model: &Model, context: &RenderContext) -> String {
    if model.environments.is_empty() {
        return match model.source {
            ConfigSource::Demo => "demo".to_owned(),
            ConfigSource::File(_) | ConfigSource::NoFile(_) => "no environment".to_owned(),
        };
    }
    let separator = format!(" {} ", context.glyphs.dot);
    let labels: Vec<_> = model
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
    labels.join(&separator)
}

/// How many jobs are in each state. Slow and silent jobs are part of the count of
/// their state, so that the counts add up.
fn counts<'a>(model: &Model, context: &RenderContext, long: bool) -> Line<'a> {
    let counts = model.jobs.counts();
    let count = |glyph: &str, count: usize, name: &str, style: Style| {
        let text = if long {
            format!("{glyph} {count} {name}")
        } else {
            format!("{glyph}{count}")
        };
        (count > 0).then(|| vec![Span::styled(text, style)])
    };
    let states = COUNTED.into_iter().map(|state| {
        let glyph = context.glyphs.state(state);
        let style = context.theme.state(state);
        let mut spans = count(glyph, counts.of(state), state.name(), style)?;
        let (slow, silent) = (counts.slow(state), counts.silent(state));
        let anomalies = match (long, slow, silent) {
            (_, 0, 0) => return Some(spans),
            (false, ..) => format!("({}{})", context.glyphs.slow, slow + silent),
            (true, _, 0) => format!(" ({slow} slow)"),
            (true, 0, _) => format!(" ({silent} silent)"),
            (true, ..) => format!(" ({slow} slow, {silent} silent)"),
        };
        spans.push(Span::styled(anomalies, context.theme.warning));
        Some(spans)
    });
    let (pending, glyph) = (counts.pending(), context.glyphs.pending);
    let pending = count(glyph, pending, "pending", context.theme.dim);
    let mut line = Line::default();
    for spans in states.chain([pending]).flatten() {
        if !line.spans.is_empty() {
            line.push_span("  ");
        }
        line.extend(spans);
    }
    line
}

fn clock(model: &Model) -> String {
    let local = model.shown_now().to_zoned_datetime(model.zone.clone());
    local.strftime("%H:%M:%S").to_string()
}

/// The number of jobs, the poll interval and the time.
fn status(model: &Model, context: &RenderContext) -> String {
    let dot = context.glyphs.dot;
    let total = model.jobs.counts().total();
    let jobs = if total == 1 { "job" } else { "jobs" };
    let stretched = model.stretched_interval();
    let seconds = stretched
        .unwrap_or(model.settings.poll_interval())
        .as_secs();
    let reason = if stretched.is_some() {
        " (rate limit)"
    } else {
        ""
    };
    format!(
        "{total} {jobs} {dot} every {seconds}s{reason} {dot} {}",
        clock(model)
    )
}

/// Conditions that the user should not overlook.
fn flags<'a>(model: &Model, context: &RenderContext) -> Vec<Span<'a>> {
    let mut flags: Vec<Span> = Vec::new();
    let mut flag = |text: String, style: Style| {
        let span = Span::styled(format!(" {text} "), style);
        if flags.last() != Some(&span) {
            flags.push(span);
        }
    };
    let (alarm, notable) = (context.theme.alarm, context.theme.flag);
    match model.changes.unsaved.len() {
        0 => {}
        count => flag(format!("UNSAVED {count}"), alarm),
    }
    match model.alerts.unseen_failures() {
        0 => {}
        count => {
            let key = model.keymap.keys(Action::Failure(Step::Next)).first();
            let key = key.map_or_else(String::new, |key| format!(": {key}"));
            flag(format!("{count} NEW FAILED{key}"), alarm);
        }
    }
    if model.paused {
        flag("PAUSED".to_owned(), notable);
    }
    if model.freeze.is_some() {
        flag("FROZEN".to_owned(), notable);
    }
    for environment in model.environments.iter() {
        match &environment.status {
            EnvironmentStatus::RateLimited { until } => {
                let wait = age(model.now, *until);
                flag(format!("RATE LIMITED {wait}"), notable);
            }
            EnvironmentStatus::Outage { error, .. } if error.is_unreachable() => {
                flag("OFFLINE".to_owned(), alarm);
            }
            EnvironmentStatus::Closed
            | EnvironmentStatus::Unauthorized { .. }
            | EnvironmentStatus::Outage { .. } => {}
        }
    }
    flags
}
