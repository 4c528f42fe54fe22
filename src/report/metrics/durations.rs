//! The durations of stages and jobs, from the transitions of the watched jobs.
//!
//! Only what started and finished while it was watched is measured: hgtop does
//! not know since when a job has been in the first status it sees.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::hotglue::{JobStatus, Stage, stage_spans};
use crate::watch::{JobId, Transition};

/// The stages and the job that a transition finishes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Finished {
    pub(super) stages: Vec<(Stage, SignedDuration)>,
    /// The final status of the job, if it finished.
    pub(super) job: Option<JobStatus>,
    /// Its duration, where the service sends its start time.
    pub(super) job_duration: Option<SignedDuration>,
}

/// The last known status of a job.
struct Previous {
    job_root: String,
    status: JobStatus,
    time: Timestamp,
    /// Whether the job took the status at `time`, rather than earlier.
    is_exact: bool,
    /// The end of the last stage that was measured.
    measured_until: Timestamp,
}

/// Measures durations from transitions.
pub(super) struct Durations {
    began: Timestamp,
    previous: BTreeMap<JobId, Previous>,
}

impl Durations {
    /// Measures what finishes after `began`.
    pub(super) fn new(began: Timestamp) -> Self {
        Self {
            began,
            previous: BTreeMap::new(),
        }
    }

    /// Returns what a transition finishes.
    pub(super) fn apply(&mut self, transition: &Transition) -> Finished {
        let time = transition.updated.unwrap_or(transition.seen);
        let job_root = transition.address.job_root.as_str();
        let previous = self.previous.remove(&transition.id);
        let previous = previous.filter(|previous| previous.job_root == job_root);
        let mut measured_until = previous
            .as_ref()
            .map_or(self.began, |previous| previous.measured_until);

        let mut steps = transition.job.status_times();
        if steps.is_empty() {
            let exact = previous.as_ref().filter(|previous| previous.is_exact);
            steps.extend(exact.map(|previous| (previous.status.clone(), previous.time)));
            steps.push((transition.to.clone(), time));
        }
        let mut finished = Finished::default();
        let began = measured_until;
        for span in stage_spans(steps) {
            if let Some(end) = span.to.filter(|end| *end > began) {
                let duration = end.duration_since(span.from);
                finished.stages.push((span.stage, duration));
                measured_until = measured_until.max(end);
            }
        }
        let was_unfinished = previous
            .as_ref()
            .is_some_and(|previous| !previous.status.is_finished());
        if transition.to.is_finished() && (was_unfinished || time > self.began) {
            let start = transition.job.start_time.as_ref();
            let duration = start
                .and_then(|start| start.at)
                .map(|start| time.duration_since(start));
            finished.job = Some(transition.to.clone());
            finished.job_duration = duration.filter(|duration| !duration.is_negative());
        }
        self.previous.insert(
            transition.id,
            Previous {
                job_root: job_root.to_owned(),
                status: transition.to.clone(),
                time,
                is_exact: previous.is_some() || transition.to == JobStatus::JobCreated,
                measured_until,
            },
        );
        finished
    }
}
