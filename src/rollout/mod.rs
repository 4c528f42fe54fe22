//! What hgtop concludes about a rollout: forecasts, anomalies, failure groups,
//! the gate between two waves, and when a wait for its jobs ends.
//!
//! Everything here is a function of its arguments: time is passed in, there is
//! no I/O, and nothing depends on the dashboard.

mod anomaly;
mod baseline;
mod comparison;
mod failure_groups;
mod fingerprint;
mod forecast;
mod gate;
mod paired_job;
mod progress;
mod rows;
mod statistics;
mod summary;
mod wait;

pub use crate::hotglue::error_line;
pub use anomaly::{Anomaly, RunningJob, RunningStage, judge as judge_running};
pub(crate) use baseline::FEWEST_RUNS;
pub use baseline::{Expectation, FlowBaseline, Typical};
pub use comparison::{
    ComparedMetric, ComparedRuns, ComparisonResult, Metric, UnfinishedRun, WorstTenant, compare,
    compare_by, compare_by_version,
};
pub use failure_groups::{FailureGroup, JobFacts, failure_groups};
pub use fingerprint::fingerprint;
pub use forecast::{
    Calibration, Eta, FlowSnapshot, Forecast, ForecastAnswer, ForecastJob, ForecastRequest,
    ForecastScope, JobEnd, LastJob, LearnedBaselines, RolloutForecast, RolloutSnapshot, StartedJob,
};
pub(crate) use gate::{ConditionReport, Evidence};
pub use gate::{Confidence, Gate, GateInput, GateResult};
pub(crate) use paired_job::{PairedJob, RunOutcome, TenantMedians, TenantRuns};
pub(crate) use progress::{JobProgress, ProgressCounts};
pub(crate) use rows::can_judge_rows;
pub use rows::{PastRows, RowsAnomaly, judge_rows};
pub(crate) use summary::RolloutSummary;
pub(crate) use wait::{ExpectedJob, Wait, WaitEnd, WaitRules, WaitedJob};
