//! All actions, narrowed by what is typed: the list behind help and palette.

use crossterm::event::{KeyCode, KeyEvent};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::input::{Action, KeyMap, LineInput};

const PAGE: usize = 10;

/// Actions that match what is typed.
#[derive(Debug, Clone)]
pub struct ActionList {
    /// The text that is typed.
    pub input: LineInput,
    /// The actions that match it, the best match first.
    pub actions: Vec<Action>,
    /// The index of the selected action, or of the first line shown.
    pub selected: usize,
}

impl Default for ActionList {
    fn default() -> Self {
        Self {
            input: LineInput::default(),
            actions: Action::all().collect(),
            selected: 0,
        }
    }
}

impl ActionList {
    /// Moves through the list or edits the text.
    pub(in crate::app) fn on_key(&mut self, keymap: &KeyMap, key: KeyEvent) {
        let last = self.actions.len().saturating_sub(1);
        match key.code {
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::PageDown => self.selected = (self.selected + PAGE).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            _ => {
                if self.input.on_key(key) {
                    self.narrow(keymap);
                }
            }
        }
    }

    pub(in crate::app) fn on_paste(&mut self, keymap: &KeyMap, text: &str) {
        self.input.paste(text);
        self.narrow(keymap);
    }

    /// Exact names and keys come first, then names that begin with the text,
    /// then all that contain its letters in order.
    fn narrow(&mut self, keymap: &KeyMap) {
        let typed = self.input.value().trim();
        self.selected = 0;
        if typed.is_empty() {
            self.actions = Action::all().collect();
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let name = typed.to_lowercase().replace(' ', "_");
        let mut ranked: Vec<_> = Action::all()
            .filter_map(|action| {
                let label = format!(
                    "{} {}",
                    action.name().replace('_', " "),
                    action.description()
                );
                let score = pattern.score(Utf32Str::new(&label, &mut buffer), &mut matcher);
                let has_key = keymap.keys(action).iter().any(|key| key == typed);
                let rank = if Action::by_name(&name) == Some(action) {
                    Rank::Name
                } else if has_key {
                    Rank::Key
                } else if action.name().starts_with(&name) {
                    Rank::Prefix
                } else {
                    Rank::Fuzzy
                };
                (rank < Rank::Fuzzy || score.is_some()).then_some((rank, score, action))
            })
            .collect();
        ranked.sort_by_key(|(rank, score, _)| (*rank, std::cmp::Reverse(*score)));
        self.actions = ranked.into_iter().map(|(.., action)| action).collect();
    }
}

/// How well an action matches, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Name,
    Key,
    Prefix,
    Fuzzy,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::input::{Motion, OverlayKind, Polling};
    use crate::app::jobs::Show;

    fn first(keymap: &KeyMap, typed: &str) -> Option<Action> {
        let mut list = ActionList::default();
        list.on_paste(keymap, typed);
        list.actions.first().copied()
    }

    #[test]
    fn exact_names_and_keys_come_before_prefixes_and_letters() {
        let keymap = KeyMap::default();
        for (typed, expected) in [
            ("q", Action::Quit),
            ("quit", Action::Quit),
            ("qui", Action::Quit),
            ("G", Action::Move(Motion::Bottom)),
            ("g", Action::Move(Motion::Top)),
            ("up", Action::Move(Motion::Up)),
            ("2", Action::Show(Show::Running)),
            ("show f", Action::Show(Show::Failed)),
            ("families", Action::Open(OverlayKind::FailureGroups)),
            ("Poll_All", Action::Poll(Polling::All)),
            ("ctrl-z", Action::Suspend),
        ] {
            assert_eq!(first(&keymap, typed), Some(expected), "{typed}");
        }
        assert_eq!(first(&keymap, "zzzz"), None);
    }

    #[test]
    fn keys_are_those_of_the_key_map() {
        let keys = ["Q".to_owned()];
        let keymap = KeyMap::rebind([("quit", &keys[..])]).unwrap();
        assert_eq!(first(&keymap, "Q"), Some(Action::Quit));
        assert_ne!(first(&keymap, "f9"), Some(Action::Quit));
    }
}
