//! The watcher: polls every job when it is due, and publishes what changed over
//! a channel.
//!
//! Which request is sent when is decided by [`Schedule`], which is pure: time
//! and random seed are parameters. A task around it sends the requests and
//! applies the responses. Nothing here depends on who receives the changes.

mod circuit_log;
mod rate_limiter;
mod request;
mod schedule;
mod snapshot;
mod target;
mod updates;
mod watched_job;
mod watcher;

pub(crate) use circuit_log::CircuitLog;
pub use rate_limiter::Limits;
pub(crate) use rate_limiter::RateLimiter;
pub use request::{PollOutcome, PollRequest};
pub use schedule::Schedule;
pub(crate) use schedule::{Admission, CircuitBreaker, CircuitState, FinishedPoll, PolledJobs};
pub use snapshot::{EnvironmentStatus, FailureStreak, Health, Snapshot, Transition};
pub use target::{EnvironmentId, JobId, JobSelector, Target};
pub(crate) use target::{FollowId, TenantDiscovery};
pub use updates::{Batch, Updates};
pub use watcher::{Service, Watcher, start, start_with_clock};
