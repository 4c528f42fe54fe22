//! The way of a job: its stages as bars on one axis of time, held against what
//! is usual; what sets it apart from its last good run; the runs before it.

use jiff::{SignedDuration, Timestamp};

use super::styled_text::{Line, Severity, wrap};
use crate::app::insights::RunHistory;
use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::history::{Run, RunStep};
use crate::hotglue::{StageSpan, State, elapsed};

/// The widest that a bar gets, and the narrowest that says something.
const WIDEST: usize = 60;
const NARROWEST: usize = 8;
/// The width of the names of stages.
const NAMES: usize = 9;
/// The room for what is said beside a bar.
const BESIDE: usize = 40;

pub(super) fn lines(model: &Model, row: &Row, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if row.job().is_some() {
        whole(model, row, &mut lines);
        stages(model, row, width, &mut lines);
    } else if row.is_not_started() {
        lines.push(Line::new(Severity::Dim, "No job has begun yet."));
    } else {
        lines.push(Line::new(
            Severity::Dim,
            "Nothing is known of this job yet.",
        ));
    }
    let run_history = model.run_history_of(row);
    if let Some(good) = run_history.and_then(|run_history| run_history.last_good.as_deref())
        && row.state() == State::Failed
    {
        compared(model, row, good, width, &mut lines);
    }
    earlier(model, row, run_history, width, &mut lines);
    if !row.steps.is_empty() {
        statuses(model, row, width, &mut lines);
    }
    lines
}

/// From when to when, and how long, in all.
fn whole(model: &Model, row: &Row, lines: &mut Vec<Line>) {
    let Some(started) = row.started() else {
        return;
    };
    let now = model.shown_now();
    let ran = row.elapsed(now).map(elapsed).unwrap_or_default();
    let clock = |at: Timestamp| model.clock(at);
    let words = match row.ended() {
        Some(ended) => format!("{} to {}, {ran} in all", clock(started), clock(ended)),
        None => format!("since {}, {ran} so far", clock(started)),
    };
    let mut line = Line::new(Severity::Plain, words);
    if let Some(eta) = model.forecast.eta_of(row.id, now) {
        let unicode = model.settings.appearance().unicode;
        line = line.and(Severity::Plain, format!(", {}", eta.label(unicode)));
    }
    if let Some(whole) = model
        .forecast
        .baseline(&row.forecast_job())
        .and_then(|baseline| baseline.whole)
    {
        let words = format!(
            "; usual {} to {}, of {} runs",
            elapsed(whole.median),
            elapsed(whole.p90),
            whole.count
        );
        line = line.and(Severity::Dim, words);
    }
    lines.push(line);
    if let Some(anomaly) = row.anomaly {
        lines.push(Line::new(Severity::Warning, anomaly.description(now)));
    }
    lines.push(Line::default());
}

/// The stages as bars on one axis of time.
fn stages(model: &Model, row: &Row, width: u16, lines: &mut Vec<Line>) {
    let now = model.shown_now();
    let spans = row.spans();
    let Some(first) = spans.first() else {
        return;
    };
    let baseline = model.forecast.baseline(&row.forecast_job());
    let end = spans.iter().map(|span| span.to.unwrap_or(now)).max();
    let begin = first.from;
    let length = end.unwrap_or(now).duration_since(begin);
    let room = usize::from(width).saturating_sub(NAMES + BESIDE);
    let room = room.clamp(NARROWEST, WIDEST);
    for span in &spans {
        let took = span.duration(now);
        let of_stage = baseline.and_then(|baseline| baseline.stage(span.stage));
        let over = of_stage.is_some_and(|baseline| took > baseline.took.p95);
        let severity = match (span.failed, span.to) {
            (true, _) => Severity::State(State::Failed),
            (false, _) if over => Severity::Warning,
            (false, Some(_)) => Severity::State(State::Completed),
            (false, None) => Severity::State(State::Running),
        };
        let bar = bar(
            span,
            begin,
            length,
            room,
            now,
            model.settings.appearance().unicode,
        );
        let so_far = if span.to.is_none() { " so far" } else { "" };
        let mut line = Line::new(Severity::Label, format!("{:<NAMES$}", span.stage.name()))
            .and(severity, bar)
            .and(Severity::Plain, format!(" {}{so_far}", elapsed(took)));
        if let Some(baseline) = of_stage {
            let words = format!(
                "  usual {}, up to {}",
                elapsed(baseline.took.median),
                elapsed(baseline.took.p95)
            );
            line = line.and(
                if over {
                    Severity::Warning
                } else {
                    Severity::Dim
                },
                words,
            );
        }
        lines.push(line);
    }
    if row.anomaly.is_none() && baseline.is_none() && !row.state().is_finished() {
        lines.push(Line::new(
            Severity::Dim,
            "What is usual is known after five completed runs of this flow and tap.",
        ));
    }
    lines.push(Line::default());
}

/// The part of the axis that a stage takes.
fn bar(
    span: &StageSpan,
    begin: Timestamp,
    length: SignedDuration,
    room: usize,
    now: Timestamp,
    unicode: bool,
) -> String {
    let cells = |time: SignedDuration| {
        let share = time.as_millis().max(0) * i128::try_from(room).unwrap_or(0);
        let share = share / length.as_millis().max(1);
        usize::try_from(share).unwrap_or(0).min(room)
    };
    let from = cells(span.from.duration_since(begin)).min(room - 1);
    let to = cells(span.to.unwrap_or(now).duration_since(begin)).max(from + 1);
    let (full, end) = match (unicode, span.failed, span.to) {
        (true, true, _) => ("█", "╳"),
        (true, false, Some(_)) => ("█", "█"),
        (true, false, None) => ("█", "▶"),
        (false, true, _) => ("#", "X"),
        (false, false, Some(_)) => ("#", "#"),
        (false, false, None) => ("#", ">"),
    };
    let blank = " ".repeat(from);
    let rest = " ".repeat(room - to);
    format!("{blank}{}{end}{rest}", full.repeat(to - from - 1))
}

/// What sets a failed job apart from the tenant's last good run: only what
/// differs.
fn compared(model: &Model, row: &Row, good: &Run, width: u16, lines: &mut Vec<Line>) {
    let Some(job) = row.job() else { return };
    let when = model.clock(good.started.unwrap_or(good.last));
    let heading = format!("Against its last good run ({when})");
    lines.push(Line::new(Severity::Heading, heading));
    let before = lines.len();
    for span in row.spans() {
        let then = good
            .spans()
            .into_iter()
            .find(|each| each.stage == span.stage);
        let took = span.duration(model.now);
        let Some(then) = then.map(|then| then.duration(good.last)) else {
            let words = format!("{:<NAMES$}not there then", span.stage.name());
            lines.push(Line::new(Severity::Plain, words));
            continue;
        };
        // A stage within half and twice of what it took is the same to a reader.
        let (short, long) = (took.min(then), took.max(then));
        if long > short * 2 && long.as_secs() >= 5 {
            let words = format!(
                "{:<NAMES$}{}, then {}",
                span.stage.name(),
                elapsed(took),
                elapsed(then)
            );
            lines.push(Line::new(Severity::Plain, words));
        }
    }
    // A field that only one of the two answers has says nothing of the runs.
    for (name, is) in job.facts() {
        let was = good.facts.iter().find(|(each, _)| *each == name);
        let Some((_, was)) = was.filter(|(_, was)| *was != is) else {
            continue;
        };
        let words = format!("{name}: {}, then {}", is.one_line(), was.one_line());
        let parts = wrap(&words, width).into_iter();
        lines.extend(parts.map(|part| Line::new(Severity::Plain, part)));
    }
    if lines.len() == before {
        lines.push(Line::new(
            Severity::Dim,
            "Nothing that hgtop can see differs.",
        ));
    }
    lines.push(Line::default());
}

/// The runs of the tenant before this one, a line each.
fn earlier(
    model: &Model,
    row: &Row,
    run_history: Option<&RunHistory>,
    width: u16,
    lines: &mut Vec<Line>,
) {
    let Some(runs) = run_history.and_then(|run_history| run_history.runs.as_ref()) else {
        return;
    };
    let others: Vec<&Run> = runs
        .iter()
        .filter(|run| run.job_root.as_str() != row.job_root())
        .collect();
    if others.is_empty() {
        return;
    }
    let heading = format!("Earlier runs of {} in {}", row.tenant(), row.flow());
    lines.push(Line::new(Severity::Heading, heading));
    let longest = others.iter().map(|run| lasted(run)).max();
    let longest = longest.unwrap_or_default();
    for run in others {
        let state = run.status.state();
        let took = lasted(run);
        let room = 16;
        let cells = took.as_millis() * room / longest.as_millis().max(1);
        let cells = usize::try_from(cells).unwrap_or(0).max(1);
        let full = if model.settings.appearance().unicode {
            "█"
        } else {
            "#"
        };
        let bar = format!("{:<16}", full.repeat(cells));
        let when = model.clock(run.started.unwrap_or(run.last));
        let start = Line::new(Severity::Plain, format!("{when:<13} {:>7} ", elapsed(took)))
            .and(Severity::State(state), format!("{bar} {:<15}", run.status));
        let message = run.message.as_ref().filter(|_| state != State::Completed);
        let message = message.map(crate::hotglue::Text::one_line);
        let room = usize::from(width).saturating_sub(55);
        let message: String = message.unwrap_or_default().chars().take(room).collect();
        lines.push(start.and(Severity::Dim, format!(" {message}")));
    }
    lines.push(Line::default());
}

fn lasted(run: &Run) -> SignedDuration {
    let started = run.started.unwrap_or(run.last);
    run.last.duration_since(started).max(SignedDuration::ZERO)
}

/// The statuses as they were seen.
fn statuses(model: &Model, row: &Row, width: u16, lines: &mut Vec<Line>) {
    let clock = |at: Timestamp| model.clock(at);
    lines.push(Line::new(
        Severity::Heading,
        format!("{:<18} {:<10} {}", "SEEN AS", "FROM", "FOR"),
    ));
    for (at, step) in row.steps.iter().enumerate() {
        let next = row.steps.get(at + 1);
        let lasted = match next.map(RunStep::at) {
            Some(until) => elapsed(until.duration_since(step.at())),
            None if step.status.is_finished() => "ended".to_owned(),
            None => {
                let lasts = model.shown_now().duration_since(step.at());
                format!("{} so far", elapsed(lasts))
            }
        };
        let severity = if next.is_none() || step.status.is_finished() {
            Severity::State(step.status.state())
        } else {
            Severity::Plain
        };
        let first = if at == 0 { "  (first seen then)" } else { "" };
        lines.push(
            Line::new(severity, format!("{:<18} ", step.status))
                .and(
                    Severity::Plain,
                    format!("{:<10} {lasted}", clock(step.at())),
                )
                .and(Severity::Dim, first),
        );
    }
    lines.push(Line::default());
    let note =
        "Statuses as they were seen: one that lasted less than a poll interval may be missing.";
    let note = wrap(note, width).into_iter();
    lines.extend(note.map(|line| Line::new(Severity::Dim, line)));
}
