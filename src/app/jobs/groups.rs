//! Groups of rows: what they are grouped by, their counts, and which are
//! collapsed.

use std::cmp::Ordering;
use std::collections::HashMap;

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;
use crate::hotglue::{State, Text};

/// What rows are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, EnumIter, IntoStaticStr)]
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
pub struct RowGroup {
    /// What its rows have in common; empty where they lack the attribute.
    pub name: Text,
    /// Its admitted rows counted by state.
    pub counts: StateCounts,
    /// Whether its rows are hidden.
    pub collapsed: bool,
    rank: Rank,
}

/// Where a group is sorted before names are compared: a group without a name
/// last, states by urgency.
type Rank = (bool, Option<usize>);

/// The groups of a table. A group keeps its index until the table is grouped
/// by another attribute.
#[derive(Debug, Default)]
pub(super) struct Groups {
    by: GroupBy,
    all: Vec<RowGroup>,
    indexes: HashMap<Text, u32>,
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
        });
        self.indexes.insert(name, index);
        index
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

    /// Compares two groups: by name, the one without a name last; states by
    /// urgency.
    pub(super) fn compare(&self, a: u32, b: u32) -> Ordering {
        let (Some(first), Some(second)) = (self.get(a), self.get(b)) else {
            return a.cmp(&b);
        };
        first
            .rank
            .cmp(&second.rank)
            .then_with(|| first.name.cmp(&second.name))
    }

    fn rank(&self, name: &Text) -> Rank {
        let mut states = State::ALL.iter();
        let state = states.position(|state| state.name() == name.as_str());
        let state = state.filter(|_| self.by == GroupBy::Status);
        (name.as_str().is_empty(), state)
    }
}
