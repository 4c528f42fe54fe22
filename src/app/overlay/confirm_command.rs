//! The confirmation before a custom command runs.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::count_guard::CountGuard;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The confirmation before a custom command runs.
#[derive(Debug, Clone)]
pub struct ConfirmCommand {
    /// The index of the command.
    pub(crate) index: usize,
    /// The command with its arguments, and how many more processes there are.
    pub(crate) preview: Vec<String>,
    /// The guard.
    pub(crate) guard: CountGuard,
}

impl OverlayPart for ConfirmCommand {
    fn on_key(&mut self, _context: &Context, key: KeyEvent) -> Outcome {
        if key.code == KeyCode::Esc || (!self.guard.is_typing() && key.code == KeyCode::Char('n')) {
            return Outcome::Close;
        }
        if self.guard.confirms(key) {
            return Outcome::CloseAndRun(OverlayAction::RunCommand {
                index: self.index,
                is_confirmed: true,
            });
        }
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![Hint::fixed("enter", "run"), Hint::fixed("esc", "cancel")]
    }
}
