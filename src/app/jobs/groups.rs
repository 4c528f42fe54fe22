//! Groups of rows: what they are grouped by, their counts, and which are
//! collapsed.

use std::cmp::Ordering;
use std::collections::HashMap;

use strum::{EnumIter, EnumString, IntoEnumIterator, IntoStaticStr};

use crate::app::jobs::columns::Column;
use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;
use crate::config::did_you_mean;
use crate::hotglue::{State, Text};

/// What rows are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum GroupBy {
    /// Nothing.
    #[default]
    None,
    /// The tenant.
    Tenant,
    /// The flow.
    Flow,
    /// The first tag.
    Tag,
    /// The environment.
    Environment,
    /// The state.
    Status,
}

impl GroupBy {
    /// The name in lower case.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The attribute of this name.
    ///
    /// # Errors
    /// A message with the nearest name, where there is none.
    pub(in crate::app) fn by_name(name: &str) -> Result<Self, String> {
        name.parse().map_err(|_| {
            let hint = did_you_mean(name, Self::iter().map(Self::name));
            format!("unknown attribute to group by \"{name}\"{hint}")
        })
    }

    /// The column whose values the headings of the groups show.
    pub(crate) fn column(self) -> Option<Column> {
        match self {
            Self::Flow => Some(Column::Flow),
            Self::Tenant => Some(Column::Tenant),
            Self::Environment => Some(Column::Environment),
            Self::None | Self::Tag | Self::Status => None,
        }
    }

    pub(super) fn next(self) -> Self {
        Self::iter()
            .cycle()
            .skip_while(|by| *by != self)
            .nth(1)
            .unwrap_or_default()
    }

    fn group_name(self, row: &Row) -> Text {
        match self {
            Self::None => Text::default(),
            Self::Tenant => Text::new(row.tenant()),
            Self::Flow => Text::new(row.flow()),
            Self::Tag => row.tags.first().cloned().unwrap_or_default(),
            Self::Environment => row.environment_name.clone(),
            Self::Status => Text::new(row.state_name()),
        }
    }
}

/// A group of rows.
#[derive(Debug)]
pub(crate) struct RowGroup {
    /// What its rows have in common; empty where they lack the attribute.
    pub(crate) name: Text,
    /// Its admitted rows counted by state.
    pub(crate) counts: StateCounts,
    /// Whether its rows are hidden.
    pub(crate) collapsed: bool,
    rank: Rank,
    /// Its place among the groups. It is updated apart from the counts, so that
    /// the lines of the table are in order while a row changes.
    place: u32,
}

impl RowGroup {
    fn failures(&self) -> usize {
        self.counts.of(State::Failed) + self.counts.of(State::Cancelled)
    }

    /// How a group compares with another: a group without a name last, states
    /// by urgency, the one with more failures first, then by name.
    fn compare(&self, other: &Self) -> Ordering {
        let by_failures = other.failures().cmp(&self.failures());
        self.rank
            .cmp(&other.rank)
            .then(by_failures)
            .then_with(|| self.name.cmp(&other.name))
    }
}

/// Where a group is sorted before its failures are counted: a group without a
/// name last, states by urgency.
type Rank = (bool, Option<usize>);

/// The groups of a table. A group keeps its index until the table is grouped
/// by another attribute.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by: GroupBy,
    all: Vec<RowGroup>,
    indexes: HashMap<Text, u32>,
    /// The indexes of all groups, the worst group first.
    sorted: Vec<u32>,
}

impl Groups {
    pub(super) fn new(by: GroupBy) -> Self {
        Self {
            by,
            ..Self::default()
        }
    }

    pub(super) fn by(&self) -> GroupBy {
        self.by
    }

    pub(super) fn get(&self, index: u32) -> Option<&RowGroup> {
        self.all.get(index as usize)
    }

    pub(super) fn clear_counts(&mut self) {
        for group in &mut self.all {
            group.counts = StateCounts::default();
        }
    }

    /// The index of the group that a row belongs to.
    pub(super) fn index_of(&mut self, row: &Row) -> u32 {
        if self.by == GroupBy::None {
            return 0;
        }
        let name = self.by.group_name(row);
        if let Some(index) = self.indexes.get(&name) {
            return *index;
        }
        let index = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(RowGroup {
            name: name.clone(),
            counts: StateCounts::default(),
            collapsed: false,
            rank: self.rank(&name),
            place: index,
        });
        self.indexes.insert(name, index);
        // It is last until its rows are counted.
        self.sorted.push(index);
        index
    }

    /// Sorts all groups by their counts.
    pub(super) fn sort(&mut self) {
        let all = &self.all;
        self.sorted
            .sort_by(|a, b| all[*a as usize].compare(&all[*b as usize]));
        self.number();
    }

    /// Whether a group is no longer between its neighbors.
    pub(super) fn is_misplaced(&self, index: u32) -> bool {
        let Some(group) = self.get(index) else {
            return false;
        };
        let place = group.place as usize;
        let neighbor = |place: Option<usize>| self.get(*self.sorted.get(place?)?);
        let previous = neighbor(place.checked_sub(1));
        let next = neighbor(Some(place + 1));
        previous.is_some_and(|previous| previous.compare(group).is_gt())
            || next.is_some_and(|next| group.compare(next).is_gt())
    }

    /// Moves groups to their places by their counts.
    pub(super) fn replace(&mut self, indexes: &[u32]) {
        self.sorted.retain(|other| !indexes.contains(other));
        for index in indexes {
            let (all, group) = (&self.all, &self.all[*index as usize]);
            let place = self
                .sorted
                .partition_point(|other| all[*other as usize].compare(group).is_lt());
            self.sorted.insert(place, *index);
        }
        self.number();
    }

    fn number(&mut self) {
        for (place, index) in (0..).zip(&self.sorted) {
            self.all[*index as usize].place = place;
        }
    }

    /// The groups that have rows, the worst first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &RowGroup> {
        let groups = self.sorted.iter().filter_map(|index| self.get(*index));
        groups.filter(|group| group.counts.total() > 0)
    }

    /// Counts a row in a group.
    pub(super) fn add(&mut self, index: u32, row: &Row) {
        if let Some(group) = self.all.get_mut(index as usize) {
            group.counts.add(row);
        }
    }

    /// Removes a row from the counts of a group.
    pub(super) fn remove(&mut self, index: u32, row: &Row) {
        if let Some(group) = self.all.get_mut(index as usize) {
            group.counts.remove(row);
        }
    }

    pub(super) fn is_collapsed(&self, index: u32) -> bool {
        self.get(index).is_some_and(|group| group.collapsed)
    }

    /// Collapses a group, or expands it.
    pub(super) fn toggle(&mut self, index: u32) {
        if let Some(group) = self.all.get_mut(index as usize) {
            group.collapsed = !group.collapsed;
        }
    }

    pub(super) fn has_rows(&self, index: u32) -> bool {
        self.get(index)
            .is_some_and(|group| group.counts.total() > 0)
    }

    /// The indexes of the groups that have rows.
    pub(super) fn with_rows(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.all)
            .filter(|(_, group)| group.counts.total() > 0)
            .map(|(index, _)| index)
    }

    /// Compares two groups by their places.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let place = |index| self.get(index).map(|group| group.place);
        place(a).cmp(&place(b))
    }

    fn rank(&self, name: &Text) -> Rank {
        let mut states = State::ALL.iter();
        let state = states.position(|state| state.name() == name.as_str());
        let state = state.filter(|_| self.by == GroupBy::Status);
        (name.as_str().is_empty(), state)
    }
}
