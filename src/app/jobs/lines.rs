//! The lines in which the rows stand: kept as rows change, by binary search,
//! with a head for each group.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::Line;
use super::admits;
use crate::app::jobs::Jobs;
use crate::app::jobs::groups::GroupBy;
use crate::app::jobs::row::Row;
use crate::history::RunStep;
use crate::rollout::Anomaly;
use crate::watch::{Batch, JobId};

impl Jobs {
    /// Applies news to rows and order.
    pub fn apply(&mut self, batch: Batch) {
        let bulk = batch.snapshots.len() > 16 + self.order.len() / 16;
        let mut by_key: HashMap<JobId, Vec<_>> = HashMap::new();
        for transition in batch.transitions {
            by_key.entry(transition.id).or_default().push(transition);
        }
        for (key, snapshot) in batch.snapshots {
            let transitions = by_key.remove(&key).unwrap_or_default();
            self.change(key, bulk, |row| {
                row.merge(snapshot);
                for transition in &transitions {
                    row.record(transition);
                }
            });
        }
        if bulk {
            self.rebuild();
        } else {
            self.on_complete();
        }
    }

    /// Notes how a job goes, held against what is usual.
    pub(in crate::app) fn set_anomaly(&mut self, key: JobId, anomaly: Option<Anomaly>) {
        self.change(key, false, |row| row.anomaly = anomaly);
        self.on_complete();
    }

    /// Gives rows back what was seen of them before a restart.
    pub(in crate::app) fn remember(&mut self, key: JobId, steps: Vec<RunStep>) {
        self.change(key, false, |row| row.remember(steps));
    }

    /// Starts counting the silence of a job anew.
    pub(in crate::app) fn restart_silence(&mut self, key: JobId) {
        self.change(key, true, |row| {
            row.longest_silence = jiff::SignedDuration::ZERO;
        });
    }

    /// Changes a row and keeps counts right; with `bulk` the order is left to
    /// be made anew.
    fn change(&mut self, key: JobId, bulk: bool, change: impl FnOnce(&mut Row)) {
        let old_place = if bulk {
            None
        } else {
            self.place(Line::Job(key))
        };
        let Some(Some(row)) = self.rows.get_mut(key.0 as usize) else {
            return;
        };
        let old_group = row.group;
        self.counts.remove(row);
        if row.admitted {
            self.groups.remove(row);
        }
        change(row);
        self.counts.add(row);
        self.columns.measure(row);
        row.admitted =
            admits(self.only.as_ref(), row.key) && self.show.admits(row) && self.filter.admits(row);
        row.group = self.groups.place(row);
        if row.admitted {
            self.groups.add(row);
        }
        if bulk {
            return;
        }
        let (group, visible) = (row.group, row.admitted && !self.groups.is_folded(row.group));
        match old_place {
            Some(at) if visible && group == old_group && self.is_in_place(at) => {}
            old_place => {
                if let Some(at) = old_place {
                    self.order.remove(at);
                    self.shown_rows -= 1;
                }
                if visible {
                    self.order.insert(self.gap(Line::Job(key)), Line::Job(key));
                    self.shown_rows += 1;
                }
            }
        }
        self.keep_head(old_group);
        if group != old_group {
            self.keep_head(group);
        }
    }

    /// A group has a head while it has rows.
    fn keep_head(&mut self, group: u32) {
        let head = Line::Head(group);
        let wanted = self.groups.has_head(group);
        match self.place(head) {
            Some(at) if !wanted => drop(self.order.remove(at)),
            None if wanted => self.order.insert(self.gap(head), head),
            _ => {}
        }
    }

    /// Groups the rows by the next thing.
    pub(in crate::app) fn cycle_groups(&mut self) -> GroupBy {
        let by = self.groups.by().next();
        self.groups = super::groups::Groups::new(by);
        self.rebuild();
        by
    }

    /// Folds the group under the cursor, or unfolds it; answers whether there
    /// is one.
    pub(in crate::app) fn fold(&mut self) -> bool {
        let group = match self.selected {
            Some(Line::Head(group)) => group,
            Some(Line::Job(key)) if self.groups.by() != GroupBy::None => {
                let Some(group) = self.get(key).map(|row| row.group) else {
                    return false;
                };
                // The head is what stays.
                self.selected = Some(Line::Head(group));
                self.touched = true;
                group
            }
            _ => return false,
        };
        self.groups.toggle(group);
        self.rebuild();
        true
    }

    /// Whether the cursor stands on the head of a group.
    pub fn is_on_head(&self) -> bool {
        matches!(self.selected, Some(Line::Head(_)))
    }

    pub(super) fn members(&self, group: u32) -> Vec<JobId> {
        self.all()
            .filter(|row| row.admitted && row.group == group)
            .map(|row| row.key)
            .collect()
    }

    pub(super) fn rebuild(&mut self) {
        let Self {
            rows,
            filter,
            show,
            groups,
            only,
            ..
        } = self;
        groups.clear();
        let mut lines = Vec::new();
        for row in rows.iter_mut().flatten() {
            row.admitted = admits(only.as_ref(), row.key) && show.admits(row) && filter.admits(row);
            row.group = groups.place(row);
            if row.admitted {
                groups.add(row);
                if !groups.is_folded(row.group) {
                    lines.push(Line::Job(row.key));
                }
            }
        }
        self.shown_rows = lines.len();
        lines.extend(groups.heads().map(Line::Head));
        lines.sort_by(|a, b| self.compare(*a, *b));
        self.order = lines;
        self.on_complete();
    }

    /// How two lines stand to each other: by group, the head before its rows,
    /// the rows as the table is sorted.
    fn compare(&self, a: Line, b: Line) -> Ordering {
        let group = |line| match line {
            Line::Head(group) => Some((group, None)),
            Line::Job(key) => self.get(key).map(|row| (row.group, Some(row))),
        };
        let (Some((group_a, row_a)), Some((group_b, row_b))) = (group(a), group(b)) else {
            return Ordering::Equal;
        };
        if group_a != group_b {
            return self.groups.compare(group_a, group_b);
        }
        match (row_a, row_b) {
            (Some(a), Some(b)) => self.sort.compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }

    /// Puts the cursor back on the selected row; where that is not shown any
    /// more, its neighbour is selected.
    pub(super) fn on_complete(&mut self) {
        if self.touched {
            if let Some(at) = self.selected.and_then(|line| self.place(line)) {
                self.cursor = at;
            }
        } else {
            self.cursor = 0;
        }
        self.cursor = self.cursor.min(self.order.len().saturating_sub(1));
        self.selected = self.order.get(self.cursor).copied();
        self.scroll();
    }

    pub(super) fn scroll(&mut self) {
        let last = self.order.len().saturating_sub(self.height);
        let lowest = self.cursor.saturating_sub(self.height - 1);
        self.offset = self.offset.clamp(lowest, self.cursor.max(lowest)).min(last);
    }

    /// Where a line stands.
    pub(super) fn place(&self, line: Line) -> Option<usize> {
        if let Line::Job(key) = line {
            self.get(key)?;
        }
        let found = self
            .order
            .binary_search_by(|other| self.compare(*other, line));
        found.ok().filter(|at| self.order[*at] == line)
    }

    /// Where a line that does not stand yet belongs.
    fn gap(&self, line: Line) -> usize {
        self.order
            .partition_point(|other| self.compare(*other, line).is_lt())
    }

    /// Whether the line at a place still stands between its neighbours.
    fn is_in_place(&self, at: usize) -> bool {
        let line = |at: usize| self.order.get(at).copied();
        let ordered = |first: Option<Line>, second: Option<Line>| match (first, second) {
            (Some(first), Some(second)) => self.compare(first, second).is_lt(),
            _ => true,
        };
        ordered(at.checked_sub(1).and_then(line), line(at)) && ordered(line(at), line(at + 1))
    }
}
