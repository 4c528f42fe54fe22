//! Ranges of marks: the rows between the line where marking began and the
//! cursor.

use std::collections::BTreeSet;

use crate::app::jobs::Jobs;
use crate::app::jobs::table::LineId;
use crate::watch::JobId;

/// A range that is being marked.
#[derive(Debug)]
pub(super) struct MarkedRange {
    /// The line where it began.
    anchor: LineId,
    /// The marks that were there before.
    before: BTreeSet<JobId>,
    /// Whether every move of the cursor extends it; otherwise the next plain
    /// move ends it.
    pub(super) is_held: bool,
}

impl Jobs {
    /// Marks from now on what the cursor moves over; ends the range that is
    /// being marked so.
    pub fn toggle_range(&mut self) {
        if self.selection.is_marking() {
            self.end_range();
        } else {
            self.start_range(true);
        }
    }

    /// Marks the row under the cursor and what lies between it and the line
    /// that is this many lines away, which is selected.
    pub fn extend_range(&mut self, lines: isize) {
        if self.selection.range_mut().is_none() {
            self.start_range(false);
        }
        let cursor = self.selection.cursor().saturating_add_signed(lines);
        self.selection.go_to(cursor, &self.table);
        self.mark_range();
    }

    /// Ends the range and restores the marks from before. Returns whether there
    /// was one.
    pub fn drop_range(&mut self) -> bool {
        let is_marking = self.selection.is_marking();
        if let Some(range) = self.selection.range_mut().take_if(|range| range.is_held) {
            *self.selection.marks_mut() = range.before;
        }
        is_marking
    }

    /// Ends the range; its marks stay.
    pub(super) fn end_range(&mut self) {
        *self.selection.range_mut() = None;
    }

    /// Extends a held range to the cursor; ends any other.
    pub(super) fn update_range(&mut self) {
        if self.selection.is_marking() {
            self.mark_range();
        } else {
            self.end_range();
        }
    }

    fn start_range(&mut self, is_held: bool) {
        let Some(anchor) = self.selection.line() else {
            return;
        };
        *self.selection.range_mut() = Some(MarkedRange {
            anchor,
            before: self.selection.marks().clone(),
            is_held,
        });
        self.mark_range();
    }

    /// Marks what lies between the anchor and the cursor, besides what was
    /// marked before. A range whose anchor is no longer shown ends.
    fn mark_range(&mut self) {
        let Some(range) = self.selection.range_mut().take() else {
            return;
        };
        let Some(anchor) = self.table.index_of(&self.store, range.anchor) else {
            return;
        };
        let cursor = self.selection.cursor();
        let lines = self.table.lines().iter();
        let between = lines
            .skip(anchor.min(cursor))
            .take(anchor.abs_diff(cursor) + 1);
        let mut marks = range.before.clone();
        marks.extend(between.filter_map(|line| match line {
            LineId::Job(id) => Some(*id),
            LineId::Group(_) => None,
        }));
        *self.selection.marks_mut() = marks;
        *self.selection.range_mut() = Some(range);
    }
}
