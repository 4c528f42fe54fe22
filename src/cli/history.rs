//! The options of `history` and its commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{Output, help, values};

/// Options of `history`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct History {
    /// What to do instead of listing runs.
    #[command(subcommand)]
    pub(crate) command: Option<HistoryCommand>,
    /// Jobs by name, id or reference [default: all in the config]
    #[arg(value_name = "NAME|REF")]
    pub(crate) jobs: Vec<String>,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// What to do with the history.
#[derive(Debug, Clone, Subcommand)]
pub enum HistoryCommand {
    /// Record the earlier runs of followed flows from hotglue's listings
    #[command(after_help = help::HISTORY_LEARN)]
    Learn(Learn),
    /// Write the history to one file, on request with pseudonyms
    #[command(after_help = help::HISTORY_EXPORT)]
    Export(HistoryExport),
    /// Remove old runs
    #[command(after_help = help::HISTORY_PRUNE)]
    Prune(Prune),
}

/// Options of `history learn`.
#[derive(Debug, Clone, Args)]
pub struct Learn {
    /// Flow by id or the name of its follow (repeatable) [default: all followed flows]
    #[arg(short, long, value_name = "FLOW")]
    pub(crate) flow: Vec<String>,
    /// List tenants again whose listing is older than this
    #[arg(long, value_name = "TIME", value_parser = values::age, default_value = "24h")]
    pub(crate) max_age: Duration,
    /// Print how many calls would be made; only the tenants are listed, where they are unknown
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `history export`.
#[derive(Debug, Clone, Args)]
pub struct HistoryExport {
    /// File to write
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Replace tenants, ids and names, and the details of messages
    #[arg(long)]
    pub(crate) anonymize: bool,
    /// Runs since this time (2026-11-24T09:00:00Z) or this long ago (8h)
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) from: Option<Timestamp>,
    /// Runs until this time or this long ago
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) to: Option<Timestamp>,
    /// Flow by id or the name of its follow (repeatable) [default: all flows]
    #[arg(short, long, value_name = "FLOW")]
    pub(crate) flow: Vec<String>,
    /// Replace an existing file
    #[arg(long)]
    pub(crate) force: bool,
}

/// Options of `history prune`.
#[derive(Debug, Clone, Args)]
pub struct Prune {
    /// Remove runs whose last change is longer ago than this
    #[arg(long, value_name = "TIME", value_parser = values::age, default_value = "90d")]
    pub(crate) older_than: Duration,
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(crate) yes: bool,
}
