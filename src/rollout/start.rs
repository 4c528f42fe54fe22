//! Which runs count: those that began at the start of the rollout or later.

use jiff::Timestamp;

use crate::hotglue::Job;

/// Whether a run was created at the start of a rollout or later. One whose time
/// of creation is unknown was not.
pub(crate) fn has_begun_since(job: &Job, start: Timestamp) -> bool {
    let created = job.start_time.as_ref().and_then(|created| created.at);
    created.is_some_and(|created| created >= start)
}
