//! Every field of the answer, and how polling goes; and the answer as it came.

use super::styled_text::{Line, Severity, wrap};
use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::hotglue::{Text, age, fold_fields, pretty_lines, top_level_fields};

/// The width of the names' column.
const NAMES: usize = 18;

/// Fields that may hold customer data or secrets are shown on request only.
fn is_private(name: &str) -> bool {
    name == "state" || name.starts_with("override_")
}

pub(super) fn lines(model: &Model, row: &Row, width: u16) -> Vec<Line> {
    let mut lines = vec![Line::new(Severity::Heading, "Watched as")];
    let room = width.saturating_sub(u16::try_from(NAMES).unwrap_or(0) + 1);
    let field = |lines: &mut Vec<Line>, name: &str, value: &str, severity: Severity| {
        let name_cell: String = name.chars().take(NAMES).collect();
        let mut label = format!("{name_cell:<NAMES$} ");
        for part in wrap(value, room) {
            lines.push(Line::new(Severity::Label, std::mem::take(&mut label)).and(severity, part));
            label = " ".repeat(NAMES + 1);
        }
    };
    field(&mut lines, "name", row.name.as_str(), Severity::Plain);
    if let Some(environment) = model.environments.get(row.environment) {
        let words = format!(
            "{} ({} at {})",
            environment.name(),
            environment.env_id(),
            environment.config.base_url.host()
        );
        field(&mut lines, "environment", &words, Severity::Plain);
    }
    field(&mut lines, "job_root", row.job_root(), Severity::Plain);
    if !row.tags.is_empty() {
        let tags: Vec<_> = row.tags.iter().map(Text::as_str).collect();
        field(&mut lines, "tags", &tags.join(" "), Severity::Plain);
    }

    lines.push(Line::default());
    lines.push(Line::new(Severity::Heading, "Answer"));
    match row.job() {
        Some(job) => {
            for (name, value) in top_level_fields(&job.raw) {
                let name = name.one_line();
                if is_private(&name) && !model.detail.revealed {
                    field(
                        &mut lines,
                        &name,
                        "folded, as it may hold secrets: x shows it",
                        Severity::Dim,
                    );
                } else {
                    field(&mut lines, &name, value.as_str(), Severity::Plain);
                }
            }
        }
        None => lines.push(Line::new(Severity::Dim, "none yet")),
    }

    lines.push(Line::default());
    lines.push(Line::new(Severity::Heading, "Polling"));
    let health = &row.snapshot.health;
    let ago = |at: Option<jiff::Timestamp>| match at {
        Some(at) => match age(at, model.now).as_str() {
            "now" => "just now".to_owned(),
            age => format!("{age} ago"),
        },
        None => "never".to_owned(),
    };
    field(
        &mut lines,
        "last poll",
        &ago(health.last_poll),
        Severity::Plain,
    );
    field(
        &mut lines,
        "last good answer",
        &ago(health.last_success),
        Severity::Plain,
    );
    if let Some(latency) = health.latency {
        field(
            &mut lines,
            "answered in",
            &format!("{} ms", latency.as_millis()),
            Severity::Plain,
        );
    }
    let next = match health.next_poll {
        _ if model.paused => "polling is paused".to_owned(),
        Some(at) if at <= model.now => "now".to_owned(),
        Some(at) => format!("in {}", age(model.now, at)),
        None => "not planned: the job has ended (r asks once more)".to_owned(),
    };
    field(&mut lines, "next poll", &next, Severity::Plain);
    let interval = row.poll_interval.unwrap_or(model.settings.poll_interval());
    field(
        &mut lines,
        "every",
        &format!("{} s while it runs", interval.as_secs()),
        Severity::Plain,
    );
    field(
        &mut lines,
        "polls",
        &format!("{}, {} without a good answer", health.polls, health.errors),
        Severity::Plain,
    );
    if let Some(trouble) = &health.failure_streak {
        let words = format!("{} (since {})", trouble.error, ago(Some(trouble.since)));
        field(&mut lines, "trouble", &words, Severity::Bad);
    }
    lines
}

pub(super) fn raw(row: &Row, revealed: bool, width: u16) -> Vec<Line> {
    let Some(job) = row.job() else {
        return vec![Line::new(Severity::Dim, "No answer yet.")];
    };
    let json = if revealed {
        job.raw.to_string()
    } else {
        fold_fields(&job.raw, is_private, "folded: x shows it")
    };
    pretty_lines(&json)
        .iter()
        .flat_map(|line| wrap(line, width))
        .map(|line| Line::new(Severity::Plain, line))
        .collect()
}
