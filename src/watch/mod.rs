//! The watcher: asks about every job when its time comes, and tells of what
//! it learned over a channel.
//!
//! What to do when is decided by [`Schedule`], which is pure: time and chance
//! are handed in. Around it stands a task that sends the requests and applies
//! the answers. Nothing here knows who listens.

mod backoff;
mod pace;
mod schedule;
mod snapshot;
mod updates;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use crate::hotglue::JobAddress;

pub use schedule::{Gate, Limits, Schedule, Verdict};
pub use snapshot::{Condition, Health, Snapshot, Transition, Trouble};
pub use updates::{Batch, Updates};
pub use watcher::{StatusSource, Watcher, start};

/// A watched job, by the number its owner gave it. Numbers are not used
/// again, so that a late answer can never land on another job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobKey(pub u32);

/// An environment, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvironmentKey(pub usize);

/// A job to watch.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number.
    pub key: JobKey,
    /// Where it runs.
    pub environment: EnvironmentKey,
    /// What names it there.
    pub address: Arc<JobAddress>,
    /// Time between two polls while it runs.
    pub interval: Duration,
}
