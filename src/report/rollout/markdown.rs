//! A report as Markdown, for a ticket or a channel. Text of the service is
//! escaped, so that it is no markup.

use super::comparison::comparison_table;
use super::conclusion::{moment, seconds};
use super::record::{JobOutcome, JobRecord};
use super::report::RolloutReport;
use crate::report::table::{Table, markdown_text};

/// The most jobs of a section; the JSON has them all.
const MOST_JOBS: usize = 25;

/// Writes a report as Markdown.
pub(super) fn markdown(report: &RolloutReport) -> String {
    let rollout = &report.result.rollout;
    let conclusion = &report.conclusion;
    let mut text = format!(
        "# Rollout {}\n\n**{}: {}**\n\n{}, flow {}, as of {}\n",
        markdown_text(&rollout.name),
        conclusion.result.label(),
        markdown_text(&conclusion.headline),
        markdown_text(&rollout.environment),
        markdown_text(&rollout.flow),
        moment(report.generated),
    );
    list(&mut text, "What happened", &conclusion.summary);
    list(&mut text, "Why", &conclusion.causes);
    list(&mut text, "What to do", &conclusion.next_steps);
    section(&mut text, "Counts", &report.result.table());
    failure_groups(&mut text, report);
    if !report.comparison.is_empty() {
        let by_cohort = report.comparison.iter().any(|one| one.cohort.is_some());
        let table = comparison_table(&report.comparison, by_cohort);
        section(
            &mut text,
            "Comparison with the runs before the start",
            &table,
        );
    }
    anomalies(&mut text, report);
    slowest(&mut text, report);
    jobs(&mut text, report, JobOutcome::Failed, "Failed jobs");
    jobs(
        &mut text,
        report,
        JobOutcome::Undetermined,
        "Undetermined jobs",
    );
    jobs(&mut text, report, JobOutcome::Running, "Running jobs");
    jobs(&mut text, report, JobOutcome::NotStarted, "Not started");
    commands(&mut text, report);
    list(&mut text, "Not determined", &report.problems);
    list(&mut text, "This report contains", &report.contents.contains);
    list(&mut text, "It withholds", &report.contents.withholds);
    text
}

fn list<T: AsRef<str>>(text: &mut String, heading: &str, items: &[T]) {
    if items.is_empty() {
        return;
    }
    text.push_str(&format!("\n## {heading}\n\n"));
    for item in items {
        text.push_str(&format!("- {}\n", markdown_text(item.as_ref())));
    }
}

fn section(text: &mut String, heading: &str, table: &Table) {
    text.push_str(&format!("\n## {heading}\n\n{}", table.markdown()));
}

fn failure_groups(text: &mut String, report: &RolloutReport) {
    let rollout = &report.result.rollout;
    let mut table = Table::new(&["FAILED", "ERROR", "TENANTS", "DISTINGUISHING"]);
    for group in &report.result.groups {
        let distinguishing = if group.distinguishing.is_empty() {
            "no attribute stands out".to_owned()
        } else {
            group.distinguishing.join("; ")
        };
        table.row(vec![
            format!("{} of {}", group.count, rollout.finished),
            group.example.clone(),
            group.tenants.join(" "),
            distinguishing,
        ]);
    }
    if !report.result.groups.is_empty() {
        section(text, "Failure groups", &table);
    }
}

fn anomalies(text: &mut String, report: &RolloutReport) {
    let mut table = Table::new(&["TENANT", "ANOMALY"]);
    for anomaly in &report.result.anomalies {
        table.row(vec![anomaly.tenant.clone(), anomaly.description.clone()]);
    }
    if !report.result.anomalies.is_empty() {
        section(text, "Anomalies", &table);
    }
}

fn slowest(text: &mut String, report: &RolloutReport) {
    let mut table = Table::new(&["TENANT", "STATE", "DURATION", "BASELINE", "RATIO"]);
    for slow in &report.slowest {
        table.row(vec![
            slow.tenant.clone(),
            slow.state.to_owned(),
            seconds(slow.elapsed_seconds),
            seconds(slow.baseline_seconds),
            format!("×{:.2}", slow.ratio),
        ]);
    }
    if !report.slowest.is_empty() {
        section(text, "Slowest against their baselines", &table);
    }
}

fn jobs(text: &mut String, report: &RolloutReport, outcome: JobOutcome, heading: &str) {
    let of_outcome = report.jobs.iter().filter(|job| job.outcome == outcome);
    let of_outcome: Vec<&JobRecord> = of_outcome.collect();
    if of_outcome.is_empty() {
        return;
    }
    if outcome == JobOutcome::NotStarted {
        let tenants = of_outcome.iter().take(MOST_JOBS).map(|job| &*job.tenant);
        let tenants = tenants.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("\n## {heading}\n\n{}\n", markdown_text(&tenants)));
    } else {
        let mut table = Table::new(&["TENANT", "STATUS", "DURATION", "MESSAGE"]);
        for job in of_outcome.iter().take(MOST_JOBS) {
            table.row(vec![
                job.tenant.clone(),
                job.status.clone().unwrap_or_else(|| job.state.to_owned()),
                job.elapsed_seconds.map(seconds).unwrap_or_default(),
                job.message.clone().unwrap_or_default(),
            ]);
        }
        section(text, heading, &table);
    }
    if let more @ 1.. = of_outcome.len().saturating_sub(MOST_JOBS) {
        text.push_str(&format!("\n…and {more} more\n"));
    }
}

fn commands(text: &mut String, report: &RolloutReport) {
    text.push_str("\n## Reproduce\n\n~~~sh\n");
    for command in &report.commands {
        text.push_str(&format!("{}  # {}\n", command.command, command.prints));
    }
    text.push_str("~~~\n");
}
