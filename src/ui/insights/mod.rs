//! What is known of the rollout as a whole, in framed sections: burn-up,
//! throughput, failure groups, stages, events. The side panel and the pulse are
//! made of them. Each section costs the same for any number of jobs.

mod burn_up;
mod events;
mod failures;
mod last_jobs;
pub(in crate::ui) mod panel;
pub(in crate::ui) mod pulse;
mod section;
mod stages;
pub(in crate::ui) mod throughput;
