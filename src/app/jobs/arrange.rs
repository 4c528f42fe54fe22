//! The views of the table, how it is arranged, and its time.

use jiff::Timestamp;

use crate::app::jobs::Jobs;
use crate::app::jobs::columns::Columns;
use crate::app::jobs::filter::{Filter, FilterClock, FilterError, Typing};
use crate::app::jobs::groups::GroupBy;
use crate::app::jobs::row::Row;
use crate::app::jobs::show::Show;
use crate::app::jobs::table::LineId;
use crate::app::jobs::table::settings::Only;
use crate::app::jobs::table::sort::Sort;
use crate::app::jobs::view::{TableArrangement, View};
use crate::watch::JobId;

impl Jobs {
    /// Whether a job is a line of the table.
    pub(in crate::app) fn is_shown(&self, id: JobId) -> bool {
        self.table.index_of(&self.store, LineId::Job(id)).is_some()
    }

    /// Keeps the cursor on its job: the user acts on it.
    pub(in crate::app) fn hold_cursor(&mut self) {
        self.selection.hold();
    }

    /// Sets what the filter reads the time from.
    pub(crate) fn set_clock(&mut self, clock: FilterClock) {
        self.table.set_clock(clock);
        self.rebuild();
    }

    /// Advances the time: shows and hides rows that the filter judges
    /// differently now.
    pub(in crate::app) fn advance(&mut self, now: Timestamp) {
        let due = self.table.advance(now);
        let changes = due.into_iter().map(|id| (id, |_: &mut Row| ()));
        self.change(changes.collect());
    }

    /// Sets the filters of the views, whose rows are counted.
    pub(in crate::app) fn set_views(&mut self, views: &[View]) {
        let clock = self.table.clock();
        let parse = |view: &View| Filter::parse(&view.filter, clock, Typing::InProgress);
        let filters = views.iter().map(|view| parse(view).unwrap_or_default());
        self.table.set_views(filters.collect());
        for row in self.store.iter() {
            self.table.note(row);
        }
        self.rebuild();
    }

    /// How the table is arranged.
    pub(in crate::app) fn arrangement(&self) -> TableArrangement {
        let columns = self.table.columns();
        TableArrangement {
            sort: self.table.settings().sort,
            group: self.table.group_by(),
            columns: columns
                .choices()
                .iter()
                .filter(|(_, is_chosen)| *is_chosen)
                .map(|(column, _)| *column)
                .collect(),
        }
    }

    /// Arranges the table.
    pub(in crate::app) fn arrange(&mut self, arrangement: &TableArrangement) {
        self.table.settings_mut().sort = arrangement.sort;
        self.table.group(arrangement.group);
        self.table.columns_mut().choose(&arrangement.columns);
        self.rebuild();
    }
}

/// What is watched.
impl Jobs {
    /// Whether what is watched changed since the last call.
    pub(in crate::app) fn take_list_change(&mut self) -> bool {
        std::mem::take(&mut self.is_list_changed)
    }

    /// Records that an environment or a setting changed.
    pub(in crate::app) fn note_list_change(&mut self) {
        self.is_list_changed = true;
    }

    /// Forgets everything about the jobs, which stay watched.
    pub(in crate::app) fn forget_all(&mut self) {
        let ids: Vec<JobId> = self.store.all().map(|row| row.id).collect();
        self.table.columns_mut().forget_contents();
        self.change(ids.iter().map(|id| (*id, Row::forget)).collect());
        if self.relink(&ids) {
            self.rebuild();
        }
        self.link_changes.clear();
    }

    /// Arranges and filters the table like another one.
    pub(in crate::app) fn arrange_like(&mut self, other: &Self) {
        let settings = other.table.settings();
        let (show, filter) = (settings.show, settings.filter.text().to_owned());
        self.arrange(&other.arrangement());
        self.set_show(show);
        // It was accepted before.
        let _ = self.set_filter(&filter, Typing::Finished);
    }
}

/// Changes of the table.
impl Jobs {
    /// Sets the sort order.
    pub fn set_sort(&mut self, sort: Sort) {
        self.table.settings_mut().sort = sort;
        self.rebuild();
    }

    /// Sets the states that are shown.
    pub fn set_show(&mut self, show: Show) {
        self.table.settings_mut().show = show;
        self.rebuild();
    }

    /// Sets the filter.
    ///
    /// # Errors
    /// The mistake in the text; the filter stays as it was.
    pub fn set_filter(&mut self, text: &str, typing: Typing) -> Result<(), FilterError> {
        let filter = Filter::parse(text, self.table.clock(), typing)?;
        self.table.settings_mut().filter = filter;
        self.rebuild();
        Ok(())
    }

    /// Checks the text of a complete filter.
    ///
    /// # Errors
    /// The mistake in the text.
    pub(in crate::app) fn check_filter(&self, text: &str) -> Result<(), FilterError> {
        Filter::parse(text, self.table.clock(), Typing::Finished).map(drop)
    }

    /// Removes the filter.
    pub(in crate::app) fn clear_filter(&mut self) {
        self.table.settings_mut().filter = Filter::default();
        self.rebuild();
    }

    /// Shows only these jobs, which have `label` in common.
    pub(in crate::app) fn show_only(&mut self, label: &str, ids: &[JobId]) {
        self.table.settings_mut().only = Some(Only {
            label: label.to_owned(),
            jobs: ids.iter().copied().collect(),
        });
        self.rebuild();
    }

    /// Ends [`show_only`](Self::show_only).
    pub(in crate::app) fn show_all(&mut self) {
        self.table.settings_mut().only = None;
        self.rebuild();
    }

    /// Groups the rows by the next attribute, which is returned.
    pub(in crate::app) fn cycle_groups(&mut self) -> GroupBy {
        let next = self.table.group_by().next();
        self.set_groups(next);
        next
    }

    /// Groups the rows by an attribute.
    pub(in crate::app) fn set_groups(&mut self, by: GroupBy) {
        self.table.group(by);
        self.rebuild();
    }

    /// Collapses the group under the cursor, or expands it. Returns whether
    /// there is one.
    pub(in crate::app) fn toggle_group(&mut self) -> bool {
        let group = match self.selection.line() {
            Some(LineId::Group(group)) => Some(group),
            Some(LineId::Job(id)) => self.table.group_of(id),
            None => None,
        };
        let Some(group) = group else { return false };
        self.selection.hold_group(group);
        self.table.toggle_group(group);
        self.rebuild();
        true
    }

    /// The columns, to choose and order them.
    pub(crate) fn columns_mut(&mut self) -> &mut Columns {
        self.table.columns_mut()
    }
}
