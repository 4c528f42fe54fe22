//! The cursor, the marks and the window of the table.

use crate::app::jobs::Jobs;
use crate::app::jobs::row::Row;
use crate::app::jobs::table::LineId;
use crate::watch::JobId;

impl Jobs {
    /// Moves the cursor by a number of lines.
    pub(crate) fn step(&mut self, lines: isize) {
        self.go_to(self.selection.cursor().saturating_add_signed(lines));
    }

    /// Moves the cursor to a line.
    pub(crate) fn go_to(&mut self, index: usize) {
        self.selection.go_to(index, &self.table);
        self.update_range();
    }

    /// Moves the cursor to a job, if it is shown.
    pub(crate) fn select(&mut self, id: JobId) {
        let line = LineId::Job(self.representative(id));
        if let Some(index) = self.table.index_of(&self.store, line) {
            self.go_to(index);
        }
    }

    /// Moves the cursor to the next or previous row that is wanted, wrapping
    /// around. Returns whether there is one.
    pub(crate) fn seek(&mut self, forward: bool, wanted: impl Fn(&Row) -> bool) -> bool {
        let (count, cursor) = (self.table.line_count(), self.selection.cursor());
        let mut indexes = (1..=count).map(|distance| {
            let distance = if forward { distance } else { count - distance };
            (cursor + distance) % count
        });
        let found = indexes.find(|index| match self.table.lines()[*index] {
            LineId::Job(id) => self.store.get(id).is_some_and(&wanted),
            LineId::Group(_) => false,
        });
        if let Some(index) = found {
            self.go_to(index);
        }
        found.is_some()
    }

    /// Marks the row under the cursor, or removes its mark.
    pub(crate) fn toggle_mark(&mut self) {
        self.end_range();
        if let Some(id) = self.selected().map(|row| row.id)
            && !self.selection.marks_mut().remove(&id)
        {
            self.selection.marks_mut().insert(id);
        }
    }

    /// Marks all rows shown; removes all marks where they are all marked.
    pub(crate) fn toggle_all_marks(&mut self) {
        self.end_range();
        let shown: Vec<JobId> = self.shown().map(|row| row.id).collect();
        if shown.iter().all(|id| self.selection.is_marked(*id)) {
            self.selection.marks_mut().clear();
        } else {
            self.selection.marks_mut().extend(shown);
        }
    }

    /// Removes all marks. Returns whether there were any.
    pub(crate) fn clear_marks(&mut self) -> bool {
        self.end_range();
        !std::mem::take(self.selection.marks_mut()).is_empty()
    }

    /// Whether the user acted on the row under the cursor since the last call:
    /// moved to it, or did something with it.
    pub(in crate::app) fn take_acted(&mut self) -> bool {
        self.selection.take_acted()
    }

    /// Sets the number of lines that fit into the window.
    pub(in crate::app) fn fit(&mut self, height: usize) {
        self.selection.fit(height, &self.table);
    }
}
