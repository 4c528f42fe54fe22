//! `hgtop rollout`: followed flows with a start. One file for each subcommand.

mod compare;
mod find;
mod list;
mod polled;
mod report;
mod show;
mod start;

use super::{CliError, Exit};
use crate::cli::{Global, RolloutCommand};

pub(super) fn run(global: &Global, command: &RolloutCommand) -> Result<Exit, CliError> {
    match command {
        RolloutCommand::Start(options) => start::run(global, options),
        RolloutCommand::List(options) => list::run(global, options),
        RolloutCommand::Compare(options) => compare::run(global, options),
        RolloutCommand::Show(options) => show::run(global, options),
        RolloutCommand::Report(options) => report::run(global, options),
    }
}
