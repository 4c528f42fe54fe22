//! What hgtop concludes about a rollout: forecasts, anomalies and failure
//! groups.
//!
//! Everything here is a function of its arguments: time is passed in, there is
//! no I/O, and nothing depends on the dashboard.

mod anomaly;
mod failure_groups;
mod forecast;

pub use anomaly::{Anomaly, Judgment, RunningStage, judge};
pub use failure_groups::{FailureGroup, JobFacts, failure_groups, first_line};
pub use forecast::{Eta, Forecast, ForecastJob};
