//! The message of a job, and what is wrong with polling it.

use super::styled_text::{Line, Severity, wrap};
use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::hotglue::{State, age};
use crate::watch::FailureStreak;

pub(super) fn lines(model: &Model, row: &Row, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(trouble) = &row.snapshot.health.failure_streak {
        let since = age(trouble.since, model.now);
        let word = if trouble.count >= FailureStreak::UNREACHABLE {
            "Unreachable"
        } else {
            "Stale"
        };
        let times = if trouble.count == 1 { "poll" } else { "polls" };
        lines.push(Line::new(Severity::Warning, format!(
            "{word}: {} {times} failed since {since} ago. What is shown below is what was last known.",
            trouble.count
        )));
        lines.extend(
            wrap(&trouble.error.to_string(), width)
                .into_iter()
                .map(|line| Line::new(Severity::Bad, line)),
        );
        lines.push(Line::default());
    }
    let Some(job) = row.job() else {
        let words = if row.is_stale() {
            "Nothing is known of this job yet."
        } else {
            "Waiting for the first answer …"
        };
        lines.push(Line::new(Severity::Dim, words));
        return lines;
    };
    let Some(message) = &job.message else {
        let words = format!("{}, and the service has no message for it.", job.status);
        lines.push(Line::new(Severity::Dim, words));
        return lines;
    };
    let failed = row.state() == State::Failed;
    let first = if failed {
        Severity::State(State::Failed)
    } else {
        Severity::Plain
    };
    // The first line says what happened; a trace below it is read calmly.
    let tones = std::iter::once(first).chain(std::iter::repeat(Severity::Plain));
    let text = wrap(message.as_str(), width);
    lines.extend(
        text.into_iter()
            .zip(tones)
            .map(|(line, severity)| Line::new(severity, line)),
    );
    lines
}
