//! The cursor, the marks, and the window of lines that is on screen.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::app::jobs::range::MarkedRange;
use crate::app::jobs::store::JobStore;
use crate::app::jobs::table::{JobTable, LineId};
use crate::watch::JobId;

/// Cursor, marks and window. See the module's documentation.
#[derive(Debug)]
pub struct Selection {
    /// The line under the cursor.
    line: Option<LineId>,
    /// Its index.
    cursor: usize,
    /// Whether the user has moved the cursor; it stays on the first line until
    /// then.
    touched: bool,
    /// Whether the user acted on the line since this was read last.
    acted: bool,
    marks: BTreeSet<JobId>,
    /// The range that is being marked.
    range: Option<MarkedRange>,
    /// The index of the first line in the window.
    offset: usize,
    /// The number of lines that fit into the window.
    height: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            line: None,
            cursor: 0,
            touched: false,
            acted: false,
            marks: BTreeSet::new(),
            range: None,
            offset: 0,
            height: 1,
        }
    }
}

impl Selection {
    /// The index of the line under the cursor.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether the cursor is on the header of a group.
    pub(crate) fn is_on_group(&self) -> bool {
        matches!(self.line, Some(LineId::Group(_)))
    }

    /// Whether a job is marked.
    pub(crate) fn is_marked(&self, id: JobId) -> bool {
        self.marks.contains(&id)
    }

    /// The number of marked jobs.
    pub(crate) fn marked_count(&self) -> usize {
        self.marks.len()
    }

    /// Whether the cursor marks what it moves over.
    pub fn is_marking(&self) -> bool {
        self.range.as_ref().is_some_and(|range| range.is_held)
    }

    pub(super) fn range_mut(&mut self) -> &mut Option<MarkedRange> {
        &mut self.range
    }

    pub(super) fn line(&self) -> Option<LineId> {
        self.line
    }

    pub(super) fn marks(&self) -> &BTreeSet<JobId> {
        &self.marks
    }

    pub(super) fn marks_mut(&mut self) -> &mut BTreeSet<JobId> {
        &mut self.marks
    }

    /// The indexes of the lines in the window, of `count` lines.
    pub(super) fn window(&self, count: usize) -> Range<usize> {
        self.offset..(self.offset + self.height).min(count)
    }

    /// Moves the cursor to a line, or to the last one where there are fewer.
    pub(super) fn go_to(&mut self, index: usize, table: &JobTable) {
        self.touched = true;
        self.acted = true;
        self.cursor = index.min(table.line_count().saturating_sub(1));
        self.line = table.line(self.cursor);
        self.scroll(table);
    }

    /// Keeps the cursor on its line from now on, although the user has not moved
    /// it.
    pub(super) fn hold(&mut self) {
        self.touched = self.line.is_some();
        self.acted = true;
    }

    /// Whether the user acted on the line since the last call.
    pub(super) fn take_acted(&mut self) -> bool {
        std::mem::take(&mut self.acted)
    }

    /// Selects the header of a group before the rows of the group are hidden.
    pub(super) fn hold_group(&mut self, group: u32) {
        self.touched = true;
        self.line = Some(LineId::Group(group));
    }

    /// Moves cursor and mark from a job to the row that shows it from now on.
    pub(super) fn replace(&mut self, from: JobId, to: JobId) {
        if self.line == Some(LineId::Job(from)) {
            self.line = Some(LineId::Job(to));
        }
        if self.marks.remove(&from) {
            self.marks.insert(to);
        }
    }

    /// Follows the selected line to its new index after the table changed;
    /// where it is no longer shown, selects the line that took its place.
    pub(super) fn follow(&mut self, store: &JobStore, table: &JobTable) {
        if self.touched {
            if let Some(index) = self.line.and_then(|line| table.index_of(store, line)) {
                self.cursor = index;
            }
        } else {
            self.cursor = 0;
        }
        self.cursor = self.cursor.min(table.line_count().saturating_sub(1));
        self.line = table.line(self.cursor);
        self.scroll(table);
    }

    /// Sets the number of lines that fit into the window.
    pub(super) fn fit(&mut self, height: usize, table: &JobTable) {
        self.height = height.max(1);
        self.scroll(table);
    }

    fn scroll(&mut self, table: &JobTable) {
        let last = table.line_count().saturating_sub(self.height);
        let lowest = self.cursor.saturating_sub(self.height - 1);
        self.offset = self.offset.clamp(lowest, self.cursor.max(lowest)).min(last);
    }
}
