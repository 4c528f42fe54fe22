//! What the dashboard needs to be shown as it was: the list of what it watched,
//! changes of jobs between two statuses, and queries for a moment of the past.

mod job;
mod job_list;
mod moment;
mod seek;
mod update;

pub use job::RecordedJob;
pub use job_list::{JobList, ListedEnvironment, ListedFollow, ListedTarget, RecordedList};
pub use moment::RecordedMoment;
pub use seek::{MomentQuery, Seek, Span, Within};
pub use update::JobUpdate;
