//! `hgtop rollout report`: polls the jobs of a rollout once and writes what
//! happened, for those who were not there.

use std::fs;
use std::io;

use super::super::{CliError, Exit, output, status};
use super::find::find;
use crate::cli::{Global, ReportFormatChoice, RolloutReportOptions};
use crate::config::{self, config_path};
use crate::report::ReportFormat;
use crate::runtime::executor;
use crate::runtime::rollout_report::PolledRollout;

pub(super) fn run(global: &Global, options: &RolloutReportOptions) -> Result<Exit, CliError> {
    let format = format(options)?;
    let path = config_path(global.config.clone())?;
    let mut config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let follow = find(&config, &options.name)?.clone();
    config.jobs.clear();
    config.follows = vec![follow];
    let executor = executor::build()?;
    let polled = executor.block_on(status::poll(&config, options.timeout));
    executor.shutdown_background();
    let (list, results) = polled?;
    let past = status::past_runs(&config);
    let rollout = PolledRollout::of(&config, &list, &results, &past);
    let problems = rollout.problems();
    let report = rollout.report(problems.clone());
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
    for problem in &problems {
        output::note(problem);
    }
    Ok(if problems.is_empty() {
        Exit::Success
    } else {
        Exit::Undetermined
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
