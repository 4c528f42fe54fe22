//! The way of a job: each status it was seen in, when, and for how long.

use super::prose::{Line, Tone, wrap};
use crate::app::{Model, Row};
use crate::hotglue::{STAGES, StageMark, elapsed};

pub(super) fn lines(model: &Model, row: &Row, width: u16) -> Vec<Line> {
    let Some(job) = row.job() else {
        return vec![Line::new(Tone::Dim, "Nothing is known of this job yet.")];
    };
    let clock = |at: jiff::Timestamp| model.clock(at);
    let mut lines = Vec::new();
    if let Some(started) = row.started() {
        let ran = row.elapsed(model.now).map(elapsed).unwrap_or_default();
        let words = match row.ended() {
            Some(ended) => format!("{} to {}, {ran} in all", clock(started), clock(ended)),
            None => format!("since {}, {ran} so far", clock(started)),
        };
        lines.push(Line::new(Tone::Label, "Job       ").and(Tone::Plain, words));
    }
    let mut stages = Line::new(Tone::Label, "Stages    ");
    for (stage, mark) in STAGES.into_iter().zip(job.status.stage_marks()) {
        let (word, tone) = match mark {
            StageMark::Ahead => ("ahead", Tone::Dim),
            StageMark::Active => ("at work", Tone::State(row.state())),
            StageMark::Passed => ("passed", Tone::State(crate::hotglue::State::Completed)),
            StageMark::Failed => ("failed", Tone::State(crate::hotglue::State::Failed)),
        };
        stages = stages.and(tone, format!("{} {word}   ", stage.name()));
    }
    lines.push(stages);
    lines.push(Line::default());
    lines.push(Line::new(
        Tone::Heading,
        format!("{:<18} {:<10} {}", "SEEN AS", "FROM", "FOR"),
    ));
    for (at, step) in row.steps.iter().enumerate() {
        let next = row.steps.get(at + 1);
        let until = next.map(super::super::Step::at);
        let is_last = next.is_none();
        let lasted = match until {
            Some(until) => elapsed(until.duration_since(step.at())),
            None if step.status.is_terminal() => "ended".to_owned(),
            None => format!("{} so far", elapsed(model.now.duration_since(step.at()))),
        };
        let tone = if is_last || step.status.is_terminal() {
            Tone::State(step.status.state())
        } else {
            Tone::Plain
        };
        let first = if at == 0 { "  (first seen then)" } else { "" };
        lines.push(
            Line::new(tone, format!("{:<18} ", step.status))
                .and(Tone::Plain, format!("{:<10} {lasted}", clock(step.at())))
                .and(Tone::Dim, first),
        );
    }
    lines.push(Line::default());
    let note =
        "Statuses as they were seen: one that lasted less than a poll interval may be missing.";
    lines.extend(
        wrap(note, width)
            .into_iter()
            .map(|line| Line::new(Tone::Dim, line)),
    );
    lines
}
