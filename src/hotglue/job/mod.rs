//! Jobs: the response of the status call, the life cycle of a job, and the time
//! spent in each stage.

mod decode;
mod details;
mod stage_spans;
mod status;

pub(super) use decode::error_message;
pub use decode::{DecodeError, Job};
pub(crate) use stage_spans::{StageSpan, stage_spans};
pub use status::{JobStatus, Stage, State};
pub(crate) use status::{STAGES, StageMark};
