//! What every overlay has in common: the trait it implements and what it
//! answers.

use crossterm::event::KeyEvent;

use crate::app::input::Action;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;

/// An overlay: its state, and how it answers to keys and pasted text.
pub(in crate::app) trait OverlayPart {
    /// Handles a key press.
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome;

    /// Handles pasted text. An overlay without a text input ignores it.
    fn on_paste(&mut self, _context: &Context, _text: &str) -> Outcome {
        Outcome::Stay
    }

    /// Handles a click on the line of an item. An overlay without a list
    /// ignores it.
    fn on_line(&mut self, _context: &Context, _index: usize) -> Outcome {
        Outcome::Stay
    }

    /// Adapts the overlay to a change of the model.
    fn on_change(&mut self, _context: &Context, _change: Change) {}

    /// The keys that do something here, the most useful first.
    fn hints(&self, context: &Context) -> Vec<Hint>;
}

/// A change of the model that an open overlay may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Change {
    /// Jobs have another status.
    Statuses,
    /// Jobs or environments were added, edited or removed.
    List,
}

/// What becomes of an overlay after it handled something.
#[derive(Debug)]
pub(in crate::app) enum Outcome {
    /// It stays open.
    Stay,
    /// It closes.
    Close,
    /// It stays open, and the action is run.
    Run(OverlayAction),
    /// It closes, and the action is run.
    CloseAndRun(OverlayAction),
}

/// A key and what it does, for the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hint {
    /// The name of the key.
    pub(crate) key: String,
    /// What it does.
    pub(crate) label: &'static str,
}

impl Hint {
    /// A key that cannot be rebound.
    pub(in crate::app) fn fixed(key: &str, label: &'static str) -> Self {
        Self {
            key: key.to_owned(),
            label,
        }
    }

    /// The keys that are bound to some actions; `None` where none is.
    pub(in crate::app) fn bound(
        context: &Context,
        actions: &[Action],
        label: &'static str,
    ) -> Option<Self> {
        let keys: Vec<_> = actions
            .iter()
            .filter_map(|action| context.key(*action))
            .collect();
        (!keys.is_empty()).then(|| Self {
            key: keys.join(" "),
            label,
        })
    }
}
