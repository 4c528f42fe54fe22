//! Jobs: the response of the status call, the life cycle of a job, the time
//! spent in each stage, the rows that it moved, and the class of its error.

mod decode;
mod details;
mod error_class;
mod rows;
mod stage_spans;
mod status;

pub(super) use decode::error_message;
pub use decode::{DecodeError, Job};
pub use error_class::ErrorClass;
pub(crate) use rows::compact_count;
pub use rows::{RowCounts, StreamRows};
pub(crate) use stage_spans::StageSpan;
pub use stage_spans::stage_spans;
pub use status::{JobStatus, Stage, State};
pub(crate) use status::{STAGES, StageMark};
