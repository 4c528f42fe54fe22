//! What names a row in the config: a watched job, followed flows, or both.
//!
//! A job that several of them name is one row. A watched job and a followed
//! flow name the same job while the newest run of the tenant has the job's
//! `job_root`; the store links their rows, and the followed one is shown.

use jiff::Timestamp;

use crate::config::WatchedJob;
use crate::hotglue::Text;
use crate::watch::{EnvironmentId, FollowId, JobId};

/// A followed flow that a row belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FollowedBy {
    /// The followed flow.
    pub(crate) id: FollowId,
    /// The row's name in it.
    pub(super) name: Text,
    /// The start of its rollout, if it has one.
    pub(super) since: Option<Timestamp>,
}

/// A watched job that is the same job as the newest run of a followed tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SameJob {
    /// Its row, which is not shown.
    pub(super) id: JobId,
    /// The job as it is in the config.
    pub(super) job: WatchedJob<EnvironmentId>,
}

/// A change of which rows are the same job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum LinkChange {
    /// The job of `entry` is shown by another row from now on.
    Joined {
        /// The row that is no longer listed.
        entry: JobId,
        /// The row that represents both.
        shown: JobId,
    },
    /// The row is listed again.
    Parted(JobId),
    /// A row has another interval, since what it represents changed.
    Interval(JobId),
}
