//! The sort order of the table.

use std::cmp::{Ordering, Reverse};

use crate::app::jobs::columns::Column;
use crate::app::jobs::row::Row;
use crate::hotglue::{Job, State, Text};

/// The sort order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// The column to sort by; `None` for the order of the config file.
    pub column: Option<Column>,
    /// Whether the order is reversed.
    pub reversed: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            column: Some(Column::Status),
            reversed: false,
        }
    }
}

impl Sort {
    /// The columns that the table can be sorted by, in the order of the menu.
    pub const CHOICES: [Option<Column>; 12] = [
        Some(Column::Status),
        Some(Column::Updated),
        Some(Column::Elapsed),
        Some(Column::Rows),
        Some(Column::Name),
        Some(Column::Tenant),
        Some(Column::Flow),
        Some(Column::Tap),
        Some(Column::Progress),
        Some(Column::Message),
        Some(Column::Environment),
        None,
    ];

    /// The name in the config file: the column's, after a minus sign in
    /// descending order; "file" for the order of the config file.
    pub(in crate::app) fn name(self) -> String {
        let is_descending = self.reversed != self.column.is_some_and(starts_with_largest);
        let sign = if is_descending { "-" } else { "" };
        format!("{sign}{}", self.column.map_or("file", Column::name))
    }

    /// The sort order of this name.
    ///
    /// # Errors
    /// A message, where the name is not one of a column.
    pub(in crate::app) fn by_name(name: &str) -> Result<Self, String> {
        let (is_descending, column) = match name.strip_prefix('-') {
            Some(column) => (true, column),
            None => (false, name),
        };
        let column = match column {
            "file" => None,
            column => Some(Column::by_name(column)?),
        };
        Ok(Self {
            column,
            reversed: is_descending != column.is_some_and(starts_with_largest),
        })
    }

    /// Compares two rows; equal ones keep the order in which they were added.
    /// The result does not depend on the time.
    pub(crate) fn compare(self, a: &Row, b: &Row) -> Ordering {
        let order = self
            .column
            .map_or(Ordering::Equal, |column| compare_by(column, a, b));
        let order = if self.reversed {
            order.reverse()
        } else {
            order
        };
        order.then_with(|| {
            let by_id = a.id.cmp(&b.id);
            if self.column.is_none() && self.reversed {
                by_id.reverse()
            } else {
                by_id
            }
        })
    }
}

/// Whether the order of a column starts with its largest value: the latest
/// update, the longest time, the last stage.
fn starts_with_largest(column: Column) -> bool {
    matches!(
        column,
        Column::Updated | Column::Elapsed | Column::Progress | Column::Rows
    )
}

fn compare_by(column: Column, a: &Row, b: &Row) -> Ordering {
    match column {
        Column::Name => text(a.name.as_str(), b.name.as_str()),
        Column::Tenant => text(a.tenant(), b.tenant()),
        Column::Flow => text(a.flow(), b.flow()),
        Column::Environment => a.environment.cmp(&b.environment),
        Column::Tags => a.tags.cmp(&b.tags),
        Column::Tap => present_first(a.job().map(taps), b.job().map(taps)),
        // Not by stage: a table that reorders with every stage is unreadable.
        Column::Status => urgency(a).cmp(&urgency(b)),
        Column::Progress => {
            let order = |row: &Row| row.job().map_or(0, |job| job.status.order());
            order(b).cmp(&order(a))
        }
        Column::Updated => present_first(a.updated().map(Reverse), b.updated().map(Reverse)),
        Column::Elapsed => elapsed(a).cmp(&elapsed(b)),
        Column::Rows => present_first(a.total_rows().map(Reverse), b.total_rows().map(Reverse)),
        Column::Message => present_first(a.message_line(), b.message_line()),
    }
}

fn taps(job: &Job) -> (Option<&Text>, Option<&Text>) {
    (job.tap.as_ref(), job.target.as_ref())
}

/// By state; within one, jobs with an anomaly first. Jobs that are pending their
/// first poll are below those that are running, and those that have not started
/// below those that are queued.
fn urgency(row: &Row) -> (State, bool, bool) {
    let is_pending = row.is_pending();
    let state = if is_pending {
        State::Running
    } else {
        row.state()
    };
    let is_behind = is_pending || row.is_not_started();
    (state, is_behind, !row.has_anomaly())
}

/// Unfinished jobs first, then finished ones, the longest first in both. A
/// comparison between the two would depend on the time.
fn elapsed(row: &Row) -> (u8, i64) {
    match (row.started(), row.finished()) {
        (Some(start), None) if row.state() != State::Completed => (0, start.as_second()),
        (Some(start), Some(end)) => (1, -end.duration_since(start).as_secs()),
        _ => (2, 0),
    }
}

fn text(a: &str, b: &str) -> Ordering {
    // The fast path: most names are ASCII.
    if a.is_ascii() && b.is_ascii() {
        let a = a.bytes().map(|byte| byte.to_ascii_lowercase());
        return a.cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()));
    }
    let a = a.chars().flat_map(char::to_lowercase);
    a.cmp(b.chars().flat_map(char::to_lowercase))
}

fn present_first<T: Ord>(a: Option<T>, b: Option<T>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
