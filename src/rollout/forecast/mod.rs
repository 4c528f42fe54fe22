//! The forecast: when the started jobs of a rollout will have finished.
//!
//! [`Forecast`] keeps what it needs of every job up to date, so that a snapshot
//! of it is cheap. Computing the ETA from a snapshot takes milliseconds and is
//! done elsewhere, at most once a second while jobs change.

mod calibration;
mod eta;
mod flow_jobs;
mod last_finish;
mod learned;
mod rollout;
mod shared;
mod tracker;

pub use calibration::Calibration;
pub use eta::{Eta, LastJob};
pub use learned::LearnedBaselines;
pub use rollout::{FlowSnapshot, JobEnd, RolloutForecast, RolloutSnapshot, StartedJob};
pub use tracker::{Forecast, ForecastAnswer, ForecastJob, ForecastRequest, ForecastScope};

#[cfg(test)]
mod coverage_tests;
