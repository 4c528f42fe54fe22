//! Everything that can be done, narrowed by what is typed: the list behind help
//! and palette.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use strum::IntoEnumIterator;

use crate::app::input::{Action, LineInput};
use crate::app::jobs::GroupBy;
use crate::app::overlay::context::Context;

const PAGE: usize = 10;

/// What the list offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListEntry {
    /// An action.
    Action(Action),
    /// A custom command, by its index.
    Command(usize),
    /// A view, by its index.
    View(usize),
    /// Grouping the table.
    Group(GroupBy),
    /// Saving what the table shows as a view; the name is typed.
    SaveView,
}

/// What is typed to save a view, before its name.
const SAVE_VIEW: &str = "view save";

impl ListEntry {
    /// The label.
    pub(crate) fn label(self, context: &Context) -> String {
        match self {
            Self::Action(action) => action.name().replace('_', " "),
            Self::Command(index) => context
                .commands
                .get(index)
                .map_or_else(String::new, |command| command.name.to_string()),
            Self::View(index) => context
                .views
                .get(index)
                .map_or_else(String::new, |view| format!("view {}", view.name)),
            Self::Group(GroupBy::None) => "group by nothing".to_owned(),
            Self::Group(by) => format!("group by {}", by.name()),
            Self::SaveView => format!("{SAVE_VIEW} NAME"),
        }
    }

    /// What it does.
    pub(crate) fn description(self, context: &Context) -> String {
        match self {
            Self::Action(action) => action.description().to_owned(),
            Self::Command(index) => context
                .commands
                .get(index)
                .map_or_else(String::new, |command| command.run.join(" ")),
            Self::View(_) => "show the view".to_owned(),
            Self::Group(_) => "group the table".to_owned(),
            Self::SaveView => "save filter, sort order, groups and columns as a view".to_owned(),
        }
    }

    /// The names of its keys.
    pub(crate) fn keys(self, context: &Context) -> Vec<String> {
        match self {
            Self::Action(action) => context.keymap.keys(action).to_vec(),
            Self::Command(index) => {
                let command = context.commands.get(index);
                let key = command.and_then(|command| command.key.clone());
                key.into_iter().collect()
            }
            Self::View(_) | Self::Group(_) | Self::SaveView => Vec::new(),
        }
    }

    fn is_named(self, name: &str, context: &Context) -> bool {
        match self {
            Self::Action(action) => Action::by_name(&name.replace(' ', "_")) == Some(action),
            Self::Command(_) | Self::View(_) | Self::Group(_) | Self::SaveView => {
                self.label(context).to_lowercase() == name
            }
        }
    }
}

/// Entries that match what is typed.
#[derive(Debug, Clone)]
pub(crate) struct ActionList {
    /// The text that is typed.
    pub(crate) input: LineInput,
    /// The entries that match it, the best match first.
    pub(crate) entries: Vec<ListEntry>,
    /// The index of the selected entry, or of the first line shown.
    pub(crate) selected: usize,
}

impl ActionList {
    /// Everything that can be done.
    pub(in crate::app) fn new(context: &Context) -> Self {
        Self {
            input: LineInput::default(),
            entries: all(context).collect(),
            selected: 0,
        }
    }

    /// The name in "view save NAME", if that is typed.
    pub(in crate::app) fn view_to_save(&self) -> Option<&str> {
        let name = self.input.value().trim_start().strip_prefix(SAVE_VIEW)?;
        let name = name.strip_prefix(' ')?.trim();
        (!name.is_empty()).then_some(name)
    }

    /// Moves through the list or edits the text.
    pub(in crate::app) fn on_key(&mut self, context: &Context, key: KeyEvent) {
        let last = self.entries.len().saturating_sub(1);
        match key.code {
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::PageDown => self.selected = (self.selected + PAGE).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            _ => {
                if self.input.on_key(key) {
                    self.narrow(context);
                }
            }
        }
    }

    pub(in crate::app) fn on_paste(&mut self, context: &Context, text: &str) {
        self.input.paste(text);
        self.narrow(context);
    }

    /// Exact names and keys come first, then names that begin with the text,
    /// then all that contain its letters in order.
    fn narrow(&mut self, context: &Context) {
        let typed = self.input.value().trim();
        self.selected = 0;
        if typed.is_empty() {
            self.entries = all(context).collect();
            return;
        }
        if self.view_to_save().is_some() {
            self.entries = vec![ListEntry::SaveView];
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let name = typed.to_lowercase();
        let spaced = name.replace('_', " ");
        let mut ranked: Vec<_> = all(context)
            .filter_map(|entry| {
                let label = entry.label(context);
                let text = format!("{label} {}", entry.description(context));
                let score = pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher);
                let has_key = entry.keys(context).iter().any(|key| key == typed);
                let rank = if entry.is_named(&name, context) {
                    Rank::Name
                } else if has_key {
                    Rank::Key
                } else if label.to_lowercase().starts_with(&spaced) {
                    Rank::Prefix
                } else {
                    Rank::Fuzzy
                };
                (rank < Rank::Fuzzy || score.is_some()).then_some((rank, score, entry))
            })
            .collect();
        ranked.sort_by_key(|(rank, score, _)| (*rank, std::cmp::Reverse(*score)));
        self.entries = ranked.into_iter().map(|(.., entry)| entry).collect();
    }
}

/// Everything that can be done: the user's own commands, then what is useful
/// here, then the rest.
fn all<'a>(context: &Context<'a>) -> impl Iterator<Item = ListEntry> + use<'a> {
    let commands = (0..context.commands.len()).map(ListEntry::Command);
    let views = (0..context.views.len()).map(ListEntry::View);
    let useful = context.useful.hints.iter().map(|(action, _)| *action);
    let others = Action::all().filter(|action| {
        let mut useful = context.useful.hints.iter();
        !useful.any(|(hint, _)| hint == action)
    });
    commands
        .chain(useful.chain(others).map(ListEntry::Action))
        .chain(views)
        .chain(GroupBy::iter().map(ListEntry::Group))
        .chain(std::iter::once(ListEntry::SaveView))
}

/// How well an action matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    Key,
    Prefix,
    Fuzzy,
}
