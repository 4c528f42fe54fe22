//! The list of jobs: all rows, the lines in which those shown stand, the
//! cursor and the marks.
//!
//! The order is kept, not made anew: a row that changes is taken out of its
//! place and put into its new one by binary search. The comparison never
//! depends on the time, so that this stays right.

mod columns;
mod filter;
mod groups;
mod lines;
mod row;
mod sort;
mod state_counts;

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

pub use columns::{Column, Columns, Placed, ProgressWidth};
pub use filter::Filter;
pub use groups::{Group as RowGroup, GroupBy};
use groups::{Group, Groups};
use row::RowName;
pub use row::{CHANGED_FOR, Row};
pub use sort::Sort;
pub use state_counts::{Show, StateCounts};

use crate::hotglue::JobRoot;
use crate::watch::{EnvironmentId, JobId};

/// A line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// The head of a group, by its number.
    Head(u32),
    /// A job.
    Job(JobId),
}

/// Some jobs that alone are shown.
#[derive(Debug)]
struct Only {
    words: String,
    keys: BTreeSet<JobId>,
}

fn admits(only: Option<&Only>, key: JobId) -> bool {
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
    index: HashMap<(EnvironmentId, RowName), JobId>,
    order: Vec<Line>,
    /// How many of the lines are jobs.
    shown_rows: usize,
    groups: Groups,
    sort: Sort,
    show: Show,
    filter: Filter,
    only: Option<Only>,
    counts: StateCounts,
    columns: Columns,
    marks: BTreeSet<JobId>,
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
            counts: StateCounts::default(),
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
            self.counts.add(&row);
            self.columns.measure(&row);
            self.index.insert(row.id(), row.key);
            self.rows[at] = Some(row);
        }
        self.rebuild();
    }

    /// The number for the next new row.
    pub fn next_key(&self) -> JobId {
        JobId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    /// The row of a job, by what names it.
    pub fn find(&self, environment: EnvironmentId, root: &JobRoot) -> Option<&Row> {
        let name = (environment, RowName::Root(root.clone()));
        self.get(*self.index.get(&name)?)
    }

    /// Takes rows off the list; the cursor goes to their neighbour.
    pub fn remove(&mut self, keys: &[JobId]) -> Vec<Row> {
        let mut removed = Vec::new();
        for key in keys {
            if let Some(row) = self.rows.get_mut(key.0 as usize).and_then(Option::take) {
                self.counts.remove(&row);
                self.index.remove(&row.id());
                self.marks.remove(key);
                removed.push(row);
            }
        }
        self.rebuild();
        removed
    }

    /// Changes a row in what a person may change of it.
    pub fn edit(&mut self, key: JobId, change: impl FnOnce(&mut Row)) {
        if let Some(Some(row)) = self.rows.get_mut(key.0 as usize) {
            change(row);
            self.columns.measure(row);
            self.rebuild();
        }
    }

    /// A row by its number.
    pub fn get(&self, key: JobId) -> Option<&Row> {
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
    pub fn counts(&self) -> StateCounts {
        self.counts
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
    pub fn is_marked(&self, key: JobId) -> bool {
        self.marks.contains(&key)
    }

    /// How many rows are marked.
    pub fn marked_count(&self) -> usize {
        self.marks.len()
    }

    /// What an action is for: the marked rows, else the one under the cursor;
    /// on the head of a group all that are shown in it.
    pub fn targets(&self) -> Vec<JobId> {
        if !self.marks.is_empty() {
            return self.marks.iter().copied().collect();
        }
        match self.selected {
            Some(Line::Job(key)) => vec![key],
            Some(Line::Head(group)) => self.members(group),
            None => Vec::new(),
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

    /// Shows only these jobs, whatever they are called together.
    pub(in crate::app) fn show_only(&mut self, words: &str, keys: &[JobId]) {
        self.only = Some(Only {
            words: words.to_owned(),
            keys: keys.iter().copied().collect(),
        });
        self.rebuild();
    }

    /// Ends that.
    pub(in crate::app) fn show_all(&mut self) {
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
    pub fn select(&mut self, key: JobId) {
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
        let shown: Vec<JobId> = self.shown().map(|row| row.key).collect();
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
    pub(in crate::app) fn fit(&mut self, height: usize) {
        self.height = height.max(1);
        self.scroll();
    }
}

#[cfg(test)]
pub(in crate::app) mod tests;
