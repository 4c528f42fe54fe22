//! The options of `rollout` and its subcommands.

use clap::{Args, Subcommand};
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
}

/// Options of `rollout start`.
#[derive(Debug, Clone, Args)]
pub struct RolloutStart {
    /// Followed flow, by name or flow id
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Start (2026-11-24T09:00:00Z), or how long ago it was (10m) [default: now]
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub at: Option<Timestamp>,
}

/// Options of `rollout list`.
#[derive(Debug, Clone, Args)]
pub struct RolloutList {
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub output: Output,
}
