//! The Details and Raw tabs: every field of the answer, the results of polling, and
//! the answer as it is.

use jiff::Timestamp;

use super::context::DetailContext;
use super::styled_text::{Line, Severity, wrap};
use crate::app::input::{Action, PaneAction, Polling};
use crate::app::jobs::Row;
use crate::hotglue::{Job, RowCounts, Text, age, fold_fields, pretty_lines, top_level_fields};

/// The width of the column of names.
const NAME_WIDTH: usize = 18;

/// Whether a field may contain customer data or secrets, so that it is shown
/// on request only.
fn is_private(name: &str) -> bool {
    name == "state" || name.starts_with("override_")
}

/// The text in place of a private field.
fn hidden(context: &DetailContext) -> String {
    match context.key(Action::Pane(PaneAction::Reveal)) {
        Some(key) => format!("hidden, may contain secrets ({key} to show)"),
        None => "hidden, may contain secrets".to_owned(),
    }
}

pub(super) fn lines(row: &Row, context: &DetailContext, revealed: bool, width: u16) -> Vec<Line> {
    let mut fields = Fields::new(width);
    fields.heading("Job");
    identity(row, context, &mut fields);
    if let Some(counts) = row.job().and_then(Job::rows) {
        fields.blank();
        fields.heading("Rows");
        rows(&counts, row, &mut fields);
    }
    fields.blank();
    fields.heading("Response");
    match row.job() {
        Some(job) => {
            for (name, value) in top_level_fields(&job.raw) {
                let name = name.one_line();
                if is_private(&name) && !revealed {
                    fields.add(&name, &hidden(context), Severity::Dim);
                } else {
                    fields.plain(&name, value.as_str());
                }
            }
        }
        None => fields.lines.push(Line::new(Severity::Dim, "none yet")),
    }
    fields.blank();
    fields.heading("Polling");
    polling(row, context, &mut fields);
    fields.lines
}

fn identity(row: &Row, context: &DetailContext, fields: &mut Fields) {
    fields.plain("name", row.name.as_str());
    if let Some(environment) = context.environments.get(row.environment) {
        let text = format!(
            "{} ({} at {})",
            environment.name(),
            environment.env_id(),
            environment.config.base_url.host()
        );
        fields.plain("environment", &text);
    }
    fields.plain("job_root", row.job_root());
    if !row.tags.is_empty() {
        let tags: Vec<_> = row.tags.iter().map(Text::as_str).collect();
        fields.plain("tags", &tags.join(" "));
    }
}

/// The rows that the job moved: all of them, and those of each stream.
fn rows(counts: &RowCounts, row: &Row, fields: &mut Fields) {
    if let Some(total) = counts.total {
        fields.plain("total", &grouped(total));
    }
    for (name, stream) in &counts.streams {
        let counts = [
            (stream.read, "read"),
            (stream.success, "created"),
            (stream.existing, "existing"),
            (stream.updated, "updated"),
            (stream.fail, "failed"),
        ];
        let counts = counts
            .into_iter()
            .filter_map(|(count, label)| Some(format!("{} {label}", grouped(count?))));
        let severity = if stream.all_failed() {
            Severity::Bad
        } else {
            Severity::Plain
        };
        let counts = counts.collect::<Vec<_>>().join(", ");
        fields.add(&name.one_line(), &counts, severity);
    }
    if let Some(anomaly) = &row.rows_anomaly {
        fields.add("anomaly", &anomaly.description(), Severity::Warning);
    }
}

/// A count with a comma between thousands.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn polling(row: &Row, context: &DetailContext, fields: &mut Fields) {
    let health = &row.snapshot.health;
    let ago = |time: Option<Timestamp>| match time {
        Some(time) => match age(time, context.now).as_str() {
            "now" => "just now".to_owned(),
            age => format!("{age} ago"),
        },
        None => "never".to_owned(),
    };
    fields.plain("last poll", &ago(health.last_poll));
    fields.plain("last success", &ago(health.last_success));
    if let Some(latency) = health.latency {
        fields.plain("latency", &format!("{} ms", latency.as_millis()));
    }
    let next = match health.next_poll {
        _ if context.paused => "paused".to_owned(),
        Some(time) if time <= context.now => "now".to_owned(),
        Some(time) => format!("in {}", age(context.now, time)),
        None => match context.key(Action::Poll(Polling::Jobs)) {
            Some(key) => format!("none, the job has finished ({key} to refresh)"),
            None => "none, the job has finished".to_owned(),
        },
    };
    fields.plain("next poll", &next);
    let interval = row
        .poll_interval
        .unwrap_or(context.settings.poll_interval());
    let interval = format!("{} s while running", interval.as_secs());
    fields.plain("poll interval", &interval);
    let polls = format!("{}, {} failed", health.polls, health.errors);
    fields.plain("polls", &polls);
    if let Some(streak) = &health.failure_streak {
        let text = format!("{} (since {})", streak.error, ago(Some(streak.since)));
        fields.add("last error", &text, Severity::Bad);
    }
}

pub(super) fn raw(row: &Row, context: &DetailContext, revealed: bool, width: u16) -> Vec<Line> {
    let Some(job) = row.job() else {
        return vec![Line::new(Severity::Dim, "No answer yet.")];
    };
    let json = if revealed {
        job.raw.to_string()
    } else {
        fold_fields(&job.raw, is_private, &hidden(context))
    };
    pretty_lines(&json)
        .iter()
        .flat_map(|line| wrap(line, width))
        .map(|line| Line::new(Severity::Plain, line))
        .collect()
}

/// Lines with a name and a value each, grouped under headings.
struct Fields {
    lines: Vec<Line>,
    value_width: u16,
}

impl Fields {
    fn new(width: u16) -> Self {
        let name_width = u16::try_from(NAME_WIDTH).unwrap_or(0) + 1;
        Self {
            lines: Vec::new(),
            value_width: width.saturating_sub(name_width),
        }
    }

    fn heading(&mut self, text: &str) {
        self.lines.push(Line::new(Severity::Heading, text));
    }

    fn blank(&mut self) {
        self.lines.push(Line::default());
    }

    fn plain(&mut self, name: &str, value: &str) {
        self.add(name, value, Severity::Plain);
    }

    /// Adds a field, its value wrapped beside its name.
    fn add(&mut self, name: &str, value: &str, severity: Severity) {
        let name: String = name.chars().take(NAME_WIDTH).collect();
        let mut label = format!("{name:<NAME_WIDTH$} ");
        for part in wrap(value, self.value_width) {
            let line = Line::new(Severity::Label, std::mem::take(&mut label));
            self.lines.push(line.and(severity, part));
            label = " ".repeat(NAME_WIDTH + 1);
        }
    }
}
