//! How many rows each view has, kept up to date as rows change.

use jiff::Timestamp;

use crate::app::jobs::filter::Filter;
use crate::app::jobs::row::Row;

/// The most views that are counted: one bit each.
const MAX_VIEWS: usize = 32;

/// The counts. See the module's documentation.
#[derive(Debug, Default)]
pub(in crate::app::jobs) struct ViewCounts {
    filters: Vec<Filter>,
    counts: Vec<usize>,
}

impl ViewCounts {
    pub(in crate::app::jobs) fn new(mut filters: Vec<Filter>) -> Self {
        filters.truncate(MAX_VIEWS);
        let counts = vec![0; filters.len()];
        Self { filters, counts }
    }

    pub(in crate::app::jobs) fn counts(&self) -> &[usize] {
        &self.counts
    }

    /// Counts a row that was in the views of `before`, as bits. Returns the
    /// bits of those that it is in now.
    pub(in crate::app::jobs) fn recount(&mut self, before: u32, row: &Row, now: Timestamp) -> u32 {
        self.remove(before);
        let mut bits = 0;
        for (index, filter) in self.filters.iter_mut().enumerate() {
            if filter.admits(row, now) {
                bits |= 1 << index;
                self.counts[index] += 1;
            }
        }
        bits
    }

    /// Removes a row from the counts of the views that it was in, as bits.
    pub(in crate::app::jobs) fn remove(&mut self, bits: u32) {
        for (index, count) in self.counts.iter_mut().enumerate() {
            if bits & (1 << index) != 0 {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// When a view may judge a row differently although the row stays as it is.
    pub(in crate::app::jobs) fn next_change(&self, row: &Row, now: Timestamp) -> Option<Timestamp> {
        let changes = self
            .filters
            .iter()
            .map(|filter| filter.next_change(row, now));
        changes.flatten().min()
    }
}
