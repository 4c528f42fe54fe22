//! The views of the table, how it is arranged, and its time.

use jiff::Timestamp;

use crate::app::jobs::Jobs;
use crate::app::jobs::filter::{Filter, FilterClock, Typing};
use crate::app::jobs::row::Row;
use crate::app::jobs::table::LineId;
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
    pub fn set_clock(&mut self, clock: FilterClock) {
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
