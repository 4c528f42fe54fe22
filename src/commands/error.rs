//! How a command ends: its exit code, and the sentence for a failure.

use std::io;

use thiserror::Error;

use crate::config::{ConfigError, LocationError};
use crate::terminal::NoTerminal;

/// The exit codes that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all well.
    Success,
    /// 1: at least one job failed.
    JobFailed,
    /// 3: a state could not be learned.
    NotLearned,
    /// Another code, after a signal.
    Code(i32),
}

impl Exit {
    /// The code for the shell.
    pub fn code(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::JobFailed => 1,
            Self::NotLearned => 3,
            Self::Code(code) => code,
        }
    }
}

/// Why a command could not do what was asked.
#[derive(Debug, Error)]
pub enum CliError {
    /// The config file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No place for a config file.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// No terminal to draw on.
    #[error(transparent)]
    Terminal(#[from] NoTerminal),
    /// Something on the command line.
    #[error("{0}")]
    Usage(String),
    /// A state that could not be learned at all.
    #[error("{0}")]
    NotLearned(String),
    /// Standard output.
    #[error("the output could not be written: {0}")]
    Output(#[source] io::Error),
    /// Something else of the system.
    #[error(transparent)]
    System(#[from] io::Error),
    /// A bug.
    #[error("{0}")]
    Bug(&'static str),
}

impl CliError {
    /// The watcher's task ended while it was needed.
    pub(super) const WATCHER_LOST: Self =
        Self::Bug("the watcher stopped unexpectedly; this is a bug, see the log");

    /// The exit code: 2 for what the person can mend on the command line or
    /// in the config, 3 for the rest.
    pub fn code(&self) -> i32 {
        match self {
            Self::Config(_) | Self::Location(_) | Self::Terminal(_) | Self::Usage(_) => 2,
            Self::NotLearned(_) | Self::Output(_) | Self::System(_) => 3,
            Self::Bug(_) => 101,
        }
    }
}
