//! How far jobs are, and how many are how far.

use std::collections::BTreeMap;
use std::fmt;

use crate::hotglue::State;

/// How far a job is, as far as the wait is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobProgress {
    /// Finished successfully.
    Completed,
    /// Finished with a failure.
    Failed,
    /// Stopped by a user.
    Canceled,
    /// In progress.
    Running,
    /// Waiting to start.
    Queued,
    /// The tenant has no run, or none that is new enough.
    NotStarted,
    /// In a status that hgtop does not know.
    Unknown,
    /// No poll has succeeded yet.
    Pending,
    /// Its state cannot be determined.
    Undetermined,
}

/// Jobs by their progress. The counts are disjoint and add up to the total.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ProgressCounts(BTreeMap<JobProgress, usize>);

impl FromIterator<JobProgress> for ProgressCounts {
    fn from_iter<I: IntoIterator<Item = JobProgress>>(jobs: I) -> Self {
        let mut counts = Self::default();
        for progress in jobs {
            counts.add(progress);
        }
        counts
    }
}

impl From<State> for JobProgress {
    fn from(state: State) -> Self {
        match state {
            State::Completed => Self::Completed,
            State::Failed => Self::Failed,
            State::Cancelled => Self::Canceled,
            State::Running => Self::Running,
            State::Queued => Self::Queued,
            State::Unknown => Self::Unknown,
        }
    }
}

impl JobProgress {
    /// Every value, in the order in which counts are shown.
    pub(super) const ALL: [Self; 9] = [
        Self::Completed,
        Self::Failed,
        Self::Canceled,
        Self::Running,
        Self::Queued,
        Self::NotStarted,
        Self::Unknown,
        Self::Pending,
        Self::Undetermined,
    ];

    /// Whether the job completed, failed or was canceled.
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Canceled)
    }

    /// Returns the label of a count of such jobs.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::NotStarted => "not started",
            Self::Unknown => "unknown status",
            Self::Pending => "pending first poll",
            Self::Undetermined => "undetermined",
        }
    }
}

impl ProgressCounts {
    /// Counts a job.
    pub(crate) fn add(&mut self, progress: JobProgress) {
        *self.0.entry(progress).or_default() += 1;
    }

    /// Counts a job no longer.
    pub(crate) fn remove(&mut self, progress: JobProgress) {
        if let Some(count) = self.0.get_mut(&progress) {
            *count = count.saturating_sub(1);
        }
    }

    /// Jobs with this progress.
    pub(crate) fn of(&self, progress: JobProgress) -> usize {
        self.0.get(&progress).copied().unwrap_or(0)
    }

    /// All jobs.
    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Jobs that finished, well or not.
    pub(crate) fn finished(&self) -> usize {
        self.of(JobProgress::Completed) + self.failures()
    }

    /// Jobs that have not finished.
    pub(crate) fn unfinished(&self) -> usize {
        self.total() - self.finished()
    }

    /// Jobs that failed or were canceled.
    pub(crate) fn failures(&self) -> usize {
        self.of(JobProgress::Failed) + self.of(JobProgress::Canceled)
    }
}

impl fmt::Display for ProgressCounts {
    /// Writes the total and every count that is not zero; completed and failed
    /// jobs always: `3 jobs: 2 completed, 0 failed, 1 running`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        write!(f, "{total} job{}:", if total == 1 { "" } else { "s" })?;
        let mut separator = " ";
        for progress in JobProgress::ALL {
            let count = self.of(progress);
            if count > 0 || matches!(progress, JobProgress::Completed | JobProgress::Failed) {
                write!(f, "{separator}{count} {}", progress.label())?;
                separator = ", ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_disjoint_and_add_up_to_the_total() {
        let jobs = JobProgress::ALL.into_iter().chain([JobProgress::Running]);
        let counts: ProgressCounts = jobs.collect();
        assert_eq!(counts.total(), 10);
        assert_eq!(counts.finished() + counts.unfinished(), 10);
        assert_eq!(counts.failures(), 2);
        assert_eq!(
            counts.to_string(),
            "10 jobs: 1 completed, 1 failed, 1 canceled, 2 running, 1 queued, 1 not started, \
             1 unknown status, 1 pending first poll, 1 undetermined"
        );
    }

    #[test]
    fn zero_counts_are_left_out_except_completed_and_failed() {
        let counts = ProgressCounts::from_iter([JobProgress::Queued]);
        assert_eq!(counts.to_string(), "1 job: 0 completed, 0 failed, 1 queued");
    }
}
