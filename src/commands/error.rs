//! How a command ends: its exit code, or the error that it reports.

use std::io;

use thiserror::Error;

use crate::config::{ConfigError, LocationError};
use crate::terminal::NoTerminal;

/// The result of a command, as scripts see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: success.
    Success,
    /// 1: at least one job failed.
    JobFailed,
    /// 3: a job's state could not be determined.
    Undetermined,
    /// Another exit code, such as 128 + the number of a signal.
    Code(i32),
}

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> i32 {
        match self {
            Self::Success => 0,
            Self::JobFailed => 1,
            Self::Undetermined => 3,
            Self::Code(code) => code,
        }
    }
}

/// Why a command failed.
#[derive(Debug, Error)]
pub enum CliError {
    /// The config file cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The location of the config file is unknown.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// There is no terminal for a dashboard.
    #[error(transparent)]
    Terminal(#[from] NoTerminal),
    /// The command line asks for something impossible.
    #[error("{0}")]
    Usage(String),
    /// No state could be determined at all.
    #[error("{0}")]
    Undetermined(String),
    /// Standard output cannot be written to.
    #[error("cannot write the output: {0}")]
    Output(#[source] io::Error),
    /// Another error of the operating system.
    #[error(transparent)]
    System(#[from] io::Error),
    /// A bug in hgtop.
    #[error("{0}")]
    Bug(&'static str),
}

impl CliError {
    /// The watcher's task ended while it was needed.
    pub(super) const WATCHER_LOST: Self =
        Self::Bug("the watcher stopped unexpectedly; this is a bug, see the log");

    /// Returns the exit code: 2 for what the command line or the config can
    /// fix, 3 for the rest, 101 for a bug.
    pub(crate) fn code(&self) -> i32 {
        match self {
            Self::Config(_) | Self::Location(_) | Self::Terminal(_) | Self::Usage(_) => 2,
            Self::Undetermined(_) | Self::Output(_) | Self::System(_) => 3,
            Self::Bug(_) => 101,
        }
    }
}
