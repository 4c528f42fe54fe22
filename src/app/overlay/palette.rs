//! The command palette: actions found by name, key or description.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::action_list::ActionList;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The command palette.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// The actions.
    pub list: ActionList,
}

impl OverlayPart for Palette {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Esc => Outcome::Close,
            KeyCode::Enter => match self.list.actions.get(self.list.selected) {
                Some(action) => Outcome::CloseAndRun(OverlayAction::Act(*action)),
                None => Outcome::Close,
            },
            _ => {
                self.list.on_key(context.keymap, key);
                Outcome::Stay
            }
        }
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        self.list.on_paste(context.keymap, text);
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::fixed("enter", "run"),
            Hint::fixed("up down", "choose"),
            Hint::fixed("esc", "close"),
        ]
    }
}
