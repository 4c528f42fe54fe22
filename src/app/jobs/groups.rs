//! Groups of rows: what they are grouped by, their heads, and which are
//! folded.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::app::jobs::row::Row;
use crate::app::jobs::state_counts::StateCounts;
use crate::hotglue::{State, Text};

/// What rows are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
    const ALL: [Self; 6] = [
        Self::None,
        Self::Tenant,
        Self::Flow,
        Self::Tag,
        Self::Environment,
        Self::Status,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Tenant => "tenant",
            Self::Flow => "flow",
            Self::Tag => "tag",
            Self::Environment => "environment",
            Self::Status => "status",
        }
    }

    pub(in crate::app) fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    fn name_of(self, row: &Row) -> Text {
        match self {
            Self::None => Text::default(),
            Self::Tenant => Text::new(row.tenant()),
            Self::Flow => Text::new(row.flow()),
            Self::Tag => row.tags.first().cloned().unwrap_or_default(),
            Self::Environment => row.environment_name.clone(),
            Self::Status => Text::new(row.state().name()),
        }
    }
}

/// A group of rows.
#[derive(Debug)]
pub struct Group {
    /// What its rows have in common; empty where they have no such thing.
    pub name: Text,
    /// The states of its rows, of those shown.
    pub counts: StateCounts,
    /// Whether its rows are hidden.
    pub folded: bool,
}

/// The groups of a list.
#[derive(Debug, Default)]
pub(in crate::app) struct Groups {
    by: GroupBy,
    all: Vec<Group>,
    numbers: HashMap<Text, u32>,
    folded: HashSet<Text>,
}

impl Groups {
    pub(in crate::app) fn new(by: GroupBy) -> Self {
        Self {
            by,
            ..Self::default()
        }
    }

    pub(in crate::app) fn by(&self) -> GroupBy {
        self.by
    }

    pub(in crate::app) fn get(&self, number: u32) -> Option<&Group> {
        self.all.get(number as usize)
    }

    /// Counts anew; the numbers stay.
    pub(in crate::app) fn clear(&mut self) {
        for group in &mut self.all {
            group.counts = StateCounts::default();
        }
    }

    /// The number of the group that a row belongs to.
    pub(in crate::app) fn place(&mut self, row: &Row) -> u32 {
        if self.by == GroupBy::None {
            return 0;
        }
        let name = self.by.name_of(row);
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(Group {
            name: name.clone(),
            counts: StateCounts::default(),
            folded: self.folded.contains(&name),
        });
        self.numbers.insert(name, number);
        number
    }

    pub(in crate::app) fn add(&mut self, row: &Row) {
        if let Some(group) = self.all.get_mut(row.group as usize) {
            group.counts.add(row);
        }
    }

    pub(in crate::app) fn remove(&mut self, row: &Row) {
        if let Some(group) = self.all.get_mut(row.group as usize) {
            group.counts.remove(row);
        }
    }

    pub(in crate::app) fn is_folded(&self, number: u32) -> bool {
        self.get(number).is_some_and(|group| group.folded)
    }

    pub(in crate::app) fn toggle(&mut self, number: u32) {
        if let Some(group) = self.all.get_mut(number as usize) {
            group.folded = !group.folded;
            if group.folded {
                self.folded.insert(group.name.clone());
            } else {
                self.folded.remove(&group.name);
            }
        }
    }

    pub(in crate::app) fn has_head(&self, number: u32) -> bool {
        self.get(number)
            .is_some_and(|group| group.counts.total() > 0)
    }

    /// The numbers of the groups that have rows.
    pub(in crate::app) fn heads(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.all)
            .filter(|(_, group)| group.counts.total() > 0)
            .map(|(number, _)| number)
    }

    /// Groups stand by name, those without one last; states by urgency.
    pub(in crate::app) fn compare(&self, a: u32, b: u32) -> Ordering {
        let (Some(first), Some(second)) = (self.get(a), self.get(b)) else {
            return a.cmp(&b);
        };
        let rank = |group: &Group| {
            let state = State::ALL
                .iter()
                .position(|state| state.name() == group.name.as_str());
            (
                group.name.as_str().is_empty(),
                state.filter(|_| self.by == GroupBy::Status),
            )
        };
        rank(first)
            .cmp(&rank(second))
            .then_with(|| first.name.cmp(&second.name))
    }
}
