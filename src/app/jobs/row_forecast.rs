//! What the forecast reads of a row, and what the row is judged by.

use super::row::Row;
use crate::hotglue::{Job, State};
use crate::rollout::{ForecastJob, JobEnd, RunningJob, RunningStage};

impl Row {
    /// What the forecast reads of it.
    pub(crate) fn forecast_job(&self) -> ForecastJob<'_> {
        let polled = self.snapshot.health.last_success;
        let end = self.job().filter(|job| job.status.is_finished());
        let end = end.and_then(|job| {
            Some(JobEnd {
                at: self.finished().or(polled)?,
                completed: job.status.state() == State::Completed,
            })
        });
        ForecastJob {
            id: self.id,
            environment: self.environment,
            flow: self.selector.flow(),
            tenant: self.selector.tenant(),
            tap: self.tap(),
            started: self.started().filter(|_| self.is_expected_to_finish()),
            end,
            polled,
        }
    }

    /// Whether the run that it shows has started and its status is known: one
    /// that is unknown may be that of a finished job.
    pub(crate) fn is_expected_to_finish(&self) -> bool {
        self.job().is_some() && self.state() != State::Unknown && !self.is_not_started()
    }

    /// What it is judged by, as of its last successful poll; `None` unless it
    /// is unfinished and was polled.
    pub(crate) fn running_job(&self) -> Option<RunningJob> {
        let job = self.job().filter(|job| !job.status.is_finished())?;
        if !self.is_expected_to_finish() {
            return None;
        }
        Some(RunningJob {
            started: self.started(),
            stage: self.running_stage(job),
            last_event: self.updated(),
            polled: self.snapshot.health.last_success?,
        })
    }

    fn running_stage(&self, job: &Job) -> Option<RunningStage> {
        let open = self
            .spans()
            .last()
            .filter(|span| span.to.is_none())
            .copied();
        let (stage, since) = match open {
            Some(span) => (span.stage, span.from),
            // Between two stages only the finished one is known.
            None => (job.status.stage()?, self.updated()?),
        };
        Some(RunningStage {
            stage,
            since,
            has_finished: job.status.ends_stage(),
        })
    }
}
