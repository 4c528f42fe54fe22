//! A rollout for others: its result so far, and the report of what happened as
//! JSON, Markdown, a page and a trace.
//!
//! Everything here is made from records; they are filled in
//! `runtime::rollout_report`. Where a report is written to is decided there and
//! by the command.

mod burn_up;
mod comparison;
mod conclusion;
mod lanes;
mod markdown;
mod page;
mod record;
mod report;
mod result;
mod scale;
mod sections;
#[cfg(test)]
mod tests;
mod trace;

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Result;

use crate::report::document;

pub(crate) use comparison::{ComparisonLabels, ComparisonRecord, WorstRecord, comparison_table};
pub(crate) use record::{CommandRecord, JobOutcome, JobRecord, StageRecord};
pub(crate) use report::{ReportParts, RolloutReport};
pub(crate) use result::{
    BaselineRecord, ConditionRecord, EtaRecord, GroupRecord, RolloutRecord, RolloutResult,
};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// A page in one file.
    Html,
    /// Markdown, for a ticket or a channel.
    Markdown,
    /// The data, for programs.
    Json,
    /// Stages over time, for the Perfetto UI.
    Trace,
}

impl ReportFormat {
    /// The format that the extension of a file names.
    pub(crate) fn of_file(file: &Path) -> Option<Self> {
        match file.extension().and_then(OsStr::to_str)? {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl RolloutReport {
    /// Writes the report in a format.
    ///
    /// # Errors
    /// When a part cannot be serialized.
    pub(crate) fn written(&self, format: ReportFormat) -> Result<String> {
        match format {
            ReportFormat::Html => Ok(page::page(self)),
            ReportFormat::Markdown => Ok(markdown::markdown(self)),
            ReportFormat::Json => document(self),
            ReportFormat::Trace => trace::trace(self),
        }
    }
}
