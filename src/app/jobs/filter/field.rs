//! The text fields of a row that a filter can name, and their values.

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::app::jobs::row::Row;
use crate::hotglue::Text;

/// A text field of a row, by the names that terms give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub(super) enum Field {
    #[strum(to_string = "status", serialize = "state")]
    Status,
    Tenant,
    Flow,
    Tag,
    #[strum(to_string = "env", serialize = "environment")]
    Environment,
    Tap,
    Target,
    Name,
    Message,
}

impl Field {
    /// All fields, in the order in which they are offered.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// The name to show.
    pub(super) fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a value of the field is as wanted. A row has no value, one, or
    /// several.
    pub(super) fn any_value(self, row: &Row, is_wanted: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut optional = |text: Option<&Text>| text.is_some_and(|text| is_wanted(text.as_str()));
        match self {
            Self::Status => {
                is_wanted(row.state_name())
                    || is_wanted(row.status_label())
                    || row.anomaly_name().is_some_and(is_wanted)
            }
            Self::Tenant => is_wanted(row.tenant()),
            Self::Flow => is_wanted(row.flow()),
            Self::Tag => row.tags.iter().any(|tag| is_wanted(tag.as_str())),
            Self::Environment => is_wanted(row.environment_name.as_str()),
            Self::Tap => optional(row.job().and_then(|job| job.tap.as_ref())),
            Self::Target => optional(row.job().and_then(|job| job.target.as_ref())),
            Self::Name => is_wanted(row.name.as_str()),
            Self::Message => {
                let anomaly = row.rows_anomaly.as_ref();
                let streak = row.snapshot.health.failure_streak.as_ref();
                optional(row.job().and_then(|job| job.message.as_ref()))
                    || streak.is_some_and(|streak| is_wanted(&streak.error.to_string()))
                    || anomaly.is_some_and(|anomaly| is_wanted(&anomaly.description()))
            }
        }
    }
}

/// Whether the text of a column is as wanted. Of a message, only the line that
/// the column shows counts.
pub(super) fn any_column(row: &Row, is_wanted: &mut dyn FnMut(&str) -> bool) -> bool {
    Field::all()
        .filter(|field| *field != Field::Message)
        .any(|field| field.any_value(row, is_wanted))
        || row
            .address()
            .is_some_and(|address| is_wanted(address.job_root.job_id()))
        || row.message_line().is_some_and(|line| is_wanted(&line))
}
