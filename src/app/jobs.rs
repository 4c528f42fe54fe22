//! The list of jobs: all rows, the order in which those shown stand, the
//! cursor and the marks.
//!
//! The order is kept, not made anew: a row that changes is taken out of its
//! place and put into its new one by binary search. The comparison never
//! depends on the time, so that this stays right.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::{Columns, Filter, Row, Show, Sort, Tally};
use crate::hotglue::{JobRoot, State};
use crate::watch::{Batch, EnvironmentKey, JobKey};

/// The watched jobs. See the module's documentation.
#[derive(Debug)]
pub struct Jobs {
    /// By number; `None` where a job was removed.
    rows: Vec<Option<Row>>,
    /// The number of each job, by what names it.
    index: HashMap<(EnvironmentKey, JobRoot), JobKey>,
    order: Vec<JobKey>,
    sort: Sort,
    show: Show,
    filter: Filter,
    tally: Tally,
    columns: Columns,
    marks: BTreeSet<JobKey>,
    selected: Option<JobKey>,
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
            sort: Sort::default(),
            show: Show::All,
            filter: Filter::default(),
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
            self.tally.add(row.state());
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
        self.get(*self.index.get(&(environment, root.clone()))?)
    }

    /// Takes rows off the list; the cursor goes to their neighbour.
    pub fn remove(&mut self, keys: &[JobKey]) -> Vec<Row> {
        let mut removed = Vec::new();
        for key in keys {
            if let Some(row) = self.rows.get_mut(key.0 as usize).and_then(Option::take) {
                self.tally.remove(row.state());
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
        self.order.iter().filter_map(|key| self.get(*key))
    }

    /// How many rows are shown.
    pub fn shown_count(&self) -> usize {
        self.order.len()
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

    /// The rows in the window, first to last.
    pub fn windowed(&self) -> impl Iterator<Item = &Row> {
        self.order[self.window()]
            .iter()
            .filter_map(|key| self.get(*key))
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<&Row> {
        self.get(self.selected?)
    }

    /// The cursor's place among the rows shown.
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

    /// What an action is for: the marked rows, else the one under the cursor.
    pub fn targets(&self) -> Vec<JobKey> {
        if self.marks.is_empty() {
            return self.selected.into_iter().collect();
        }
        self.marks.iter().copied().collect()
    }

    /// Applies news to rows and order.
    pub fn apply(&mut self, batch: Batch) {
        let bulk = batch.snapshots.len() > 16 + self.order.len() / 16;
        let mut by_key: HashMap<JobKey, Vec<_>> = HashMap::new();
        for transition in batch.transitions {
            by_key.entry(transition.key).or_default().push(transition);
        }
        for (key, snapshot) in batch.snapshots {
            if self.get(key).is_none() {
                continue;
            }
            let old_place = if bulk { None } else { self.place(key) };
            let Some(Some(row)) = self.rows.get_mut(key.0 as usize) else {
                continue;
            };
            self.tally.remove(row.state());
            row.snapshot = snapshot;
            for transition in by_key.remove(&key).unwrap_or_default() {
                row.record(&transition);
            }
            self.tally.add(row.state());
            self.columns.measure(row);
            if bulk {
                continue;
            }
            let row = &*row;
            let admitted = self.show.admits(row) && self.filter.admits(row);
            match old_place {
                Some(at) if admitted && self.is_in_place(at) => {}
                old_place => {
                    if let Some(at) = old_place {
                        self.order.remove(at);
                    }
                    if admitted {
                        let at = self.place(key).unwrap_or_else(|| self.gap(key));
                        self.order.insert(at, key);
                    }
                }
            }
        }
        if bulk {
            self.rebuild();
        } else {
            self.settle();
        }
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
        if let Some(at) = self.place(key) {
            self.go_to(at);
        }
    }

    /// Moves the cursor to the next row, or the previous one, in a state;
    /// past the end it goes on from the other end. Answers whether there is one.
    pub fn seek(&mut self, forward: bool, wanted: impl Fn(State) -> bool) -> bool {
        let count = self.order.len();
        let found = (1..=count).map(|by| {
            let by = if forward { by } else { count - by };
            (self.cursor + by) % count
        });
        let mut found = found.filter(|at| {
            self.order
                .get(*at)
                .and_then(|key| self.get(*key))
                .is_some_and(|row| wanted(row.state()))
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
        if let Some(key) = self.selected
            && !self.marks.remove(&key)
        {
            self.marks.insert(key);
        }
    }

    /// Marks all rows shown, or takes all marks away where they all are marked.
    pub fn toggle_all_marks(&mut self) {
        if self.order.iter().all(|key| self.marks.contains(key)) {
            self.marks.clear();
        } else {
            self.marks.extend(self.order.iter().copied());
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
            sort,
            ..
        } = self;
        let mut admitted: Vec<&Row> = rows
            .iter()
            .flatten()
            .filter(|row| show.admits(row) && filter.admits(row))
            .collect();
        admitted.sort_by(|a, b| sort.compare(a, b));
        self.order = admitted.into_iter().map(|row| row.key).collect();
        self.settle();
    }

    /// Puts the cursor back on the selected row; where that is not shown any
    /// more, its neighbour is selected.
    fn settle(&mut self) {
        if self.touched {
            if let Some(at) = self.selected.and_then(|key| self.place(key)) {
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

    /// Where a row stands among those shown.
    fn place(&self, key: JobKey) -> Option<usize> {
        let row = self.get(key)?;
        let found = self.order.binary_search_by(|other| match self.get(*other) {
            Some(other) => self.sort.compare(other, row),
            None => std::cmp::Ordering::Less,
        });
        found.ok().filter(|at| self.order[*at] == key)
    }

    /// Where a row that is not shown belongs.
    fn gap(&self, key: JobKey) -> usize {
        let Some(row) = self.get(key) else { return 0 };
        self.order.partition_point(|other| {
            self.get(*other)
                .is_some_and(|other| self.sort.compare(other, row).is_lt())
        })
    }

    /// Whether the row at a place still stands between its neighbours.
    fn is_in_place(&self, at: usize) -> bool {
        let row = |at: usize| self.order.get(at).and_then(|key| self.get(*key));
        let ordered = |first: Option<&Row>, second: Option<&Row>| match (first, second) {
            (Some(first), Some(second)) => self.sort.compare(first, second).is_lt(),
            _ => true,
        };
        ordered(at.checked_sub(1).and_then(row), row(at)) && ordered(row(at), row(at + 1))
    }
}

#[cfg(test)]
pub(super) mod tests;
