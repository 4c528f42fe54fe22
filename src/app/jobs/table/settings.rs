//! What narrows and sorts the table.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::app::jobs::filter::Filter;
use crate::app::jobs::row::Row;
use crate::app::jobs::show::Show;
use crate::app::jobs::table::sort::Sort;
use crate::watch::JobId;

/// A selection of jobs that alone are shown.
#[derive(Debug)]
pub struct Only {
    /// What the jobs have in common.
    pub(crate) label: String,
    pub(in crate::app::jobs) jobs: BTreeSet<JobId>,
}

/// Which rows are shown, and in which order.
#[derive(Debug, Default)]
pub struct TableSettings {
    /// The sort order.
    pub sort: Sort,
    /// The states that are shown.
    pub show: Show,
    /// The filter.
    pub filter: Filter,
    /// The jobs that alone are shown, if any.
    pub only: Option<Only>,
}

impl TableSettings {
    /// Whether some rows may be hidden.
    pub(crate) fn are_narrowing(&self) -> bool {
        self.show != Show::All || self.only.is_some() || !self.filter.text().is_empty()
    }

    pub(in crate::app::jobs) fn shows(&mut self, row: &Row, now: Timestamp) -> bool {
        let is_chosen = |only: &Only| only.jobs.contains(&row.id);
        self.only.as_ref().is_none_or(is_chosen)
            && self.show.admits(row)
            && self.filter.admits(row, now)
    }
}
