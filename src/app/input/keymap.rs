//! Which key does what: the actions' own keys, and those the config file binds.

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use crate::app::input::action::Action;
use crate::config::did_you_mean;

/// A key with its modifiers, in the form that terminals agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key(KeyCode, KeyModifiers);

/// Which key does what.
#[derive(Debug, Clone)]
pub struct KeyMap {
    actions: HashMap<Key, Action>,
    /// The names of each action's keys, for help and footer.
    names: HashMap<Action, Vec<String>>,
}

/// Why a binding of the config file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BindingError {
    /// There is no such action.
    #[error("[keys] has no action '{0}'{1}")]
    Action(String, String),
    /// There is no such key.
    #[error("'{0}' is not a key: write it like q, G, f5, space, enter, pgdn, ctrl-r or alt-x")]
    Key(String),
    /// Two actions want one key.
    #[error("'{key}' is bound to {first} and to {second}: it can do only one")]
    Clash {
        /// The key's name.
        key: String,
        /// One action's name.
        first: &'static str,
        /// The other's.
        second: &'static str,
    },
}

impl Default for KeyMap {
    fn default() -> Self {
        let mut map = Self {
            actions: HashMap::new(),
            names: HashMap::new(),
        };
        for action in Action::all() {
            for name in action.default_keys() {
                map.bind(action, name);
            }
        }
        map
    }
}

impl KeyMap {
    /// Binds keys to the action of that name instead of its own. A key that
    /// had another action by default loses it; one that was bound to another
    /// by hand is a clash.
    ///
    /// # Errors
    /// When there is no such action or key, or the key is taken.
    pub fn rebind<'a>(
        bindings: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, (usize, BindingError)> {
        let mut map = Self::default();
        let mut by_hand: HashMap<Key, Action> = HashMap::new();
        for (place, (name, keys)) in bindings.into_iter().enumerate() {
            let action = Action::by_name(name).ok_or_else(|| {
                (place, {
                    let hint = did_you_mean(name, Action::all().map(Action::name));
                    BindingError::Action(name.to_owned(), hint)
                })
            })?;
            for old in map.names.remove(&action).unwrap_or_default() {
                if let Some(key) = parse(&old)
                    && map.actions.get(&key) == Some(&action)
                {
                    map.actions.remove(&key);
                }
            }
            for name in keys {
                let key = parse(name).ok_or_else(|| (place, BindingError::Key(name.clone())))?;
                if let Some(first) = by_hand.insert(key, action).filter(|first| *first != action) {
                    let clash = BindingError::Clash {
                        key: name.clone(),
                        first: first.name(),
                        second: action.name(),
                    };
                    return Err((place, clash));
                }
                map.bind(action, name);
            }
        }
        Ok(map)
    }

    fn bind(&mut self, action: Action, name: &str) {
        let Some(key) = parse(name) else { return };
        if let Some(before) = self
            .actions
            .insert(key, action)
            .filter(|before| *before != action)
            && let Some(names) = self.names.get_mut(&before)
        {
            names.retain(|each| parse(each) != Some(key));
        }
        self.names.entry(action).or_default().push(name.to_owned());
    }

    /// What a key press does.
    pub fn action(&self, event: KeyEvent) -> Option<Action> {
        self.actions
            .get(&normal(event.code, event.modifiers))
            .copied()
    }

    /// The names of an action's keys, the first being the one to show.
    pub fn keys(&self, action: Action) -> &[String] {
        self.names.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The event of a key that is named as in `[keys]`, such as "ctrl-r".
    pub fn event(name: &str) -> Option<KeyEvent> {
        parse(name).map(|Key(code, modifiers)| KeyEvent::new(code, modifiers))
    }
}

/// A letter carries its case, so that shift is told by it alone.
fn normal(code: KeyCode, modifiers: KeyModifiers) -> Key {
    let kept = match code {
        KeyCode::Char(c) if !c.is_ascii_lowercase() => modifiers - KeyModifiers::SHIFT,
        _ => modifiers,
    };
    Key(
        code,
        kept & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT),
    )
}

fn parse(name: &str) -> Option<Key> {
    let mut modifiers = KeyModifiers::NONE;
    let mut rest = name;
    loop {
        let (modifier, after) = match rest.split_once('-') {
            Some((word, after)) if !after.is_empty() => (word, after),
            _ => break,
        };
        modifiers |= match modifier.to_ascii_lowercase().as_str() {
            "ctrl" => KeyModifiers::CONTROL,
            "alt" => KeyModifiers::ALT,
            "shift" => KeyModifiers::SHIFT,
            _ => return None,
        };
        rest = after;
    }
    let mut letters = rest.chars();
    let code = match (letters.next()?, letters.next()) {
        (c, None) if !c.is_control() => KeyCode::Char(c),
        _ => match rest.to_ascii_lowercase().as_str() {
            "space" => KeyCode::Char(' '),
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "backspace" => KeyCode::Backspace,
            "del" => KeyCode::Delete,
            "ins" => KeyCode::Insert,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            function => KeyCode::F(
                function
                    .strip_prefix('f')?
                    .parse()
                    .ok()
                    .filter(|n| (1..=24).contains(n))?,
            ),
        },
    };
    Some(normal(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::input::action::{Motion, OverlayKind, Polling};

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    fn rebind(bindings: &[(&str, &[&str])]) -> Result<KeyMap, (usize, BindingError)> {
        let owned: Vec<(&str, Vec<String>)> = bindings
            .iter()
            .map(|(name, keys)| (*name, keys.iter().map(|&key| key.to_owned()).collect()))
            .collect();
        KeyMap::rebind(owned.iter().map(|(name, keys)| (*name, keys.as_slice())))
    }

    #[test]
    fn every_default_key_is_a_key() {
        let map = KeyMap::default();
        for action in Action::all() {
            assert_eq!(map.keys(action), action.default_keys());
        }
        assert_eq!(
            map.action(press(KeyCode::Char('G'), KeyModifiers::SHIFT)),
            Some(Action::Move(Motion::Bottom))
        );
        assert_eq!(
            map.action(press(KeyCode::Char('?'), KeyModifiers::SHIFT)),
            Some(Action::Open(OverlayKind::Help))
        );
        assert_eq!(
            map.action(press(KeyCode::Char('c'), KeyModifiers::CONTROL)),
            Some(Action::Quit)
        );
        assert_eq!(
            map.action(press(KeyCode::Char('w'), KeyModifiers::CONTROL)),
            None
        );
    }

    #[test]
    fn bindings_of_ones_own() {
        let map = rebind(&[("poll_now", &["f5", "q"])]).unwrap();
        assert_eq!(
            map.action(press(KeyCode::F(5), KeyModifiers::NONE)),
            Some(Action::Poll(Polling::Jobs))
        );
        assert_eq!(
            map.action(press(KeyCode::Char('r'), KeyModifiers::NONE)),
            None
        );
        assert_eq!(
            map.action(press(KeyCode::Char('q'), KeyModifiers::NONE)),
            Some(Action::Poll(Polling::Jobs))
        );
        assert_eq!(map.keys(Action::Quit), ["ctrl-c"]);
    }

    #[test]
    fn bindings_that_cannot_be() {
        let error = rebind(&[("pol_now", &["x"])]).unwrap_err().1.to_string();
        assert_eq!(
            error,
            "[keys] has no action 'pol_now' (did you mean \"poll_now\"?)"
        );
        assert!(matches!(
            rebind(&[("quit", &["hyper-q"])]),
            Err((0, BindingError::Key(_)))
        ));
        assert!(matches!(
            rebind(&[("quit", &["f99"])]),
            Err((0, BindingError::Key(_)))
        ));
        let error = rebind(&[("quit", &["x"]), ("help", &["x"])]).unwrap_err();
        assert_eq!(error.0, 1);
        assert_eq!(
            error.1.to_string(),
            "'x' is bound to quit and to help: it can do only one"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_key_name_panics(name in ".{0,12}") {
            let _ = parse(&name);
        }
    }
}
