//! What a wait prints when it ends.

use super::super::{CliError, Exit, output};
use super::conclusion::Conclusion;
use super::failures::Failures;
use super::jobs::{anomalies, records};
use super::{github, junit};
use crate::cli::{Output, WaitOutput};
use crate::report::status_table;

/// The most failure groups that are printed.
const MOST_GROUPS: usize = 20;

/// Prints the result and returns the exit code.
pub(super) fn print(conclusion: &Conclusion<'_>) -> Result<Exit, CliError> {
    let failures = Failures::of(conclusion.list, conclusion.wait, conclusion.now);
    match conclusion.options.output {
        None | Some(WaitOutput::Records(Output::Table | Output::Jsonl)) => {}
        Some(WaitOutput::Records(form)) => print_records(conclusion, form)?,
        Some(WaitOutput::Github) => github::print(conclusion, &failures)?,
        Some(WaitOutput::Junit) => junit::print(conclusion)?,
    }
    let exit = conclusion.exit();
    if conclusion.options.quiet && exit.code() == 0 {
        return Ok(exit);
    }
    let notes = match failures.as_slice() {
        [one] if one.names.len() == 1 => vec![one.whole_text()],
        groups => groups
            .iter()
            .take(MOST_GROUPS)
            .map(Failures::text)
            .collect(),
    };
    let more = failures.len().saturating_sub(MOST_GROUPS);
    let more = (more > 0).then(|| format!("and {more} more failure groups"));
    for note in [conclusion.summary()].into_iter().chain(notes).chain(more) {
        match conclusion.options.output {
            // Standard error is in the same log.
            Some(WaitOutput::Github) => output::note(&github::log_line(&note)),
            Some(WaitOutput::Records(_) | WaitOutput::Junit) | None => output::note(&note),
        }
    }
    Ok(exit)
}

fn print_records(conclusion: &Conclusion<'_>, form: Output) -> Result<(), CliError> {
    let mut records = records(conclusion.list, conclusion.wait.jobs(conclusion.now));
    let anomalies = anomalies(
        conclusion.config,
        conclusion.list,
        conclusion.wait,
        conclusion.now,
    );
    for (record, anomalies) in records.iter_mut().zip(anomalies) {
        record.anomalies = anomalies;
    }
    let colors = output::colors(conclusion.global.color);
    output::records(form, "jobs", &records, &status_table(&records), colors).map(drop)
}
