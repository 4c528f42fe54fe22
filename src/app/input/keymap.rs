//! The key map: which key runs which action, by default and as `[keys]` of the
//! config file rebinds it.

use std::collections::HashMap;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use thiserror::Error;

use crate::app::input::action::Action;
use crate::config::did_you_mean;

/// A key with its modifiers, normalized so that all terminals agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key(KeyCode, KeyModifiers);

/// The key map. See the module's documentation.
#[derive(Debug, Clone)]
pub struct KeyMap {
    actions: HashMap<Key, Action>,
    /// The names of the keys of each action, the one to show first.
    names: HashMap<Action, Vec<String>>,
    /// The indexes of the custom commands.
    commands: HashMap<Key, usize>,
}

/// Why a binding of the config file is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BindingError {
    /// No action has this name; with a suggestion.
    #[error("unknown action \"{0}\" in [keys]{1}")]
    Action(String, String),
    /// No key has this name.
    #[error("\"{0}\" is not a key; examples: q, G, f5, space, enter, pgdn, ctrl-r, alt-x")]
    Key(String),
    /// A key is bound to two actions.
    #[error("\"{key}\" is bound to both {first} and {second}")]
    Clash {
        /// The name of the key.
        key: String,
        /// The name of the first action.
        first: &'static str,
        /// The name of the second action.
        second: &'static str,
    },
    /// The key of a custom command is bound to an action.
    #[error(
        "\"{key}\" is bound to {action}; choose another key, or give {action} another one in [keys]"
    )]
    Taken {
        /// The name of the key.
        key: String,
        /// The name of the action.
        action: &'static str,
    },
    /// The key of a custom command is that of another one.
    #[error("\"{0}\" is the key of another command; choose another key")]
    Shared(String),
}

impl Default for KeyMap {
    fn default() -> Self {
        let mut map = Self {
            actions: HashMap::new(),
            names: HashMap::new(),
            commands: HashMap::new(),
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
    /// Returns the default key map with the keys of some actions replaced. A
    /// key that is another action's default moves; binding it to two actions
    /// is an error.
    ///
    /// # Errors
    /// The index of the binding that names no action or no key, or binds a key
    /// that an earlier one bound, with the reason.
    pub fn rebind<'a>(
        bindings: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, (usize, BindingError)> {
        let mut map = Self::default();
        let mut rebound: HashMap<Key, Action> = HashMap::new();
        for (index, (name, keys)) in bindings.into_iter().enumerate() {
            let action = Action::by_name(name).ok_or_else(|| {
                let hint = did_you_mean(name, Action::all().map(Action::name));
                (index, BindingError::Action(name.to_owned(), hint))
            })?;
            for old in map.names.remove(&action).unwrap_or_default() {
                if let Some(key) = parse(&old)
                    && map.actions.get(&key) == Some(&action)
                {
                    map.actions.remove(&key);
                }
            }
            for name in keys {
                let key = parse(name).ok_or_else(|| (index, BindingError::Key(name.clone())))?;
                if let Some(first) = rebound.insert(key, action).filter(|first| *first != action) {
                    let clash = BindingError::Clash {
                        key: name.clone(),
                        first: first.name(),
                        second: action.name(),
                    };
                    return Err((index, clash));
                }
                map.bind(action, name);
            }
        }
        Ok(map)
    }

    /// Returns the key map with the keys of the custom commands, by their index.
    ///
    /// # Errors
    /// The index of the command whose key is not one, or is bound already, with
    /// the reason.
    pub(crate) fn with_commands<'a>(
        mut self,
        keys: impl IntoIterator<Item = Option<&'a str>>,
    ) -> Result<Self, (usize, BindingError)> {
        self.commands.clear();
        for (index, name) in keys.into_iter().enumerate() {
            let Some(name) = name else { continue };
            let key = parse(name).ok_or_else(|| (index, BindingError::Key(name.to_owned())))?;
            if let Some(action) = self.actions.get(&key) {
                let taken = BindingError::Taken {
                    key: name.to_owned(),
                    action: action.name(),
                };
                return Err((index, taken));
            }
            if self.commands.insert(key, index).is_some() {
                return Err((index, BindingError::Shared(name.to_owned())));
            }
        }
        Ok(self)
    }

    fn bind(&mut self, action: Action, name: &str) {
        let Some(key) = parse(name) else { return };
        if let Some(before) = self
            .actions
            .insert(key, action)
            .filter(|before| *before != action)
            && let Some(names) = self.names.get_mut(&before)
        {
            names.retain(|name| parse(name) != Some(key));
        }
        self.names.entry(action).or_default().push(name.to_owned());
    }

    /// The action that a key press runs.
    pub(crate) fn action(&self, event: KeyEvent) -> Option<Action> {
        self.actions
            .get(&normal(event.code, event.modifiers))
            .copied()
    }

    /// The index of the custom command that a key press runs.
    pub(crate) fn command(&self, event: KeyEvent) -> Option<usize> {
        self.commands
            .get(&normal(event.code, event.modifiers))
            .copied()
    }

    /// The names of the keys of an action, the one to show first.
    pub fn keys(&self, action: Action) -> &[String] {
        self.names.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The event of a key that is named as in `[keys]`, such as "ctrl-r".
    pub(crate) fn event(name: &str) -> Option<KeyEvent> {
        parse(name).map(|Key(code, modifiers)| KeyEvent::new(code, modifiers))
    }
}

/// An upper-case letter implies shift, which not all terminals report.
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
    fn rebound_keys_replace_the_default_ones() {
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
        let map = rebind(&[("families", &["f5"])]).unwrap();
        let failure_groups = Action::Open(OverlayKind::FailureGroups);
        assert_eq!(map.keys(failure_groups), ["f5"]);
    }

    #[test]
    fn invalid_bindings_name_the_reason() {
        let error = rebind(&[("refrsh", &["x"])]).unwrap_err().1.to_string();
        assert_eq!(
            error,
            "unknown action \"refrsh\" in [keys] (did you mean \"refresh\"?)"
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
        assert_eq!(error.1.to_string(), "\"x\" is bound to both quit and help");
    }

    #[test]
    fn key_of_a_command_is_its_alone() {
        let map = KeyMap::default().with_commands([None, Some("ctrl-l"), Some("f5")]);
        let map = map.unwrap();
        let key = |name| KeyMap::event(name).unwrap();
        assert_eq!(map.command(key("ctrl-l")), Some(1));
        assert_eq!(map.command(key("f5")), Some(2));
        assert_eq!(map.command(key("r")), None);
        let error = |keys: [Option<&str>; 2]| {
            let (index, error) = KeyMap::default().with_commands(keys).unwrap_err();
            (index, error.to_string())
        };
        assert_eq!(
            error([None, Some("r")]),
            (
                1,
                "\"r\" is bound to refresh; choose another key, or give refresh another one in \
                 [keys]"
                    .to_owned()
            )
        );
        let shared = "\"f5\" is the key of another command; choose another key";
        assert_eq!(error([Some("f5"), Some("f5")]), (1, shared.to_owned()));
        assert_eq!(error([Some("hyper-x"), None]).0, 0);
        // A key that [keys] takes from an action is free.
        let map = rebind(&[("poll_now", &["f5"])]).unwrap();
        assert!(map.with_commands([Some("r")]).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn no_key_name_panics(name in ".{0,12}") {
            let _ = parse(&name);
        }
    }
}
