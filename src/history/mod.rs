//! The history: every status of every job with its times, across restarts.
//!
//! It is an embedded database in the platform's folder for state, bounded in
//! age and size. Only listed fields of an answer are recorded: no `state`, no
//! `override_*` and no API key. Schedules and screens are not handled here.

mod answer;
mod damage;
mod error;
mod event;
mod export;
mod forecasts;
mod learned;
mod location;
mod observation;
mod past_runs;
mod prune;
mod queries;
mod recorder;
mod replay;
mod row_counts;
mod rows;
mod run;
mod schema;
mod store;
mod texts;
mod write;

pub(crate) use answer::{BASELINE_RUNS, COMPARED_RUNS};
pub use answer::{HistoryAnswer, HistoryQuery, RolloutRuns};
pub(crate) use error::HistoryError;
pub use event::{RecordedEvent, RecordedKind};
pub use export::{ExportRules, Exported};
pub use forecasts::RecordedForecast;
pub(crate) use location::history_path;
pub use observation::Observation;
pub use past_runs::PastRun;
pub use queries::read_fields;
pub use recorder::Recorder;
pub use replay::{
    JobList, JobUpdate, ListedEnvironment, ListedFollow, ListedTarget, MomentQuery, RecordedJob,
    RecordedList, RecordedMoment, Seek, Span, Within,
};
pub use run::{Run, RunStep};
pub(crate) use store::Opened;
pub use store::Store;

#[cfg(test)]
mod tests;
