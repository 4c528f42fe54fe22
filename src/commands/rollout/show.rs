//! `hgtop rollout show`: polls the jobs of a rollout once and prints its result
//! so far.

use super::super::{CliError, Exit, output, status};
use super::find::find;
use crate::cli::{Global, Output, RolloutShow};
use crate::config::{self, config_path};
use crate::report::{csv, document, jsonl};
use crate::runtime::executor;
use crate::runtime::rollout_report::PolledRollout;

pub(super) fn run(global: &Global, options: &RolloutShow) -> Result<Exit, CliError> {
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
    let report = rollout.result();
    let text = match options.output {
        Output::Json => document(&report).map_err(std::io::Error::from)?,
        Output::Jsonl => jsonl(&[&report]).map_err(std::io::Error::from)?,
        Output::Table => report.text(),
        Output::Csv => csv(&[&report.rollout]).map_err(std::io::Error::from)?,
        Output::Markdown => report.table().markdown(),
    };
    output::raw(text.as_bytes())?;
    let problems = rollout.problems();
    for problem in &problems {
        output::note(problem);
    }
    Ok(if problems.is_empty() {
        Exit::Success
    } else {
        Exit::Undetermined
    })
}
