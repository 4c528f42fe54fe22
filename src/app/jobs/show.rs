//! The states that the table shows.

use crate::app::jobs::row::Row;
use crate::hotglue::State;

/// The states that the table shows, apart from the filter.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, strum::EnumIter, strum::IntoStaticStr,
)]
#[strum(serialize_all = "lowercase")]
pub enum Show {
    /// All.
    #[default]
    All,
    /// Running and queued.
    Running,
    /// Failed and canceled.
    Failed,
    /// Completed.
    Completed,
    /// Unknown.
    Unknown,
    /// Any, of jobs whose status changed during this session.
    Changed,
}

impl Show {
    /// The name in lower case.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a row is shown.
    pub(super) fn admits(self, row: &Row) -> bool {
        match self {
            Self::All => true,
            Self::Running => matches!(row.state(), State::Running | State::Queued),
            Self::Failed => matches!(row.state(), State::Failed | State::Cancelled),
            Self::Completed => row.state() == State::Completed,
            Self::Unknown => row.state() == State::Unknown && !row.is_pending(),
            Self::Changed => row.changed.is_some(),
        }
    }
}
