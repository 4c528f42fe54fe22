//! A job of a rollout beside what its tenant's earlier runs came to.
//!
//! A gate compares a tenant with its own runs only: what is expected of a tenant
//! without runs, which a forecast takes from its flow, is no measurement.

use jiff::{SignedDuration, Timestamp};

use crate::history::PastRun;
use crate::hotglue::{Job, State};

/// Earlier runs from which there is a median.
const MIN_RUNS: usize = 3;
/// The most earlier runs of a median, the newest ones: however many a reader of
/// the history took, the result is the same.
const MAX_RUNS: usize = 15;
/// How far the clocks of hgtop and the service may differ.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// The durations and rows of the completed runs of a tenant in a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TenantRuns(Vec<TenantRun>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TenantRun {
    started: Timestamp,
    duration: SignedDuration,
    rows: Option<u64>,
}

/// The medians of a tenant's earlier runs, where there are at least three.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TenantMedians {
    /// Of the time from creation to completion; never zero.
    pub(crate) duration: Option<SignedDuration>,
    /// Of the rows.
    pub(crate) rows: Option<u64>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunOutcome {
    /// It has not finished, and has taken at least this long.
    Unfinished {
        /// Zero before its start.
        spent: SignedDuration,
    },
    /// It completed.
    Completed {
        /// The time from creation to completion.
        took: Option<SignedDuration>,
        /// The rows that it moved.
        rows: Option<u64>,
    },
    /// It failed or was canceled.
    Failed {
        /// The time from creation to the end.
        took: Option<SignedDuration>,
    },
}

/// An expected job and the medians of its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PairedJob {
    /// How far it is.
    pub(crate) outcome: RunOutcome,
    /// What it is compared with.
    pub(crate) medians: TenantMedians,
}

impl TenantRuns {
    /// Keeps what is needed of the completed runs among those of a tenant, which
    /// are sorted newest first.
    pub(crate) fn of(runs: &[PastRun]) -> Self {
        let completed = runs.iter().filter(|run| run.state == State::Completed);
        let runs = completed.map(|run| TenantRun {
            started: run.started,
            duration: run.duration(),
            rows: run.rows.as_ref().and_then(|rows| rows.total),
        });
        Self(runs.collect())
    }

    /// The medians of the newest runs; of those that started before a time, where
    /// one is given.
    pub(crate) fn medians(&self, before: Option<Timestamp>) -> TenantMedians {
        let runs = || {
            let is_earlier =
                move |run: &&TenantRun| before.is_none_or(|before| run.started < before);
            self.0.iter().filter(is_earlier).take(MAX_RUNS)
        };
        let duration = median(runs().map(|run| run.duration).collect());
        let rows = median(runs().filter_map(|run| run.rows).collect());
        TenantMedians {
            duration: duration
                .map(|(low, high)| low + (high - low) / 2)
                .filter(SignedDuration::is_positive),
            rows: rows.map(|(low, high)| low + (high - low) / 2),
        }
    }
}

/// The two middle values, which are one for an odd number of them.
fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<(T, T)> {
    if values.len() < MIN_RUNS {
        return None;
    }
    values.sort_unstable();
    Some((values[(values.len() - 1) / 2], values[values.len() / 2]))
}

impl RunOutcome {
    /// A job that has not started, or of which nothing is known.
    pub(crate) const NOT_STARTED: Self = Self::Unfinished {
        spent: SignedDuration::ZERO,
    };

    /// Reads the outcome of a job as of its last successful poll.
    pub(crate) fn of(job: &Job, polled: Option<Timestamp>) -> Self {
        let time = |moment: Option<&crate::hotglue::Moment>| moment.and_then(|moment| moment.at);
        let (started, updated) = (
            time(job.start_time.as_ref()),
            time(job.last_updated.as_ref()),
        );
        let since_start = |end: Option<Timestamp>| {
            let duration = end?.duration_since(started?);
            Some(duration.max(SignedDuration::ZERO))
        };
        match job.status.state() {
            State::Completed => Self::Completed {
                took: since_start(updated),
                rows: job.total_rows,
            },
            State::Failed | State::Cancelled => Self::Failed {
                took: since_start(updated),
            },
            State::Queued | State::Running | State::Unknown => {
                let by_own_clock = since_start(polled).map(|spent| spent - CLOCK_TOLERANCE);
                let spent = since_start(updated).max(by_own_clock);
                Self::Unfinished {
                    spent: spent.unwrap_or_default().max(SignedDuration::ZERO),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotglue::{JobRoot, RowCounts, TenantId, Text};

    fn run(started: i64, seconds: i64, rows: Option<u64>, state: State) -> PastRun {
        let started = Timestamp::from_second(started).unwrap();
        PastRun {
            tenant: TenantId::parse("acme").unwrap(),
            tap: Text::new("csv"),
            tap_version: None,
            job_root: JobRoot::parse("acme/flows/f/jobs/1").unwrap(),
            started,
            finished: started + SignedDuration::from_secs(seconds),
            state,
            stages: Vec::new(),
            silences: Vec::new(),
            rows: rows.map(|total| RowCounts {
                total: Some(total),
                ..RowCounts::default()
            }),
            message: None,
        }
    }

    #[test]
    fn medians_are_those_of_enough_completed_runs_before_a_time() {
        let runs = TenantRuns::of(&[
            run(500, 900, Some(9_000), State::Completed),
            run(400, 40, Some(400), State::Completed),
            run(300, 900, Some(9_000), State::Failed),
            run(200, 20, None, State::Completed),
            run(100, 10, Some(100), State::Completed),
        ]);
        let before = |second| runs.medians(Some(Timestamp::from_second(second).unwrap()));
        let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
        assert_eq!(before(400), TenantMedians::default());
        assert_eq!(
            before(500),
            TenantMedians {
                duration: seconds(20),
                rows: None
            }
        );
        assert_eq!(
            runs.medians(None),
            TenantMedians {
                duration: seconds(30),
                rows: Some(400)
            }
        );
    }

    #[test]
    fn medians_do_not_depend_on_how_many_runs_were_read() {
        let runs: Vec<_> = (1..=50)
            .map(|age: i64| {
                run(
                    10_000 - age,
                    10 * age,
                    Some(10 * age.unsigned_abs()),
                    State::Completed,
                )
            })
            .collect();
        let medians = |count: usize| TenantRuns::of(&runs[..count]).medians(None);
        let newest = medians(MAX_RUNS);
        assert_eq!(newest.rows, Some(80));
        assert_eq!((medians(20), medians(50)), (newest, newest));
    }

    #[test]
    fn unfinished_job_has_taken_as_long_as_both_clocks_admit() {
        let spent = |updated: &str, polled: Option<&str>| {
            let json = format!(
                r#"{{"status":"SYNC_STARTED","start_time":"2026-11-24T09:00:00Z",
                    "last_updated":"{updated}"}}"#
            );
            let job = Job::decode(&json).unwrap();
            let polled = polled.map(|polled| polled.parse().unwrap());
            match RunOutcome::of(&job, polled) {
                RunOutcome::Unfinished { spent } => spent.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        let updated = "2026-11-24T09:01:00Z";
        assert_eq!(spent(updated, None), 60);
        assert_eq!(spent(updated, Some("2026-11-24T09:01:04Z")), 60);
        assert_eq!(spent(updated, Some("2026-11-24T09:02:05Z")), 120);
        // The clock of the service is ahead.
        assert_eq!(spent(updated, Some("2026-11-24T08:00:00Z")), 60);
    }
}
