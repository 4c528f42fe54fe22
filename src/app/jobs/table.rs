//! The lines of the table: which rows are shown, in which order and in which
//! groups.
//!
//! The order is maintained incrementally: a row that changes is moved to its
//! new place by binary search. Comparisons never depend on the time, so the
//! order stays right while time passes.

mod deadlines;
pub(in crate::app::jobs) mod settings;
pub(in crate::app::jobs) mod sort;
mod view_counts;

use std::cmp::Ordering;
use std::ops::Range;

use jiff::Timestamp;

use crate::app::jobs::columns::Columns;
use crate::app::jobs::filter::{Filter, FilterClock};
use crate::app::jobs::groups::{GroupBy, Groups, RowGroup};
use crate::app::jobs::row::Row;
use crate::app::jobs::store::JobStore;
use crate::app::jobs::table::deadlines::Deadlines;
use crate::app::jobs::table::settings::TableSettings;
use crate::app::jobs::table::view_counts::ViewCounts;
use crate::watch::JobId;

/// What a line of the table shows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TableLine<'a> {
    /// The header of a group.
    Group(&'a RowGroup),
    /// A job.
    Job(&'a Row),
}

/// What identifies a line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineId {
    /// The header of a group, by the group's index.
    Group(u32),
    /// A job.
    Job(JobId),
}

/// What the table knows of a row.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// The index of its group.
    group: u32,
    /// Whether the settings let it be shown; its group may be collapsed.
    admitted: bool,
    /// The views that it belongs to, as bits.
    views: u32,
}

/// Where a row was before it changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    index: Option<usize>,
    group: u32,
}

/// The lines of the table. See the module's documentation.
#[derive(Debug)]
pub struct JobTable {
    settings: TableSettings,
    groups: Groups,
    columns: Columns,
    lines: Vec<LineId>,
    /// How many of the lines are jobs.
    shown: usize,
    /// By the number in the job's id.
    slots: Vec<Slot>,
    views: ViewCounts,
    /// What the filter reads the time from.
    clock: FilterClock,
    /// When the filter may judge a row differently although it stays as it is.
    deadlines: Deadlines,
}

impl JobTable {
    pub(super) fn new(columns: Columns) -> Self {
        Self {
            settings: TableSettings::default(),
            groups: Groups::default(),
            columns,
            lines: Vec::new(),
            shown: 0,
            slots: Vec::new(),
            views: ViewCounts::default(),
            clock: FilterClock::default(),
            deadlines: Deadlines::default(),
        }
    }

    /// What the filter reads the time from.
    pub(super) fn clock(&self) -> &FilterClock {
        &self.clock
    }

    pub(super) fn set_clock(&mut self, clock: FilterClock) {
        self.clock = clock;
    }

    /// Advances the time and returns the rows that the filter may judge
    /// differently now; each has to be admitted again.
    pub(super) fn advance(&mut self, now: Timestamp) -> Vec<JobId> {
        self.clock.now = now;
        self.deadlines.due(now)
    }

    /// When [`advance`](Self::advance) returns a row next.
    pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.next()
    }

    /// Which rows are shown, and in which order.
    pub fn settings(&self) -> &TableSettings {
        &self.settings
    }

    /// What the rows are grouped by.
    pub fn group_by(&self) -> GroupBy {
        self.groups.by()
    }

    /// The columns.
    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The number of rows shown.
    pub fn shown_count(&self) -> usize {
        self.shown
    }

    /// The number of lines, headers of groups included.
    pub fn line_count(&self) -> usize {
        self.lines.len()
    }

    /// The number of rows of each view; of at most 32.
    pub(crate) fn view_counts(&self) -> &[usize] {
        self.views.counts()
    }

    /// Sets the filters of the views; every row must be
    /// [noted](Self::note) again.
    pub(super) fn set_views(&mut self, filters: Vec<Filter>) {
        self.views = ViewCounts::new(filters);
        for slot in &mut self.slots {
            slot.views = 0;
        }
    }

    /// Takes note of a row that is new or has changed: measures its cells, and
    /// counts it in the views.
    pub(super) fn note(&mut self, row: &Row) {
        self.columns.measure(row);
        let index = row.id.0 as usize;
        if self.slots.len() <= index {
            self.slots.resize(index + 1, Slot::default());
        }
        let slot = &mut self.slots[index];
        slot.views = self.views.recount(slot.views, row, self.clock.now);
    }

    /// Takes note of a row that is removed.
    pub(super) fn forget(&mut self, id: JobId) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            self.views.remove(std::mem::take(&mut slot.views));
        }
    }

    pub(super) fn columns_mut(&mut self) -> &mut Columns {
        &mut self.columns
    }

    /// Changes the settings; the table must be [rebuilt](Self::rebuild).
    pub(super) fn settings_mut(&mut self) -> &mut TableSettings {
        &mut self.settings
    }

    /// Groups by an attribute; the table must be rebuilt.
    pub(super) fn group(&mut self, by: GroupBy) {
        if self.groups.by() != by {
            self.groups = Groups::new(by);
        }
    }

    /// Collapses a group or expands it; the table must be rebuilt.
    pub(super) fn toggle_group(&mut self, group: u32) {
        self.groups.toggle(group);
    }

    /// The group of a row, where rows are grouped.
    pub(super) fn group_of(&self, id: JobId) -> Option<u32> {
        (self.groups.by() != GroupBy::None).then_some(self.slot(id).group)
    }

    pub(super) fn group_at(&self, group: u32) -> Option<&RowGroup> {
        self.groups.get(group)
    }

    pub(super) fn lines(&self) -> &[LineId] {
        &self.lines
    }

    pub(super) fn line(&self, index: usize) -> Option<LineId> {
        self.lines.get(index).copied()
    }

    /// The lines in a range, resolved to what they show.
    pub(super) fn resolved<'a>(
        &'a self,
        store: &'a JobStore,
        range: Range<usize>,
    ) -> impl Iterator<Item = TableLine<'a>> {
        self.lines[range].iter().filter_map(|line| {
            Some(match *line {
                LineId::Group(group) => TableLine::Group(self.groups.get(group)?),
                LineId::Job(id) => TableLine::Job(store.get(id)?),
            })
        })
    }

    /// The rows of a group that the settings let be shown.
    pub(super) fn members(&self, store: &JobStore, group: u32) -> Vec<JobId> {
        store
            .iter()
            .map(|row| row.id)
            .filter(|id| {
                let slot = self.slot(*id);
                slot.admitted && slot.group == group
            })
            .collect()
    }

    /// Builds all lines again.
    pub(super) fn rebuild(&mut self, store: &JobStore) {
        self.groups.clear_counts();
        self.lines.clear();
        self.deadlines.clear();
        for slot in &mut self.slots {
            // The counts of the views are not built again.
            *slot = Slot {
                views: slot.views,
                ..Slot::default()
            };
        }
        self.slots
            .resize(store.next_id().0 as usize, Slot::default());
        for row in store.iter() {
            let slot = self.admit(row);
            if slot.admitted && !self.groups.is_collapsed(slot.group) {
                self.lines.push(LineId::Job(row.id));
            }
        }
        self.groups.sort();
        self.shown = self.lines.len();
        let mut lines = std::mem::take(&mut self.lines);
        lines.extend(self.groups.with_rows().map(LineId::Group));
        lines.sort_by(|a, b| self.compare(store, *a, *b));
        self.lines = lines;
    }

    /// Takes note of a row that is about to change.
    pub(super) fn before_change(&mut self, store: &JobStore, id: JobId) -> Before {
        let slot = self.slot(id);
        if let Some(row) = store.get(id)
            && slot.admitted
        {
            self.groups.remove(slot.group, row);
        }
        Before {
            index: self.index_of(store, LineId::Job(id)),
            group: slot.group,
        }
    }

    /// Moves a row that has changed to its new place.
    pub(super) fn after_change(&mut self, store: &JobStore, id: JobId, before: Before) {
        let Some(row) = store.get(id) else { return };
        self.note(row);
        let slot = self.admit(row);
        let visible = slot.admitted && !self.groups.is_collapsed(slot.group);
        let is_in_place = |index| slot.group == before.group && self.is_in_place(store, index);
        if !(visible && before.index.is_some_and(is_in_place)) {
            if let Some(index) = before.index {
                self.lines.remove(index);
                self.shown -= 1;
            }
            if visible {
                let line = LineId::Job(id);
                self.lines.insert(self.gap(store, line), line);
                self.shown += 1;
            }
        }
        self.update_header(store, before.group);
        if slot.group != before.group {
            self.update_header(store, slot.group);
        }
        self.move_groups(before.group, slot.group);
    }

    /// Moves the lines of two groups, or of one that is both, to their new
    /// places, if their counts give them other ones.
    fn move_groups(&mut self, one: u32, other: u32) {
        let are_in_place = !self.groups.is_misplaced(one) && !self.groups.is_misplaced(other);
        if self.group_by() == GroupBy::None || are_in_place {
            return;
        }
        let mut groups = vec![one, other];
        groups.dedup();
        let mut moved: Vec<Vec<LineId>> = Vec::new();
        for group in &groups {
            let start = self.start_of(*group);
            let is_member = |line: &LineId| self.group_of_line(*line) == *group;
            let length = self.lines[start..].partition_point(is_member);
            moved.push(self.lines.drain(start..start + length).collect());
        }
        self.groups.replace(&groups);
        for (group, lines) in groups.into_iter().zip(moved) {
            let start = self.start_of(group);
            self.lines.splice(start..start, lines);
        }
    }

    /// The index of the first line that is not of a group before this one.
    fn start_of(&self, group: u32) -> usize {
        let is_before = |line: &LineId| {
            let other = self.group_of_line(*line);
            self.groups.compare(other, group).is_lt()
        };
        self.lines.partition_point(is_before)
    }

    fn group_of_line(&self, line: LineId) -> u32 {
        match line {
            LineId::Group(group) => group,
            LineId::Job(id) => self.slot(id).group,
        }
    }

    /// The lines by group, in order: whether the group has a heading, and the
    /// number of its rows that are shown. The work grows with the groups only.
    pub(in crate::app) fn sections(&self) -> impl Iterator<Item = (bool, usize)> {
        let is_grouped = self.group_by() != GroupBy::None;
        let all = (!is_grouped).then_some((false, self.shown));
        let groups = self.groups.in_order().filter(move |_| is_grouped);
        let shown = |group: &RowGroup| {
            if group.collapsed {
                0
            } else {
                group.counts.total()
            }
        };
        all.into_iter()
            .chain(groups.map(move |group| (true, shown(group))))
    }

    /// Decides whether a row is shown and in which group, and counts it there.
    fn admit(&mut self, row: &Row) -> Slot {
        let slot = Slot {
            group: self.groups.index_of(row),
            admitted: self.settings.shows(row, self.clock.now),
            views: self.slot(row.id).views,
        };
        let now = self.clock.now;
        let of_views = self.views.next_change(row, now);
        let next_change = self.settings.filter.next_change(row, now);
        self.deadlines
            .set(row.id, [of_views, next_change].into_iter().flatten().min());
        if slot.admitted {
            self.groups.add(slot.group, row);
        }
        self.slots[row.id.0 as usize] = slot;
        slot
    }

    fn slot(&self, id: JobId) -> Slot {
        self.slots.get(id.0 as usize).copied().unwrap_or_default()
    }

    /// A group has a header while it has rows.
    fn update_header(&mut self, store: &JobStore, group: u32) {
        let header = LineId::Group(group);
        let wanted = self.groups.has_rows(group);
        match self.index_of(store, header) {
            Some(index) if !wanted => drop(self.lines.remove(index)),
            None if wanted => self.lines.insert(self.gap(store, header), header),
            Some(_) | None => {}
        }
    }

    /// Compares two lines: by group, the header before its rows, the rows in
    /// the order of the settings.
    fn compare(&self, store: &JobStore, a: LineId, b: LineId) -> Ordering {
        // Without groups the slots need not be read.
        let is_grouped = self.group_by() != GroupBy::None;
        let group_of = |id| if is_grouped { self.slot(id).group } else { 0 };
        let parts = |line| match line {
            LineId::Group(group) => Some((group, None)),
            LineId::Job(id) => store.get(id).map(|row| (group_of(id), Some(row))),
        };
        let (Some((group_a, row_a)), Some((group_b, row_b))) = (parts(a), parts(b)) else {
            return Ordering::Equal;
        };
        if group_a != group_b {
            return self.groups.compare(group_a, group_b);
        }
        match (row_a, row_b) {
            (Some(a), Some(b)) => self.settings.sort.compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }

    /// The index of a line; `None` where it is not shown.
    pub(super) fn index_of(&self, store: &JobStore, line: LineId) -> Option<usize> {
        if let LineId::Job(id) = line {
            store.get(id)?;
        }
        let found = self
            .lines
            .binary_search_by(|other| self.compare(store, *other, line));
        found.ok().filter(|index| self.lines[*index] == line)
    }

    /// The index at which to insert a line.
    fn gap(&self, store: &JobStore, line: LineId) -> usize {
        self.lines
            .partition_point(|other| self.compare(store, *other, line).is_lt())
    }

    /// Whether the line at an index is still between its neighbors.
    fn is_in_place(&self, store: &JobStore, index: usize) -> bool {
        let ordered = |first: Option<LineId>, second: Option<LineId>| match (first, second) {
            (Some(first), Some(second)) => self.compare(store, first, second).is_lt(),
            (None, _) | (_, None) => true,
        };
        let previous = index.checked_sub(1).and_then(|index| self.line(index));
        let (line, next) = (self.line(index), self.line(index + 1));
        ordered(previous, line) && ordered(line, next)
    }
}
