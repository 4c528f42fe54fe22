//! The result of a wait for GitHub Actions: annotations on standard output, one
//! for each failure group and each condition that does not pass, and a summary
//! in Markdown for the file that `GITHUB_STEP_SUMMARY` names.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::super::{CliError, output};
use super::conclusion::Conclusion;
use super::failures::Failures;
use crate::hotglue::Text;
use crate::report::{Annotation, AnnotationLevel, Table, cut, markdown_text, without_commands};
use crate::rollout::{GateResult, ProgressCounts};

/// The most annotations: GitHub shows no more than ten errors of a step.
const MOST_ANNOTATIONS: usize = 10;
/// The most failure groups of the summary.
const MOST_GROUPS: usize = 50;
/// The longest error in the summary, in terminal cells; GitHub takes at most
/// 1 MiB of a step.
const LONGEST_ERROR: usize = 400;

/// Prints the annotations and appends the summary.
pub(super) fn print(conclusion: &Conclusion<'_>, failures: &[Failures]) -> Result<(), CliError> {
    let counts = conclusion.wait.counts(conclusion.now);
    let mut lines = String::new();
    for annotation in annotations(conclusion, &counts, failures) {
        let clean = Text::cut(&annotation.to_string(), usize::MAX);
        lines.push_str(&format!("{clean}\n"));
    }
    output::raw(lines.as_bytes())?;
    let file = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|file| !file.is_empty());
    if let Some(file) = file
        && let Err(error) = append(Path::new(&file), &summary(conclusion, &counts, failures))
    {
        // The result of the wait stays what it is.
        output::note(&format!(
            "cannot write the step summary: {}: {error}",
            file.display()
        ));
    }
    Ok(())
}

/// A note as it may be printed in a log whose lines are read as commands.
pub(super) fn log_line(note: &str) -> String {
    let lines: Vec<_> = note.lines().map(without_commands).collect();
    lines.join("\n")
}

fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(Text::cut(text, usize::MAX).as_str().as_bytes())
}

fn annotations(
    conclusion: &Conclusion<'_>,
    counts: &ProgressCounts,
    failures: &[Failures],
) -> Vec<Annotation> {
    // A gate that passes, or a dry run, makes no failure of the step.
    let level = if conclusion.exit().code() == 0 {
        AnnotationLevel::Warning
    } else {
        AnnotationLevel::Error
    };
    let cut_short = conclusion.cut_short().map(|reason| Annotation {
        level,
        title: "hgtop wait".to_owned(),
        message: format!("{reason}; {counts}"),
    });
    let gate = conclusion.wait.gate_report(counts).into_iter();
    let gate = gate
        .filter(|report| report.result != GateResult::Pass)
        .map(|report| Annotation {
            level,
            title: format!("gate {}", report.condition),
            message: report.to_string(),
        });
    let mut annotations: Vec<_> = cut_short.into_iter().chain(gate).collect();
    let room = MOST_ANNOTATIONS.saturating_sub(annotations.len()).max(1);
    let shown = if failures.len() > room {
        room - 1
    } else {
        failures.len()
    };
    annotations.extend(failures.iter().take(shown).map(|group| Annotation {
        level,
        title: format!("{}: {}", group.label(), group.status),
        message: match group.names.len() {
            1 => group.error.clone(),
            _ => format!("{}\n{}", group.error, group.named()),
        },
    }));
    if let more @ 1.. = failures.len() - shown {
        annotations.push(Annotation {
            level,
            title: "hgtop wait".to_owned(),
            message: format!("{more} more failure groups"),
        });
    }
    annotations
}

fn summary(conclusion: &Conclusion<'_>, counts: &ProgressCounts, failures: &[Failures]) -> String {
    let mut text = format!(
        "## hgtop wait\n\n{}\n",
        markdown_text(&conclusion.summary())
    );
    let gate = conclusion.wait.gate_report(counts);
    if !gate.is_empty() {
        let mut table = Table::new(&["GATE", "RESULT", "REASON"]);
        for report in gate {
            table.row(vec![
                report.condition.to_string(),
                report.result.name().to_owned(),
                report.reason().unwrap_or_default(),
            ]);
        }
        text.push_str(&format!("\n{}", table.markdown()));
    }
    if failures.is_empty() {
        return text;
    }
    let mut table = Table::new(&["JOBS", "STATUS", "ERROR", "NAMES", "DISTINGUISHING"]);
    for group in failures.iter().take(MOST_GROUPS) {
        table.row(vec![
            group.names.len().to_string(),
            group.status.clone(),
            cut(&group.error, LONGEST_ERROR),
            group.named(),
            group.distinguishing.join("; "),
        ]);
    }
    text.push_str(&format!("\n{}", table.markdown()));
    if let more @ 1.. = failures.len().saturating_sub(MOST_GROUPS) {
        text.push_str(&format!("\nand {more} more failure groups\n"));
    }
    text
}
