//! The dashboard of an earlier time, fed from the history: what was watched,
//! and the messages that bring the rows to what was known then.
//!
//! Reading the history is in `history`, applying the messages in `app`.

mod job;
mod moment;
mod watched;

pub use moment::{Moment, ReplayedRow, ReplayedRun, RowKey};
pub use watched::Watched;
