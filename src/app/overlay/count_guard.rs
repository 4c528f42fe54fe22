//! The guard of an action on many jobs: the user types their number first.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::LineInput;

/// The most jobs that an action changes without the number being typed.
const MAX_UNGUARDED: usize = 20;

/// The guard. See the module's documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct CountGuard {
    count: usize,
    /// The number that is typed; `None` where none is needed.
    pub(crate) input: Option<LineInput>,
}

impl CountGuard {
    /// The guard of an action on this number of jobs.
    pub(in crate::app) fn new(count: usize) -> Self {
        Self {
            count,
            input: (count > MAX_UNGUARDED).then(LineInput::default),
        }
    }

    /// What to type; `None` where nothing is needed.
    pub(crate) fn prompt(&self) -> Option<String> {
        let is_needed = self.input.is_some();
        is_needed.then(|| format!("Type {} to confirm: ", self.count))
    }

    /// Whether the action is confirmed with this key. A key that is part of the
    /// number is typed.
    pub(in crate::app) fn confirms(&mut self, key: KeyEvent) -> bool {
        match &mut self.input {
            None => matches!(key.code, KeyCode::Enter | KeyCode::Char('y')),
            Some(input) if key.code == KeyCode::Enter => {
                input.value().trim() == self.count.to_string()
            }
            Some(input) => {
                input.on_key(key);
                false
            }
        }
    }

    /// Whether keys are typed as text.
    pub(in crate::app) fn is_typing(&self) -> bool {
        self.input.is_some()
    }
}
