//! `hgtop rollout report`: polls the jobs of a rollout once and writes what
//! happened, for those who were not there.

use std::fs;
use std::io;

use super::super::{CliError, Exit, output};
use super::polled::print_polled;
use crate::cli::{Global, ReportFormatChoice, RolloutReportOptions};
use crate::report::ReportFormat;

pub(super) fn run(global: &Global, options: &RolloutReportOptions) -> Result<Exit, CliError> {
    let format = format(options)?;
    print_polled(global, &options.name, options.timeout, |rollout| {
        let report = rollout.report(rollout.problems());
        let text = report.written(format).map_err(io::Error::from)?;
        match &options.to {
            None => drop(output::raw(text.as_bytes())?),
            Some(file) => {
                fs::write(file, text).map_err(|error| {
                    CliError::Usage(format!("{}: cannot be written: {error}", file.display()))
                })?;
                output::note(&format!("written to {}", file.display()));
            }
        }
        Ok(())
    })
}

/// The format that the options name, else that of the file's extension.
fn format(options: &RolloutReportOptions) -> Result<ReportFormat, CliError> {
    let of_choice = |choice| match choice {
        ReportFormatChoice::Html => ReportFormat::Html,
        ReportFormatChoice::Markdown => ReportFormat::Markdown,
        ReportFormatChoice::Json => ReportFormat::Json,
        ReportFormatChoice::Trace => ReportFormat::Trace,
    };
    match (options.format, options.to.as_deref()) {
        (Some(choice), _) => Ok(of_choice(choice)),
        (None, None) => Ok(ReportFormat::Html),
        (None, Some(file)) => ReportFormat::of_file(file).ok_or_else(|| {
            CliError::Usage(
                "the extension of the file names no format: use .html, .md or .json, or --format"
                    .to_owned(),
            )
        }),
    }
}
