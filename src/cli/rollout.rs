//! The options of `rollout` and its subcommands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{Output, help, values};

/// What to do with a rollout.
#[derive(Debug, Clone, Subcommand)]
pub enum RolloutCommand {
    /// Set the start of a rollout: only runs that began then or later count
    #[command(after_help = help::ROLLOUT_START)]
    Start(RolloutStart),
    /// List the rollouts of the config file, offline
    #[command(after_help = help::ROLLOUT_LIST)]
    List(RolloutList),
    /// Compare the rollout with the runs before its start, paired by tenant
    #[command(after_help = help::ROLLOUT_COMPARE)]
    Compare(RolloutCompare),
    /// Poll the jobs of a rollout once and print its result so far
    #[command(after_help = help::ROLLOUT_SHOW)]
    Show(RolloutShow),
    /// Write what happened in a rollout, for those who were not there
    #[command(after_help = help::ROLLOUT_REPORT)]
    Report(RolloutReportOptions),
}

/// Options of `rollout start`.
#[derive(Debug, Clone, Args)]
pub struct RolloutStart {
    /// Followed flow, by name or flow id
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Start (2026-11-24T09:00:00Z), or how long ago it was (10m) [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) at: Option<Timestamp>,
}

/// Options of `rollout list`.
#[derive(Debug, Clone, Args)]
pub struct RolloutList {
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `rollout compare`.
#[derive(Debug, Clone, Args)]
pub struct RolloutCompare {
    /// Followed flow, by name or flow id
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Compare each cohort with its own runs before the start
    #[arg(long, value_enum, value_name = "COHORT")]
    pub(crate) by: Option<CompareBy>,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Stop polling after this time
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = values::duration)]
    pub(crate) timeout: Duration,
}

/// What divides a rollout into cohorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareBy {
    /// The version of the tap
    TapVersion,
    /// The tags of the tenants' watched jobs
    Tag,
}

/// Options of `rollout show`.
#[derive(Debug, Clone, Args)]
pub struct RolloutShow {
    /// Followed flow, by name or flow id
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Stop polling after this time, such as 30s, and print what is known
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "60s")]
    pub(crate) timeout: Duration,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `rollout report`.
#[derive(Debug, Clone, Args)]
pub struct RolloutReportOptions {
    /// Followed flow, by name or flow id
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Format [default: that of the file's extension, else html]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<ReportFormatChoice>,
    /// File to write, instead of standard output; an existing one is replaced
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub to: Option<PathBuf>,
    /// Stop polling after this time, such as 30s, and report what is known
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "60s")]
    pub timeout: Duration,
}

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormatChoice {
    /// A page in one file, which makes no request
    Html,
    /// Markdown, for a ticket or a channel
    Markdown,
    /// The data, for programs
    Json,
    /// Stages over time as trace events, for the Perfetto UI
    Trace,
}
