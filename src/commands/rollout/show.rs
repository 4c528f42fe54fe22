//! `hgtop rollout show`: polls the jobs of a rollout once and prints its result
//! so far.

use super::super::{CliError, Exit, output};
use super::polled::print_polled;
use crate::cli::{Global, Output, RolloutShow};
use crate::report::{csv, document, jsonl};

pub(super) fn run(global: &Global, options: &RolloutShow) -> Result<Exit, CliError> {
    print_polled(global, &options.name, options.timeout, |rollout| {
        let report = rollout.result();
        let text = match options.output {
            Output::Json => document(&report).map_err(std::io::Error::from)?,
            Output::Jsonl => jsonl(&[&report]).map_err(std::io::Error::from)?,
            Output::Table => report.text(),
            Output::Csv => csv(&[&report.rollout]).map_err(std::io::Error::from)?,
            Output::Markdown => report.table().markdown(),
        };
        output::raw(text.as_bytes())?;
        Ok(())
    })
}
