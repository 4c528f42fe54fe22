//! The list of jobs: all rows, the lines in which those shown stand, the
//! cursor and the marks.
//!
//! The order is kept, not made anew: a row that changes is taken out of its
//! place and put into its new one by binary search. The comparison never
//! depends on the time, so that this stays right.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::groups::{Group, GroupBy, Groups};
use super::row::RowName;
use super::{Columns, Filter, Pace, Row, Show, Sort, Tally};
use crate::history::RunStep;
use crate::hotglue::JobRoot;
use crate::watch::{Batch, EnvironmentKey, JobKey};

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// The head of a group, by its number.
    Head(u32),
    /// A job.
    Job(JobKey),
}

/// Some jobs that alone are shown.
#[derive(Debug)]
struct Only {
    words: String,
    keys: BTreeSet<JobKey>,
}

fn admits(only: Option<&Only>, key: JobKey) -> bool {
    only.is_none_or(|only| only.keys.contains(&key))
}

/// What a line of the table shows.
#[derive(Debug, Clone, Copy)]
pub enum TableLine<'a> {
    /// The head of a group.
    Head(&'a Group),
    /// A job.
    Job(&'a Row),
}

/// The watched jobs. See the module's documentation.
#[derive(Debug)]
pub struct Jobs {
    /// By number; `None` where a job was removed.
    rows: Vec<Option<Row>>,
    /// The number of each job, by what names it.
    index: HashMap<(EnvironmentKey, RowName), JobKey>,
    order: Vec<Line>,
    /// How many of the lines are jobs.
    shown_rows: usize,
    groups: Groups,
    sort: Sort,
    show: Show,
    filter: Filter,
    only: Option<Only>,
    tally: Tally,
    columns: Columns,
    marks: BTreeSet<JobKey>,
    selected: Option<Line>,
    cursor: usize,
    /// Whether the person has moved the cursor; until then it stays on top.
    touched: bool,
    offset: usize,
    height: usize,
}

impl Jobs {
    /// A list of rows, whose numbers must ascend.
    pub fn new(rows: Vec<Row>, columns: Columns) -> Self {
        let mut jobs = Self {
            rows: Vec::new(),
            index: HashMap::new(),
            order: Vec::new(),
            shown_rows: 0,
            groups: Groups::default(),
            sort: Sort::default(),
            show: Show::All,
            filter: Filter::default(),
            only: None,
            tally: Tally::default(),
            columns,
            marks: BTreeSet::new(),
            selected: None,
            cursor: 0,
            touched: false,
            offset: 0,
            height: 1,
        };
        jobs.insert(rows);
        jobs
    }

    /// Adds rows with numbers not used before.
    pub fn insert(&mut self, rows: Vec<Row>) {
        for row in rows {
            let at = row.key.0 as usize;
            if self.rows.len() <= at {
                self.rows.resize_with(at + 1, || None);
            }
            self.tally.add(&row);
            self.columns.measure(&row);
            self.index.insert(row.id(), row.key);
            self.rows[at] = Some(row);
        }
        self.rebuild();
    }

    /// The number for the next new row.
    pub fn next_key(&self) -> JobKey {
        JobKey(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    /// The row of a job, by what names it.
    pub fn find(&self, environment: EnvironmentKey, root: &JobRoot) -> Option<&Row> {
        let name = (environment, RowName::Root(root.clone()));
        self.get(*self.index.get(&name)?)
    }

    /// Takes rows off the list; the cursor goes to their neighbour.
    pub fn remove(&mut self, keys: &[JobKey]) -> Vec<Row> {
        let mut removed = Vec::new();
        for key in keys {
            if let Some(row) = self.rows.get_mut(key.0 as usize).and_then(Option::take) {
                self.tally.remove(&row);
                self.index.remove(&row.id());
                self.marks.remove(key);
                removed.push(row);
            }
        }
        self.rebuild();
        removed
    }

    /// Changes a row in what a person may change of it.
    pub fn edit(&mut self, key: JobKey, change: impl FnOnce(&mut Row)) {
        if let Some(Some(row)) = self.rows.get_mut(key.0 as usize) {
            change(row);
            self.columns.measure(row);
            self.rebuild();
        }
    }

    /// A row by its number.
    pub fn get(&self, key: JobKey) -> Option<&Row> {
        self.rows.get(key.0 as usize)?.as_ref()
    }

    /// All rows, shown or not, as they were added.
    pub fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().flatten()
    }

    /// The rows shown, first to last.
    pub fn shown(&self) -> impl Iterator<Item = &Row> {
        self.order.iter().filter_map(|line| self.row_of(*line))
    }

    /// How many rows are shown.
    pub fn shown_count(&self) -> usize {
        self.shown_rows
    }

    /// How many lines the table has, heads of groups among them.
    pub fn line_count(&self) -> usize {
        self.order.len()
    }

    /// What the rows are grouped by.
    pub fn group_by(&self) -> GroupBy {
        self.groups.by()
    }

    /// Counts of all rows by state.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What the table is sorted by.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Which jobs are shown, before the filter.
    pub fn show(&self) -> Show {
        self.show
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// The columns.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The columns, to be changed.
    pub fn columns_mut(&mut self) -> &mut Columns {
        &mut self.columns
    }

    /// The places of the rows in the window.
    pub fn window(&self) -> Range<usize> {
        self.offset..(self.offset + self.height).min(self.order.len())
    }

    /// The lines in the window, first to last.
    pub fn windowed_lines(&self) -> impl Iterator<Item = TableLine<'_>> {
        self.lines(self.window())
    }

    /// Some of the lines, by place.
    pub fn lines(&self, range: Range<usize>) -> impl Iterator<Item = TableLine<'_>> {
        self.order[range].iter().filter_map(|line| {
            Some(match *line {
                Line::Head(group) => TableLine::Head(self.groups.get(group)?),
                Line::Job(key) => TableLine::Job(self.get(key)?),
            })
        })
    }

    /// The rows in the window, first to last.
    pub fn windowed(&self) -> impl Iterator<Item = &Row> {
        self.order[self.window()]
            .iter()
            .filter_map(|line| self.row_of(*line))
    }

    /// The row under the cursor; `None` also on the head of a group.
    pub fn selected(&self) -> Option<&Row> {
        self.row_of(self.selected?)
    }

    fn row_of(&self, line: Line) -> Option<&Row> {
        match line {
            Line::Job(key) => self.get(key),
            Line::Head(_) => None,
        }
    }

    /// The cursor's place among the lines.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, key: JobKey) -> bool {
        self.marks.contains(&key)
    }

    /// How many rows are marked.
    pub fn marked_count(&self) -> usize {
        self.marks.len()
    }

    /// What an action is for: the marked rows, else the one under the cursor;
    /// on the head of a group all that are shown in it.
    pub fn targets(&self) -> Vec<JobKey> {
        if !self.marks.is_empty() {
            return self.marks.iter().copied().collect();
        }
        match self.selected {
            Some(Line::Job(key)) => vec![key],
            Some(Line::Head(group)) => self.members(group),
            None => Vec::new(),
        }
    }

    /// Applies news to rows and order.
    pub fn apply(&mut self, batch: Batch) {
        let bulk = batch.snapshots.len() > 16 + self.order.len() / 16;
        let mut by_key: HashMap<JobKey, Vec<_>> = HashMap::new();
        for transition in batch.transitions {
            by_key.entry(transition.key).or_default().push(transition);
        }
        for (key, snapshot) in batch.snapshots {
            let transitions = by_key.remove(&key).unwrap_or_default();
            self.change(key, bulk, |row| {
                row.learn(snapshot);
                for transition in &transitions {
                    row.record(transition);
                }
            });
        }
        if bulk {
            self.rebuild();
        } else {
            self.settle();
        }
    }

    /// Notes how a job goes, held against what is usual.
    pub(super) fn set_pace(&mut self, key: JobKey, pace: Pace) {
        self.change(key, false, |row| row.pace = pace);
        self.settle();
    }

    /// Gives rows back what was seen of them before a restart.
    pub(super) fn remember(&mut self, key: JobKey, steps: Vec<RunStep>) {
        self.change(key, false, |row| row.remember(steps));
    }

    /// Starts counting the silence of a job anew.
    pub(super) fn restart_silence(&mut self, key: JobKey) {
        self.change(key, true, |row| {
            row.longest_silence = jiff::SignedDuration::ZERO;
        });
    }

    /// Changes a row and keeps counts right; with `bulk` the order is left to
    /// be made anew.
    fn change(&mut self, key: JobKey, bulk: bool, change: impl FnOnce(&mut Row)) {
        let old_place = if bulk {
            None
        } else {
            self.place(Line::Job(key))
        };
        let Some(Some(row)) = self.rows.get_mut(key.0 as usize) else {
            return;
        };
        let old_group = row.group;
        self.tally.remove(row);
        if row.admitted {
            self.groups.remove(row);
        }
        change(row);
        self.tally.add(row);
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
    pub(super) fn cycle_groups(&mut self) -> GroupBy {
        let by = self.groups.by().next();
        self.groups = Groups::new(by);
        self.rebuild();
        by
    }

    /// Folds the group under the cursor, or unfolds it; answers whether there
    /// is one.
    pub(super) fn fold(&mut self) -> bool {
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

    fn members(&self, group: u32) -> Vec<JobKey> {
        self.all()
            .filter(|row| row.admitted && row.group == group)
            .map(|row| row.key)
            .collect()
    }

    /// Sorts by another column, or the other way round.
    pub fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.rebuild();
    }

    /// Shows other jobs.
    pub fn set_show(&mut self, show: Show) {
        self.show = show;
        self.rebuild();
    }

    /// Filters by another text.
    pub fn set_filter(&mut self, text: &str) {
        self.filter = Filter::new(text);
        self.rebuild();
    }

    /// Shows only these jobs, whatever they are called together.
    pub(super) fn show_only(&mut self, words: &str, keys: &[JobKey]) {
        self.only = Some(Only {
            words: words.to_owned(),
            keys: keys.iter().copied().collect(),
        });
        self.rebuild();
    }

    /// Ends that.
    pub(super) fn show_all(&mut self) {
        self.only = None;
        self.rebuild();
    }

    /// What the only jobs shown have in common.
    pub fn only(&self) -> Option<&str> {
        self.only.as_ref().map(|only| only.words.as_str())
    }

    /// Moves the cursor by so many rows.
    pub fn step(&mut self, by: isize) {
        self.go_to(self.cursor.saturating_add_signed(by));
    }

    /// Moves the cursor to a place among the rows shown.
    pub fn go_to(&mut self, place: usize) {
        self.touched = true;
        self.cursor = place.min(self.order.len().saturating_sub(1));
        self.selected = self.order.get(self.cursor).copied();
        self.scroll();
    }

    /// Moves the cursor to a row, if it is shown.
    pub fn select(&mut self, key: JobKey) {
        if let Some(at) = self.place(Line::Job(key)) {
            self.go_to(at);
        }
    }

    /// Moves the cursor to the next row that is wanted, or the previous one;
    /// past the end it goes on from the other end. Answers whether there is one.
    pub fn seek(&mut self, forward: bool, wanted: impl Fn(&Row) -> bool) -> bool {
        let count = self.order.len();
        let found = (1..=count).map(|by| {
            let by = if forward { by } else { count - by };
            (self.cursor + by) % count
        });
        let mut found = found.filter(|at| {
            self.order
                .get(*at)
                .and_then(|line| self.row_of(*line))
                .is_some_and(&wanted)
        });
        match found.next() {
            Some(at) => {
                self.go_to(at);
                true
            }
            None => false,
        }
    }

    /// Marks the row under the cursor, or takes its mark away.
    pub fn toggle_mark(&mut self) {
        if let Some(key) = self.selected().map(|row| row.key)
            && !self.marks.remove(&key)
        {
            self.marks.insert(key);
        }
    }

    /// Marks all rows shown, or takes all marks away where they all are marked.
    pub fn toggle_all_marks(&mut self) {
        let shown: Vec<JobKey> = self.shown().map(|row| row.key).collect();
        if shown.iter().all(|key| self.marks.contains(key)) {
            self.marks.clear();
        } else {
            self.marks.extend(shown);
        }
    }

    /// Takes all marks away; answers whether there were any.
    pub fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    /// Tells how many rows fit into the window.
    pub(super) fn fit(&mut self, height: usize) {
        self.height = height.max(1);
        self.scroll();
    }

    fn rebuild(&mut self) {
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
        self.settle();
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
    fn settle(&mut self) {
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

    fn scroll(&mut self) {
        let last = self.order.len().saturating_sub(self.height);
        let lowest = self.cursor.saturating_sub(self.height - 1);
        self.offset = self.offset.clamp(lowest, self.cursor.max(lowest)).min(last);
    }

    /// Where a line stands.
    fn place(&self, line: Line) -> Option<usize> {
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

#[cfg(test)]
pub(super) mod tests;
