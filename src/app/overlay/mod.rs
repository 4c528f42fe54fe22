//! What can lie over the table: one thing at a time.

mod add;
mod discover;
mod edit;
mod failure_groups;
mod setup;
mod snapshot;

pub use add::{AddField, AddForm, ParsedLine};
pub use discover::{Discover, Fetched, Level, ListRequest, Listed};
pub use edit::EditForm;
pub use failure_groups::FailureGroupList;
pub use setup::{KeyPlace, SetupField, SetupForm};
pub use snapshot::SnapshotChoice;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use tui_input::Input;

use crate::app::input::Action;
use crate::app::jobs::Sort;
use crate::watch::JobId;

/// The thing that lies over the table and takes the keys.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The help, narrowed by what is typed.
    Help(ActionList),
    /// The command palette.
    Palette(ActionList),
    /// The choice of the column to sort by; the place in [`Sort::CHOICES`].
    Sort(usize),
    /// The choice of columns; the place in it.
    Columns(usize),
    /// The form that adds jobs.
    Add(Box<AddForm>),
    /// The first-run form.
    Setup(Box<SetupForm>),
    /// The form that changes a job.
    Edit(Box<EditForm>),
    /// The question whether these jobs are to be removed.
    Remove(Vec<JobId>),
    /// What the environment has.
    Discover(Box<Discover>),
    /// The families of failures.
    FailureGroups(FailureGroupList),
    /// The snapshot's menu; the place in [`super::SnapshotChoice::ALL`].
    Snapshot(usize),
    /// The event log; how many events it is scrolled back from the newest.
    Events(usize),
}

/// Actions narrowed by what is typed.
#[derive(Debug, Clone)]
pub struct ActionList {
    /// What is typed.
    pub input: Input,
    /// The actions that fit it.
    pub actions: Vec<Action>,
    /// The place of the chosen one, or of the first line shown.
    pub at: usize,
}

impl ActionList {
    /// All actions.
    pub fn new() -> Self {
        Self {
            input: Input::default(),
            actions: Action::all().collect(),
            at: 0,
        }
    }

    pub(in crate::app) fn narrow(&mut self) {
        let pattern = Pattern::parse(
            self.input.value(),
            CaseMatching::Ignore,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |action: Action| {
            let words = format!(
                "{} {}",
                action.name().replace('_', " "),
                action.description()
            );
            let words = nucleo_matcher::Utf32Str::new(&words, &mut buffer);
            pattern
                .score(words, &mut matcher)
                .map(|score| (action, score))
        };
        let mut scored: Vec<_> = Action::all().filter_map(&mut score).collect();
        if !self.input.value().is_empty() {
            scored.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
        }
        self.actions = scored.into_iter().map(|(action, _)| action).collect();
        self.at = 0;
    }

    pub(in crate::app) fn step(&mut self, by: isize) {
        self.at = self
            .at
            .saturating_add_signed(by)
            .min(self.actions.len().saturating_sub(1));
    }
}

impl Default for ActionList {
    fn default() -> Self {
        Self::new()
    }
}

impl Overlay {
    /// The sort menu, standing on what the table is sorted by.
    pub(in crate::app) fn sort(now: Sort) -> Self {
        let at = Sort::CHOICES
            .iter()
            .position(|choice| *choice == now.column);
        Self::Sort(at.unwrap_or_default())
    }
}
