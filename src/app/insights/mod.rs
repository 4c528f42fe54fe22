//! What is kept beside the jobs themselves: the log of their transitions and
//! earlier runs from the history. Conclusions from it are drawn in `rollout`.

mod event_log;
mod learning;
mod run_history;
mod stage_summary;

pub use event_log::Event;
pub(crate) use event_log::EventLog;
pub(crate) use learning::Learning;
pub(crate) use run_history::RunHistory;
pub(crate) use stage_summary::{StageSummary, stage_summaries};
