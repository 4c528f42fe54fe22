//! The name that a job is shown under.

use crate::config::WatchedJob;
use crate::hotglue::Text;
use crate::watch::EnvironmentId;

/// The name to show for a job: the tenant's, where the user gave it none.
pub(super) fn name_of(job: &WatchedJob<EnvironmentId>) -> Text {
    if job.name.as_str() == job.address.job_root.job_id() {
        Text::new(job.address.tenant.as_str())
    } else {
        job.name.clone()
    }
}
