//! The jobs of a flow as the distribution of the last finish takes them.

use std::sync::Arc;

use crate::rollout::baseline::{Expectation, Tails};

/// An unfinished job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unfinished {
    /// What was expected of it.
    pub(crate) expected: Expectation,
    /// How long it had run at its last successful poll, in seconds.
    pub(crate) seconds: f64,
    /// How long it has run by now if it has not finished since.
    pub(crate) until_now: f64,
}

/// A finished job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finished {
    /// What was expected of it.
    pub(crate) expected: Expectation,
    /// How long it ran, in seconds.
    pub(crate) seconds: f64,
    /// Whether it completed. A failed job counts as one that would have taken
    /// longer.
    pub(crate) completed: bool,
}

/// The jobs of one flow.
#[derive(Debug, Clone)]
pub(crate) struct FlowJobs {
    /// The distribution of their durations around what is expected.
    pub(crate) tails: Arc<Tails>,
    /// The unfinished jobs.
    pub(crate) unfinished: Vec<Unfinished>,
    /// The finished jobs of the same rollout.
    pub(crate) finished: Vec<Finished>,
    /// The probability that a job fails.
    pub(crate) failing: f64,
}
