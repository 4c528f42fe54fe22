//! The first line: environments, counts of jobs, special conditions, the time.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::{Action, ConfigSource, Model, Step};
use crate::hotglue::age;
use crate::ui::style::COUNTED_STATES;
use crate::ui::style::RenderContext;
use crate::ui::style::draw::Draw;
use crate::ui::style::text::{Cut, cells};
use crate::watch::EnvironmentStatus;

/// Cells between two parts of the line.
const GAP: u16 = 2;
/// The least width of the environments, in cells.
const MIN_ENVIRONMENTS: u16 = 10;

/// How much of the counts is shown. Counts of zero never are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brevity {
    /// Glyph, number and word.
    Full,
    /// Number and word.
    Words,
    /// Number and word, slow and silent jobs with a glyph.
    Short,
    /// Glyph and number.
    Glyphs,
}

/// The width from which flags are spelled out.
const WIDE: u16 = 100;

pub(in crate::ui) fn draw(model: &Model, context: &RenderContext, area: Rect, canvas: &mut Buffer) {
    let area = area.inner(Margin::new(1, 0));
    let name = Span::styled("hgtop", context.theme.accent);
    let environments = environments(model, context);
    let environments_width = width_of(&environments);
    let flags = Line::from_iter(separated(flags(model, context), " "));
    let fixed = with_gap(width_of(&flags));
    let name_width = cells(&name.content) + GAP;

    let [full, plain, brief, glyphs] = [
        Brevity::Full,
        Brevity::Words,
        Brevity::Short,
        Brevity::Glyphs,
    ]
    .map(|form| counts(model, context, form));
    let (interval, clock) = (interval(model), clock(model));
    let total = total(model);
    let dot = context.glyphs.dot;
    let right = |parts: &[Option<&str>]| {
        let parts: Vec<_> = parts.iter().copied().flatten().collect();
        parts.join(&format!(" {dot} "))
    };
    let stretched = interval.as_ref().filter(|interval| interval.is_stretched);
    let long = interval.as_ref().map(|interval| interval.long.as_str());
    let must = stretched.map(|interval| interval.long.as_str());
    let short = stretched.map(|interval| interval.short.as_str());
    let clock = Some(clock.as_str());
    let count = model.jobs.counts().total().to_string();
    // From everything of interest down to what must never be missing: failures,
    // the total, and what the rate limit does.
    let most = environments_width;
    let least = MIN_ENVIRONMENTS.min(most);
    let choices = [
        (true, most, &full, right(&[Some(&total), long, clock])),
        (true, most, &full, right(&[Some(&total), must, clock])),
        (true, most, &plain, right(&[Some(&total), must, clock])),
        (true, least, &plain, right(&[Some(&total), short, clock])),
        (true, least, &plain, right(&[Some(&total), short])),
        (false, least, &plain, right(&[Some(&total), short])),
        (false, least, &brief, right(&[Some(&total), short])),
        (true, least, &glyphs, right(&[Some(&total), short])),
        (false, least, &glyphs, right(&[Some(&total), short])),
        (false, least, &glyphs, right(&[Some(&count), short])),
        (false, 0, &glyphs, right(&[Some(&count), short])),
    ];
    let taken = |with_name: bool, counts: &Line, right: &str| {
        let name = if with_name { name_width } else { 0 };
        fixed + name + width_of(counts) + GAP + cells(right)
    };
    let fitting = choices
        .iter()
        .find(|(with_name, environments, counts, right)| {
            taken(*with_name, counts, right) + with_gap(*environments) <= area.width
        });
    let mut left = Line::default();
    if let Some((with_name, least, counts, right)) = fitting {
        if *with_name {
            left.push_span(name);
        }
        if *least > 0 {
            if *with_name {
                left.push_span("  ");
            }
            let room = area.width - taken(*with_name, counts, right) - GAP;
            left.extend(fitted_environments(context, environments, room));
        }
        if !flags.spans.is_empty() {
            if !left.spans.is_empty() {
                left.push_span("  ");
            }
            left.extend(flags);
        }
        let [left_area, counts_area, right_area] = area.layout(
            &Layout::horizontal([
                Constraint::Length(width_of(&left)),
                Constraint::Fill(1),
                Constraint::Length(cells(right)),
            ])
            .spacing(GAP),
        );
        left.draw(left_area, canvas);
        (*counts).clone().centered().draw(counts_area, canvas);
        Span::styled(right.as_str(), context.theme.dim).draw(right_area, canvas);
        return;
    }
    // Nothing fits: failures and total first, then as much of the flags as fits.
    let right = right(&[Some(&count), short]);
    left.extend(glyphs);
    left.push_span(format!(" {right} "));
    left.extend(flags);
    context
        .fitted_line(left.spans, area.width)
        .draw(area, canvas);
}

fn width_of(line: &Line) -> u16 {
    u16::try_from(line.width()).unwrap_or(u16::MAX)
}

/// The width of a part with the gap before it.
fn with_gap(width: u16) -> u16 {
    if width == 0 { 0 } else { width + GAP }
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
/// another, each in its color where it has one.
fn environments<'a>(model: &Model, context: &RenderContext) -> Line<'a> {
    if model.environments.is_empty() {
        return Line::raw(match model.source {
            ConfigSource::Demo => "demo",
            ConfigSource::Replay => "replay",
            ConfigSource::File(_) | ConfigSource::NoFile(_) => "no environment",
        });
    }
    let mut line = Line::default();
    for environment in model.environments.iter() {
        if !line.spans.is_empty() {
            line.push_span(format!(" {} ", context.glyphs.dot));
        }
        let (name, env_id) = (environment.name(), environment.env_id());
        let label = if env_id.as_str().contains(name.as_str()) {
            env_id.to_string()
        } else {
            format!("{name}={env_id}")
        };
        line.push_span(match environment.config.accent {
            Some(accent) => Span::styled(format!(" {label} "), context.theme.badge(accent)),
            None => Span::raw(label),
        });
    }
    line
}

/// The environments in at most `room` cells. A single one is cut in its middle,
/// several at the end of the list.
fn fitted_environments<'a>(context: &RenderContext, line: Line<'a>, room: u16) -> Vec<Span<'a>> {
    match <[Span; 1]>::try_from(line.spans) {
        Ok([label]) => {
            let style = label.style;
            let text = context.fitted(label.content, room, Cut::Middle);
            vec![Span::styled(text, style)]
        }
        Err(several) => context.fitted_line(several, room).spans,
    }
}

/// How many jobs are in each state. Slow and silent jobs are part of the count of
/// their state, so that the counts add up.
fn counts<'a>(model: &Model, context: &RenderContext, form: Brevity) -> Line<'a> {
    let counts = model.jobs.counts();
    let count = |glyph: &str, count: usize, name: &str, style: Style| {
        let text = match form {
            Brevity::Full => format!("{glyph} {count} {name}"),
            Brevity::Words | Brevity::Short => format!("{count} {name}"),
            Brevity::Glyphs => format!("{glyph}{count}"),
        };
        (count > 0).then(|| vec![Span::styled(text, style)])
    };
    let states = COUNTED_STATES.into_iter().map(|state| {
        let glyph = context.glyphs.state(state);
        let style = context.theme.state(state);
        let mut spans = count(glyph, counts.of(state), state.name(), style)?;
        let (slow, silent) = (counts.slow(state), counts.silent(state));
        let anomalies = match (form, slow, silent) {
            (_, 0, 0) => return Some(spans),
            (Brevity::Glyphs | Brevity::Short, ..) => {
                format!("({}{})", context.glyphs.slow, slow + silent)
            }
            (_, _, 0) => format!(" ({slow} slow)"),
            (_, 0, _) => format!(" ({silent} silent)"),
            (..) => format!(" ({slow} slow, {silent} silent)"),
        };
        spans.push(Span::styled(anomalies, context.theme.warning));
        Some(spans)
    });
    let (pending, glyph) = (counts.pending(), context.glyphs.pending);
    let pending = count(glyph, pending, "pending", context.theme.dim);
    let gap = match form {
        Brevity::Full | Brevity::Words => "  ",
        Brevity::Short | Brevity::Glyphs => " ",
    };
    let mut line = Line::default();
    let (not_started, glyph) = (counts.not_started(), context.glyphs.pending);
    let not_started = count(glyph, not_started, "not started", context.theme.dim);
    for spans in states.chain([pending, not_started]).flatten() {
        if !line.spans.is_empty() {
            line.push_span(gap);
        }
        line.extend(spans);
    }
    line
}

fn clock(model: &Model) -> String {
    let local = model.shown_now().to_zoned_datetime(model.zone.clone());
    local.strftime("%H:%M:%S").to_string()
}

fn total(model: &Model) -> String {
    match model.jobs.counts().total() {
        1 => "1 job".to_owned(),
        total => format!("{total} jobs"),
    }
}

/// The time between two polls of a job.
struct Interval {
    long: String,
    short: String,
    /// Whether the rate limit makes it longer than it is configured.
    is_stretched: bool,
}

fn interval(model: &Model) -> Option<Interval> {
    let stretched = model.stretched_interval();
    let seconds = stretched
        .unwrap_or(model.settings.poll_interval())
        .as_secs();
    let short = format!("every {seconds}s");
    (model.jobs.counts().total() > 0).then(|| Interval {
        long: match stretched {
            Some(_) => format!("each job every {seconds}s (rate limit)"),
            None => short.clone(),
        },
        short,
        is_stretched: stretched.is_some(),
    })
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
            // On a narrow window the counts beside it keep their labels.
            let key = model.keymap.keys(Action::Failure(Step::Next)).first();
            let text = match key {
                _ if model.size.width < WIDE => format!("{count} NEW"),
                Some(key) => format!("{count} NEW FAILED: {key}"),
                None => format!("{count} NEW FAILED"),
            };
            flag(text, alarm);
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
