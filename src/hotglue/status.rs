//! The life cycle of a job: its statuses, the stage each belongs to, and what
//! state of affairs it means.
//!
//! Source: hotglue's documentation of the job life cycle (twelve statuses, as
//! the OpenAPI document lists them). Others are seen in the wild and may be
//! added at any time; they are carried as they came.

use std::fmt;

use super::text::Text;

/// Longest unknown status kept, in bytes.
const MAX_STATUS_BYTES: usize = 64;

/// What the service says of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobStatus {
    /// Created and queued.
    JobCreated,
    /// Available tables and fields are being fetched.
    DiscoverStarted,
    /// Discovery failed.
    DiscoverFailed,
    /// Data is being read from the tap.
    SyncStarted,
    /// Reading from the tap failed.
    SyncFailed,
    /// The tap's data is read.
    SyncSuccess,
    /// The transformation script runs.
    EtlStarted,
    /// The transformation script failed.
    EtlFailed,
    /// The data is transformed.
    EtlSuccess,
    /// Data is being written to the target.
    ExportStarted,
    /// Writing to the target failed.
    ExportFailed,
    /// Done, and all went well.
    JobCompleted,
    /// A status that the service's documentation does not list.
    Other(Text),
}

/// A stretch of a job's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Waiting for an executor.
    Queued,
    /// Fetching tables and fields; only where discovery is enabled.
    Discover,
    /// Reading from the tap.
    Sync,
    /// Transforming; streaming jobs skip it.
    Etl,
    /// Writing to the target.
    Export,
    /// Over.
    Done,
}

/// The stages in which work is done, in their order.
pub const STAGES: [Stage; 4] = [Stage::Discover, Stage::Sync, Stage::Etl, Stage::Export];

impl Stage {
    /// The stage's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Discover => "discover",
            Self::Sync => "sync",
            Self::Etl => "etl",
            Self::Export => "export",
            Self::Done => "done",
        }
    }
}

/// What a status means for the person who watches, in order of urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Ended badly.
    Failed,
    /// Ended by someone.
    Cancelled,
    /// Not known: no answer yet, or a status of no known meaning.
    Unknown,
    /// Under way.
    Running,
    /// Waiting to start.
    Queued,
    /// Ended well.
    Completed,
}

impl State {
    /// Every state, most urgent first.
    pub const ALL: [Self; 6] = [
        Self::Failed,
        Self::Cancelled,
        Self::Unknown,
        Self::Running,
        Self::Queued,
        Self::Completed,
    ];

    /// Whether a job in it has come to an end.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// The state's name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Completed => "completed",
        }
    }
}

/// How far a job has come with one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageMark {
    /// Not begun.
    Ahead,
    /// At work.
    Active,
    /// Behind us: done, or skipped by this kind of job.
    Passed,
    /// The job ended badly here.
    Failed,
}

const KNOWN: [(JobStatus, &str); 12] = [
    (JobStatus::JobCreated, "JOB_CREATED"),
    (JobStatus::DiscoverStarted, "DISCOVER_STARTED"),
    (JobStatus::DiscoverFailed, "DISCOVER_FAILED"),
    (JobStatus::SyncStarted, "SYNC_STARTED"),
    (JobStatus::SyncFailed, "SYNC_FAILED"),
    (JobStatus::SyncSuccess, "SYNC_SUCCESS"),
    (JobStatus::EtlStarted, "ETL_STARTED"),
    (JobStatus::EtlFailed, "ETL_FAILED"),
    (JobStatus::EtlSuccess, "ETL_SUCCESS"),
    (JobStatus::ExportStarted, "EXPORT_STARTED"),
    (JobStatus::ExportFailed, "EXPORT_FAILED"),
    (JobStatus::JobCompleted, "JOB_COMPLETED"),
];

impl JobStatus {
    /// The twelve statuses of the life cycle, in its order.
    pub fn known() -> impl Iterator<Item = Self> {
        KNOWN.into_iter().map(|(status, _)| status)
    }

    /// Reads a status in any letter case. What is not known is kept as it came.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        KNOWN
            .into_iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(text))
            .map_or_else(
                || Self::Other(Text::cut(text, MAX_STATUS_BYTES)),
                |(status, _)| status,
            )
    }

    /// The status as the service writes it.
    pub fn as_str(&self) -> &str {
        if let Self::Other(text) = self {
            return text.as_str();
        }
        KNOWN
            .iter()
            .find(|(status, _)| status == self)
            .map_or("", |(_, name)| name)
    }

    /// The stage it belongs to, where that can be told.
    pub fn stage(&self) -> Option<Stage> {
        Some(match self {
            Self::JobCreated => Stage::Queued,
            Self::DiscoverStarted | Self::DiscoverFailed => Stage::Discover,
            Self::SyncStarted | Self::SyncFailed | Self::SyncSuccess => Stage::Sync,
            Self::EtlStarted | Self::EtlFailed | Self::EtlSuccess => Stage::Etl,
            Self::ExportStarted | Self::ExportFailed => Stage::Export,
            Self::JobCompleted => Stage::Done,
            Self::Other(text) => {
                let upper = text.as_str().to_ascii_uppercase();
                STAGES.into_iter().find(|stage| {
                    upper
                        .strip_prefix(&stage.name().to_ascii_uppercase())
                        .is_some_and(|rest| rest.starts_with('_'))
                })?
            }
        })
    }

    /// What it means for the person who watches.
    pub fn state(&self) -> State {
        match self {
            Self::JobCreated => State::Queued,
            Self::DiscoverFailed | Self::SyncFailed | Self::EtlFailed | Self::ExportFailed => {
                State::Failed
            }
            Self::JobCompleted => State::Completed,
            Self::Other(text) => {
                let upper = text.as_str().to_ascii_uppercase();
                if upper.contains("FAILED") {
                    State::Failed
                } else if upper.contains("CANCEL") {
                    State::Cancelled
                } else if upper.split('_').any(|word| word.starts_with("COMPLETE")) {
                    State::Completed
                } else {
                    State::Unknown
                }
            }
            _ => State::Running,
        }
    }

    /// Whether its stage is over with it, well or not.
    pub fn ends_stage(&self) -> bool {
        match self {
            Self::SyncSuccess | Self::EtlSuccess => true,
            Self::Other(text) => {
                self.is_finished() || text.as_str().to_ascii_uppercase().ends_with("_SUCCESS")
            }
            _ => self.is_finished(),
        }
    }

    /// Whether the job has come to an end. The service may still re-trigger a
    /// failed one.
    pub fn is_finished(&self) -> bool {
        self.state().is_finished()
    }

    /// Its place in the life cycle, for sorting; unknown ones come last.
    pub fn order(&self) -> u8 {
        KNOWN
            .iter()
            .zip(0..)
            .find(|((status, _), _)| status == self)
            .map_or(u8::MAX, |(_, place)| place)
    }

    /// How far the job has come with each of [`STAGES`].
    pub fn stage_marks(&self) -> [StageMark; 4] {
        let state = self.state();
        let stage = match (self.stage(), state) {
            (_, State::Completed) => Stage::Done,
            (Some(stage), _) => stage,
            (None, _) => return [StageMark::Ahead; 4],
        };
        STAGES.map(|each| match each.cmp(&stage) {
            std::cmp::Ordering::Less => StageMark::Passed,
            std::cmp::Ordering::Greater => StageMark::Ahead,
            std::cmp::Ordering::Equal if state == State::Failed => StageMark::Failed,
            std::cmp::Ordering::Equal if self.ends_stage() => StageMark::Passed,
            std::cmp::Ordering::Equal => StageMark::Active,
        })
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_cycle() {
        use Stage::{Discover, Done, Etl, Export, Queued, Sync};
        let table = [
            ("JOB_CREATED", Queued, State::Queued),
            ("DISCOVER_STARTED", Discover, State::Running),
            ("DISCOVER_FAILED", Discover, State::Failed),
            ("SYNC_STARTED", Sync, State::Running),
            ("SYNC_FAILED", Sync, State::Failed),
            ("SYNC_SUCCESS", Sync, State::Running),
            ("ETL_STARTED", Etl, State::Running),
            ("ETL_FAILED", Etl, State::Failed),
            ("ETL_SUCCESS", Etl, State::Running),
            ("EXPORT_STARTED", Export, State::Running),
            ("EXPORT_FAILED", Export, State::Failed),
            ("JOB_COMPLETED", Done, State::Completed),
        ];
        for (place, (name, stage, state)) in (0..).zip(table) {
            let status = JobStatus::parse(&name.to_lowercase());
            assert_eq!(status.as_str(), name);
            assert_eq!(status.stage(), Some(stage), "{name}");
            assert_eq!(status.state(), state, "{name}");
            assert_eq!(status.order(), place, "{name}");
            let ends = matches!(state, State::Failed | State::Completed);
            assert_eq!(status.is_finished(), ends, "{name}");
        }
    }

    #[test]
    fn statuses_outside_the_list() {
        for (name, state, stage) in [
            ("JOB_FAILED", State::Failed, None),
            ("JOB_CANCELLED", State::Cancelled, None),
            ("Discover_Success", State::Unknown, Some(Stage::Discover)),
            ("EXPORT_COMPLETE", State::Completed, Some(Stage::Export)),
            ("JOB_INCOMPLETE", State::Unknown, None),
            ("WARMING_UP", State::Unknown, None),
            ("", State::Unknown, None),
        ] {
            let status = JobStatus::parse(name);
            assert_eq!(status.as_str(), name);
            assert_eq!(status.state(), state, "{name}");
            assert_eq!(status.stage(), stage, "{name}");
        }
    }

    #[test]
    fn marks_follow_the_job() {
        use StageMark::{Active, Ahead, Failed, Passed};
        let marks = |name| JobStatus::parse(name).stage_marks();
        assert_eq!(marks("JOB_CREATED"), [Ahead; 4]);
        assert_eq!(marks("SYNC_SUCCESS"), [Passed, Passed, Ahead, Ahead]);
        assert_eq!(marks("ETL_FAILED"), [Passed, Passed, Failed, Ahead]);
        assert_eq!(marks("EXPORT_STARTED"), [Passed, Passed, Passed, Active]);
        assert_eq!(marks("JOB_COMPLETED"), [Passed; 4]);
        assert_eq!(marks("ODD"), [Ahead; 4]);
    }
}
