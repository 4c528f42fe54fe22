//! `hgtop rollout show`: polls the jobs of a rollout once and prints its result
//! so far.

use std::collections::BTreeMap;

use super::super::{CliError, Exit, output, status};
use super::find::find;
use crate::cli::{Global, Output, RolloutShow};
use crate::config::{self, config_path};
use crate::report::{csv, document, jsonl};
use crate::runtime::executor;
use crate::runtime::poll_once::PollResult;
use crate::runtime::rollout_report::PolledRollout;
use crate::runtime::watchlist::Watchlist;
use crate::watch::JobId;

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
    let report = PolledRollout::of(&config, &list, &results, &past).result();
    let text = match options.output {
        Output::Json => document(&report).map_err(std::io::Error::from)?,
        Output::Jsonl => jsonl(&[&report]).map_err(std::io::Error::from)?,
        Output::Table => report.text(),
        Output::Csv => csv(&[&report.rollout]).map_err(std::io::Error::from)?,
        Output::Markdown => report.table().markdown(),
    };
    output::raw(text.as_bytes())?;
    let problems = problems(&list, &results);
    for problem in &problems {
        output::note(problem);
    }
    Ok(if problems.is_empty() {
        Exit::Success
    } else {
        Exit::Undetermined
    })
}

/// What could not be determined, and why.
pub(super) fn problems(list: &Watchlist, results: &BTreeMap<JobId, PollResult>) -> Vec<String> {
    let of_list = list.problems.values().chain(&list.unlisted);
    let mut problems: Vec<String> = of_list.cloned().collect();
    let failed_polls: Vec<_> = results
        .values()
        .filter_map(|result| match result {
            PollResult::Failed(error) => Some(error),
            PollResult::Run(..) | PollResult::NotStarted | PollResult::Unlinked => None,
        })
        .collect();
    if let [first, more @ ..] = &failed_polls[..] {
        let count = more.len() + 1;
        let s = if count == 1 { "" } else { "s" };
        problems.push(format!("{count} job{s} undetermined: {first}"));
    }
    problems
}
