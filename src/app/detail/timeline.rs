//! The Timeline tab: the stages of a job as bars on one time axis beside their
//! baselines, the earlier runs, and the statuses as they were seen.

use jiff::{SignedDuration, Timestamp};

use super::context::DetailContext;
use super::runs;
use super::styled_text::{Line, STAGE_WIDTH, Severity, wrap};
use crate::app::jobs::Row;
use crate::history::RunStep;
use crate::hotglue::{StageSpan, State, elapsed};
use crate::rollout::FEWEST_RUNS;

/// The widest bar, in cells.
const MAX_BAR: usize = 60;
/// The narrowest bar, in cells.
const MIN_BAR: usize = 8;
/// The room for the durations beside a bar.
const DURATIONS_WIDTH: usize = 40;

pub(super) fn lines(row: &Row, context: &DetailContext, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if row.job().is_some() {
        summary(row, context, &mut lines);
        stages(row, context, width, &mut lines);
    } else {
        let text = if row.is_not_started() {
            "Not started."
        } else {
            "No poll has succeeded yet."
        };
        lines.push(Line::new(Severity::Dim, text));
    }
    if let Some(completed) = context.runs.and_then(|runs| runs.last_completed.as_deref())
        && row.state() == State::Failed
    {
        runs::comparison(row, completed, context, width, &mut lines);
    }
    if let Some(known) = context.runs.and_then(|runs| runs.runs.as_deref()) {
        runs::earlier(row, known, context, width, &mut lines);
    }
    if !row.steps.is_empty() {
        statuses(row, context, width, &mut lines);
    }
    lines
}

/// Start, end and duration of the job, its ETA and its anomaly.
fn summary(row: &Row, context: &DetailContext, lines: &mut Vec<Line>) {
    let Some(started) = row.started() else {
        return;
    };
    let now = context.shown_now;
    let duration = row.elapsed(now).map(elapsed).unwrap_or_default();
    let started = context.clock(started);
    let text = match row.finished() {
        Some(finished) => format!("{started} to {}, {duration}", context.clock(finished)),
        None => format!("since {started}, {duration} so far"),
    };
    let mut line = Line::new(Severity::Plain, text);
    if let Some(eta) = context.forecast.eta_of(row.id, now) {
        let eta = eta.label(now, context.unicode());
        line = line.and(Severity::Plain, format!(", {eta}"));
    }
    if let Some(baseline) = context.baseline(row) {
        let total = baseline.total(row.selector.tenant(), row.tap());
        let source = match total.runs {
            0 => "the flow".to_owned(),
            1 => "1 run".to_owned(),
            runs => format!("{runs} runs"),
        };
        let text = format!(
            "; baseline of {source}: p50 {}, p90 {}",
            elapsed(total.p50),
            elapsed(total.p90),
        );
        line = line.and(Severity::Dim, text);
    }
    lines.push(line);
    if let Some(anomaly) = row.anomaly_label() {
        lines.push(Line::new(Severity::Warning, anomaly));
    }
    lines.push(Line::default());
}

/// The stages as bars on one time axis.
fn stages(row: &Row, context: &DetailContext, width: u16, lines: &mut Vec<Line>) {
    let now = context.shown_now;
    let spans = row.spans();
    let Some(first) = spans.first() else {
        return;
    };
    let end = spans.iter().map(|span| span.to.unwrap_or(now)).max();
    let room = usize::from(width).saturating_sub(STAGE_WIDTH + DURATIONS_WIDTH);
    let axis = Axis {
        begin: first.from,
        length: end.unwrap_or(now).duration_since(first.from),
        cells: room.clamp(MIN_BAR, MAX_BAR),
        now,
        unicode: context.unicode(),
    };
    let baseline = context.baseline(row);
    for span in &spans {
        let duration = span.duration(now);
        let of_stage = baseline
            .and_then(|baseline| baseline.stage(row.selector.tenant(), row.tap(), span.stage));
        let is_slow = of_stage.is_some_and(|typical| duration > typical.p95);
        let severity = match (span.failed, span.to) {
            (true, _) => Severity::State(State::Failed),
            (false, _) if is_slow => Severity::Warning,
            (false, Some(_)) => Severity::State(State::Completed),
            (false, None) => Severity::State(State::Running),
        };
        let so_far = if span.to.is_none() { " so far" } else { "" };
        let stage = format!("{:<STAGE_WIDTH$}", span.stage.name());
        let mut line = Line::new(Severity::Label, stage)
            .and(severity, axis.bar(span))
            .and(Severity::Plain, format!(" {}{so_far}", elapsed(duration)));
        if let Some(typical) = of_stage {
            let text = format!(
                "  p50 {}, p95 {}",
                elapsed(typical.p50),
                elapsed(typical.p95)
            );
            let severity = if is_slow {
                Severity::Warning
            } else {
                Severity::Dim
            };
            line = line.and(severity, text);
        }
        lines.push(line);
    }
    if baseline.is_none() && !row.state().is_finished() {
        let text = format!("No baseline yet: it takes {FEWEST_RUNS} completed runs of the flow.");
        let text = wrap(&text, width).into_iter();
        lines.extend(text.map(|line| Line::new(Severity::Dim, line)));
    }
    lines.push(Line::default());
}

/// The time axis that bars share.
struct Axis {
    begin: Timestamp,
    length: SignedDuration,
    cells: usize,
    now: Timestamp,
    unicode: bool,
}

impl Axis {
    /// The bar of a stage, padded to the length of the axis.
    fn bar(&self, span: &StageSpan) -> String {
        let from = self.cell(span.from).min(self.cells - 1);
        let to = self.cell(span.to.unwrap_or(self.now)).max(from + 1);
        let (full, end) = match (self.unicode, span.failed, span.to) {
            (true, true, _) => ("█", "╳"),
            (true, false, Some(_)) => ("█", "█"),
            (true, false, None) => ("█", "▶"),
            (false, true, _) => ("#", "X"),
            (false, false, Some(_)) => ("#", "#"),
            (false, false, None) => ("#", ">"),
        };
        let before = " ".repeat(from);
        let after = " ".repeat(self.cells - to);
        format!("{before}{}{end}{after}", full.repeat(to - from - 1))
    }

    fn cell(&self, time: Timestamp) -> usize {
        let cells = i128::try_from(self.cells).unwrap_or(0);
        let offset = time.duration_since(self.begin).as_millis().max(0);
        let cell = offset * cells / self.length.as_millis().max(1);
        usize::try_from(cell).unwrap_or(0).min(self.cells)
    }
}

/// The statuses as they were seen.
fn statuses(row: &Row, context: &DetailContext, width: u16, lines: &mut Vec<Line>) {
    let heading = format!("{:<18} {:<10} {}", "STATUS", "FROM", "FOR");
    lines.push(Line::new(Severity::Heading, heading));
    for (index, step) in row.steps.iter().enumerate() {
        let next = row.steps.get(index + 1);
        let duration = match next.map(RunStep::time) {
            Some(until) => elapsed(until.duration_since(step.time())),
            None if step.status.is_finished() => "finished".to_owned(),
            None => {
                let duration = context.shown_now.duration_since(step.time());
                format!("{} so far", elapsed(duration))
            }
        };
        let severity = if next.is_none() || step.status.is_finished() {
            Severity::State(step.status.state())
        } else {
            Severity::Plain
        };
        let note = if index == 0 { "  (first seen)" } else { "" };
        let times = format!("{:<10} {duration}", context.clock(step.time()));
        lines.push(
            Line::new(severity, format!("{:<18} ", step.status))
                .and(Severity::Plain, times)
                .and(Severity::Dim, note),
        );
    }
    lines.push(Line::default());
    let note = "Statuses as seen by polling; those shorter than a poll interval may be missing.";
    let note = wrap(note, width).into_iter();
    lines.extend(note.map(|line| Line::new(Severity::Dim, line)));
}
