//! A recorded run of a job.

use jiff::Timestamp;

use crate::hotglue::{JobRoot, JobStatus, RowCounts, StageSpan, TenantId, Text, stage_spans};

/// A status of a run, and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStep {
    /// The status.
    pub status: JobStatus,
    /// When hgtop first saw it.
    pub seen: Timestamp,
    /// Its time according to the service.
    pub updated: Option<Timestamp>,
}

impl RunStep {
    /// The best known time at which the status began.
    pub(crate) fn time(&self) -> Timestamp {
        self.updated.unwrap_or(self.seen)
    }
}

/// A recorded run of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The job's root.
    pub job_root: JobRoot,
    /// The tenant it ran for.
    pub tenant: TenantId,
    /// When the job was created.
    pub started: Option<Timestamp>,
    /// The last recorded status.
    pub status: JobStatus,
    /// The time of that status.
    pub last: Timestamp,
    /// The first line of its message.
    pub message: Option<Text>,
    /// The recorded fields of its last answer, by name.
    pub fields: Vec<(Text, Text)>,
    /// The rows that it moved, where it counted them.
    pub rows: Option<RowCounts>,
    /// The statuses it went through, oldest first.
    pub steps: Vec<RunStep>,
}

impl Run {
    /// The stages it went through.
    pub(crate) fn spans(&self) -> Vec<StageSpan> {
        let steps = self.steps.iter();
        stage_spans(steps.map(|step| (step.status.clone(), step.time())))
    }
}
