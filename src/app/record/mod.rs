//! The record of the history on the dashboard: what it has of what is watched,
//! and where in it the dashboard is.

mod job_list;
mod time_travel;

pub(in crate::app) use time_travel::TimeMotion;
pub use time_travel::TimeTravel;
