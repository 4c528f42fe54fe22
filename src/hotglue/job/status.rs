//! The life cycle of a job: its statuses, their stages, and their states.
//!
//! Source: hotglue's documentation of the job life cycle (twelve statuses, as
//! the OpenAPI document lists them). Others are seen in practice and may be
//! added at any time; they are kept as they came.

use std::cmp::Ordering;
use std::fmt;

use strum::{EnumCount, EnumIter, EnumString, IntoEnumIterator, IntoStaticStr, VariantArray};

use crate::hotglue::text::Text;

/// The longest status, in bytes.
const MAX_STATUS_BYTES: usize = 64;

/// The status of a job as the service reports it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE", ascii_case_insensitive)]
#[non_exhaustive]
pub enum JobStatus {
    /// Created and queued.
    JobCreated,
    /// Tables and fields are being fetched.
    DiscoverStarted,
    /// Fetching tables and fields failed.
    DiscoverFailed,
    /// Data is being read from the tap.
    SyncStarted,
    /// Reading from the tap failed.
    SyncFailed,
    /// All data is read from the tap.
    SyncSuccess,
    /// The transformation script is running.
    EtlStarted,
    /// The transformation script failed.
    EtlFailed,
    /// The data is transformed.
    EtlSuccess,
    /// Data is being written to the target.
    ExportStarted,
    /// Writing to the target failed.
    ExportFailed,
    /// Completed.
    JobCompleted,
    /// A status that the documentation does not list: at most 64 letters,
    /// digits and underscores.
    #[strum(disabled)]
    Other(Text),
    /// A text that is not a status, on one line and shortened. Nothing is
    /// concluded from its contents.
    #[strum(disabled)]
    Invalid(Text),
}

/// A stage of a job.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumCount, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "lowercase")]
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
    /// Finished.
    Done,
}

/// The stages in which a job does its work, in order.
pub(crate) const STAGES: [Stage; 4] = [Stage::Discover, Stage::Sync, Stage::Etl, Stage::Export];

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; Self::COUNT] =
        *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// Returns the name in lower case.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The meaning of a status for the user, most urgent first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumCount, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub enum State {
    /// Finished with an error.
    Failed,
    /// Canceled by a user.
    Cancelled,
    /// Pending its first poll, or an unknown status.
    Unknown,
    /// Running.
    Running,
    /// Waiting to start.
    Queued,
    /// Finished successfully.
    Completed,
}

impl State {
    /// Every state, most urgent first.
    pub const ALL: [Self; Self::COUNT] =
        *Self::VARIANTS.first_chunk().expect("as many as there are");

    /// Whether a job in this state is finished.
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }

    /// Returns the name in lower case.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// The progress of a job in one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StageMark {
    /// Not started.
    Ahead,
    /// Running.
    Active,
    /// Finished, or skipped by this kind of job.
    Passed,
    /// The job failed in this stage.
    Failed,
}

impl JobStatus {
    /// Returns the twelve statuses of the life cycle, in order.
    pub fn known() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// Reads a status in any letter case. One that is not documented is kept as
    /// it came.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text.parse() {
            Ok(status) => status,
            Err(_) if is_status(text) => Self::Other(Text::new(text)),
            Err(_) => Self::Invalid(one_line(text)),
        }
    }

    /// Returns the status as the service writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(text) | Self::Invalid(text) => text.as_str(),
            known => known.into(),
        }
    }

    /// Returns the stage, where the status has one.
    pub fn stage(&self) -> Option<Stage> {
        Some(match self {
            Self::JobCreated => Stage::Queued,
            Self::DiscoverStarted | Self::DiscoverFailed => Stage::Discover,
            Self::SyncStarted | Self::SyncFailed | Self::SyncSuccess => Stage::Sync,
            Self::EtlStarted | Self::EtlFailed | Self::EtlSuccess => Stage::Etl,
            Self::ExportStarted | Self::ExportFailed => Stage::Export,
            Self::JobCompleted => Stage::Done,
            Self::Other(text) => {
                let (first, _) = text.as_str().split_once('_')?;
                STAGES
                    .into_iter()
                    .find(|stage| first.eq_ignore_ascii_case(stage.name()))?
            }
            Self::Invalid(_) => return None,
        })
    }

    /// Returns the state.
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
            Self::Invalid(_) => State::Unknown,
            Self::DiscoverStarted
            | Self::SyncStarted
            | Self::SyncSuccess
            | Self::EtlStarted
            | Self::EtlSuccess
            | Self::ExportStarted => State::Running,
        }
    }

    /// Whether the status ends its stage, successfully or not.
    pub(crate) fn ends_stage(&self) -> bool {
        match self {
            Self::SyncSuccess | Self::EtlSuccess => true,
            Self::Other(text) => {
                self.is_finished() || text.as_str().to_ascii_uppercase().ends_with("_SUCCESS")
            }
            _ => self.is_finished(),
        }
    }

    /// Whether the job is finished. The service may still re-trigger a failed
    /// job.
    pub fn is_finished(&self) -> bool {
        self.state().is_finished()
    }

    /// Returns the position in the life cycle, for sorting; unknown statuses
    /// come last.
    pub(crate) fn order(&self) -> u8 {
        let position = Self::known().zip(0..).find(|(status, _)| status == self);
        position.map_or(u8::MAX, |(_, position)| position)
    }

    /// Returns the progress of the job in each of `STAGES`.
    pub(crate) fn stage_marks(&self) -> [StageMark; 4] {
        let state = self.state();
        let stage = match (self.stage(), state) {
            (_, State::Completed) => Stage::Done,
            (Some(stage), _) => stage,
            (None, _) => return [StageMark::Ahead; 4],
        };
        STAGES.map(|other| match other.cmp(&stage) {
            Ordering::Less => StageMark::Passed,
            Ordering::Greater => StageMark::Ahead,
            Ordering::Equal if state == State::Failed => StageMark::Failed,
            Ordering::Equal if self.ends_stage() => StageMark::Passed,
            Ordering::Equal => StageMark::Active,
        })
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Returns a text that is not a status on one line, of at most
/// [`MAX_STATUS_BYTES`], and still not a status after cleaning. Reading the
/// result again returns the same text.
fn one_line(text: &str) -> Text {
    const ELLIPSIS: char = '…';
    let clean = Text::cut(text, 2 * MAX_STATUS_BYTES).one_line();
    let mut clean = clean.trim().to_owned();
    if is_status(&clean) {
        clean.insert(0, char::REPLACEMENT_CHARACTER);
    }
    if clean.len() > MAX_STATUS_BYTES {
        let mut end = MAX_STATUS_BYTES - ELLIPSIS.len_utf8();
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        clean.truncate(end);
        clean.push(ELLIPSIS);
    }
    Text::new(&clean)
}

fn is_status(text: &str) -> bool {
    text.len() <= MAX_STATUS_BYTES
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_documented_status_has_its_stage_and_state() {
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
    fn undocumented_statuses_are_kept_and_judged_by_their_words() {
        for (name, state, stage) in [
            ("JOB_FAILED", State::Failed, None),
            ("JOB_CANCELLED", State::Cancelled, None),
            ("Discover_Success", State::Unknown, Some(Stage::Discover)),
            ("EXPORT_COMPLETE", State::Completed, Some(Stage::Export)),
            ("JOB_INCOMPLETE", State::Unknown, None),
            ("WARMING_UP", State::Unknown, None),
            ("job_failed", State::Failed, None),
        ] {
            let status = JobStatus::parse(name);
            assert_eq!(status.as_str(), name);
            assert_eq!(status.state(), state, "{name}");
            assert_eq!(status.stage(), stage, "{name}");
        }
    }

    #[test]
    fn stage_marks_follow_the_job() {
        use StageMark::{Active, Ahead, Failed, Passed};
        let marks = |name| JobStatus::parse(name).stage_marks();
        assert_eq!(marks("JOB_CREATED"), [Ahead; 4]);
        assert_eq!(marks("SYNC_SUCCESS"), [Passed, Passed, Ahead, Ahead]);
        assert_eq!(marks("ETL_FAILED"), [Passed, Passed, Failed, Ahead]);
        assert_eq!(marks("EXPORT_STARTED"), [Passed, Passed, Passed, Active]);
        assert_eq!(marks("JOB_COMPLETED"), [Passed; 4]);
        assert_eq!(marks("ODD"), [Ahead; 4]);
    }

    #[test]
    fn a_text_that_is_not_a_status_is_unknown_and_on_one_line() {
        for (text, shown) in [
            (
                "JOB_COMPLETED\nacme  JOB_COMPLETED",
                "JOB_COMPLETED ⏎ acme  JOB_COMPLETED",
            ),
            ("the COMPLETE truth", "the COMPLETE truth"),
            ("JOB FAILED", "JOB FAILED"),
            ("SYNC_\u{1b}[31mFAILED", "SYNC_␛[31mFAILED"),
            ("JOB_COMPLETED\u{200b}", "JOB_COMPLETED\u{fffd}"),
            ("ÉTL_FAILED", "ÉTL_FAILED"),
            ("\u{301}JOB_COMPLETED", "\u{fffd}JOB_COMPLETED"),
        ] {
            let status = JobStatus::parse(text);
            assert_eq!(status, JobStatus::Invalid(Text::new(shown)), "{text:?}");
            assert_eq!(status.state(), State::Unknown, "{text:?}");
            assert_eq!(status.stage(), None, "{text:?}");
            assert!(!status.ends_stage(), "{text:?}");
        }
        let longest = "X".repeat(56) + "_FAILED_";
        assert_eq!(JobStatus::parse(&longest).state(), State::Failed);
        let status = JobStatus::parse(&(longest + "X"));
        assert_eq!(status.state(), State::Unknown);
        assert_eq!(status.as_str().len(), MAX_STATUS_BYTES);
    }

    proptest! {
        #[test]
        fn any_text_is_one_short_line_that_reads_the_same_again(text in "\\PC{0,90}|[\\s\\S]{0,20}") {
            let status = JobStatus::parse(&text);
            prop_assert!(status.as_str().len() <= MAX_STATUS_BYTES);
            prop_assert!(!status.as_str().contains('\n'));
            prop_assert_eq!(JobStatus::parse(status.as_str()), status);
        }
    }
}
