//! The Message tab: the job's message, and why polling it fails.

use super::context::DetailContext;
use super::styled_text::{Line, Severity, wrap};
use crate::app::jobs::Row;
use crate::hotglue::{State, age};
use crate::watch::FailureStreak;

pub(super) fn lines(row: &Row, context: &DetailContext, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(streak) = &row.snapshot.health.failure_streak {
        lines.extend(streak_lines(streak, context, width));
    }
    let Some(job) = row.job() else {
        let text = if row.is_stale() {
            "No poll has succeeded yet."
        } else if row.is_not_started() {
            "Not started."
        } else {
            "Pending first poll."
        };
        lines.push(Line::new(Severity::Dim, text));
        return lines;
    };
    if let Some(class) = job.error_class() {
        let text = format!("{}: {}", class.name(), class.remedy());
        let remedy = wrap(&text, width).into_iter();
        lines.extend(remedy.map(|line| Line::new(Severity::Warning, line)));
    }
    if let Some(anomaly) = &row.rows_anomaly {
        let text = wrap(&anomaly.description(), width).into_iter();
        lines.extend(text.map(|line| Line::new(Severity::Warning, line)));
    }
    let Some(message) = &job.message else {
        let yet = if job.status.is_finished() { "" } else { " yet" };
        let text = format!("No message{yet} ({}).", job.status);
        lines.push(Line::new(Severity::Dim, text));
        return lines;
    };
    // Only the first line is emphasized: a stack trace below it is long.
    let first = if row.state() == State::Failed {
        Severity::State(State::Failed)
    } else {
        Severity::Plain
    };
    let severities = std::iter::once(first).chain(std::iter::repeat(Severity::Plain));
    let text = wrap(message.as_str(), width).into_iter();
    lines.extend(
        text.zip(severities)
            .map(|(line, severity)| Line::new(severity, line)),
    );
    lines
}

fn streak_lines(streak: &FailureStreak, context: &DetailContext, width: u16) -> Vec<Line> {
    let state = if streak.count >= FailureStreak::UNREACHABLE {
        "Unreachable"
    } else {
        "Stale"
    };
    let polls = match streak.count {
        1 => "1 poll has failed".to_owned(),
        count => format!("{count} polls have failed"),
    };
    let since = match age(streak.since, context.now).as_str() {
        "now" => String::new(),
        age => format!(" for {age}"),
    };
    let text = format!("{state}: {polls}{since}. The last known state is shown.");
    let summary = wrap(&text, width).into_iter();
    let error = wrap(&streak.error.to_string(), width).into_iter();
    let mut lines: Vec<_> = summary
        .map(|line| Line::new(Severity::Warning, line))
        .collect();
    lines.extend(error.map(|line| Line::new(Severity::Bad, line)));
    lines.push(Line::default());
    lines
}
