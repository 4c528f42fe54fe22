//! A rollout whose jobs are polled once, for the commands that print it.

use std::time::Duration;

use super::super::{CliError, Exit, output, status};
use super::find::find;
use crate::cli::Global;
use crate::config::{self, config_path};
use crate::runtime::executor;
use crate::runtime::rollout_report::PolledRollout;

/// Polls the jobs of the named rollout, prints it, and then what could not be
/// determined.
pub(super) fn print_polled(
    global: &Global,
    name: &str,
    timeout: Duration,
    print: impl FnOnce(&PolledRollout) -> Result<(), CliError>,
) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let mut config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let follow = find(&config, name)?.clone();
    config.jobs.clear();
    config.follows = vec![follow];
    let executor = executor::build()?;
    let polled = executor.block_on(status::poll(&config, timeout));
    executor.shutdown_background();
    let (list, results) = polled?;
    let past = status::past_runs(&config);
    let rollout = PolledRollout::of(&config, &list, &results, &past);
    print(&rollout)?;
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
