//! What is concluded from jobs and remembered of them: forecasts, anomalies,
//! earlier runs, the log of changes.

mod event_log;
mod forecast;
mod run_history;

pub use event_log::{Event, EventLog};
pub use forecast::{Anomaly, Eta, Forecast};
pub use run_history::RunHistory;
