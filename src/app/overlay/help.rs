//! The help: every action with its keys.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::{Action, OverlayKind};
use crate::app::overlay::action_list::ActionList;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The help, narrowed by what is typed.
#[derive(Debug, Clone)]
pub struct Help {
    /// The actions.
    pub(crate) list: ActionList,
}

impl Help {
    /// The help before anything is typed.
    pub(crate) fn new(context: &Context) -> Self {
        Self {
            list: ActionList::new(context),
        }
    }
}

impl OverlayPart for Help {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let again = context.keymap.action(key) == Some(Action::Open(OverlayKind::Help));
        if key.code == KeyCode::Esc || (again && self.list.input.is_empty()) {
            return Outcome::Close;
        }
        self.list.on_key(context, key);
        Outcome::Stay
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        self.list.on_paste(context, text);
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::fixed("type", "to search"),
            Hint::fixed("up down", "scroll"),
            Hint::fixed("esc", "close"),
        ]
    }
}
