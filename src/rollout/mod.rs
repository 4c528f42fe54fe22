//! What hgtop concludes about a rollout: forecasts, anomalies, failure groups,
//! the gate between two waves, and when a wait for its jobs ends.
//!
//! Everything here is a function of its arguments: time is passed in, there is
//! no I/O, and nothing depends on the dashboard.

mod anomaly;
mod failure_groups;
mod fingerprint;
mod forecast;
mod gate;
mod progress;
mod statistics;
mod wait;

pub use anomaly::{Anomaly, Judgment, RunningStage, judge};
pub use failure_groups::{FailureGroup, JobFacts, failure_groups};
pub use fingerprint::error_line;
pub use forecast::{Eta, Forecast, ForecastJob};
pub use gate::{
    Condition, ConditionError, ConditionReport, Confidence, ConfidenceError, Gate, GateInput,
    GateResult,
};
pub use progress::{JobProgress, ProgressCounts};
pub use wait::{ExpectedJob, Wait, WaitEnd, WaitRules, WaitedJob};
