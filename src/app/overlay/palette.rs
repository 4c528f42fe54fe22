//! The command palette: actions found by name, key or description.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::detail::Severity;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::action_list::{ActionList, ListEntry};
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The command palette.
#[derive(Debug, Clone)]
pub struct Palette {
    /// The actions.
    pub(crate) list: ActionList,
}

impl Palette {
    /// The palette before anything is typed.
    pub(in crate::app) fn new(context: &Context) -> Self {
        Self {
            list: ActionList::new(context),
        }
    }

    fn run(&self, entry: ListEntry) -> Outcome {
        Outcome::CloseAndRun(match entry {
            ListEntry::Action(action) => OverlayAction::Act(action),
            ListEntry::Command(index) => OverlayAction::RunCommand {
                index,
                is_confirmed: false,
            },
            ListEntry::View(index) => OverlayAction::ShowView(index),
            ListEntry::Group(by) => OverlayAction::SetGroups(by),
            ListEntry::SaveView => match self.list.view_to_save() {
                Some(name) => OverlayAction::SaveView(name.to_owned()),
                None => OverlayAction::Notify(
                    Severity::Plain,
                    "a view needs a name: view save NAME".to_owned(),
                ),
            },
        })
    }
}

impl OverlayPart for Palette {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        match key.code {
            KeyCode::Esc => Outcome::Close,
            KeyCode::Enter => match self.list.entries.get(self.list.selected) {
                Some(entry) => self.run(*entry),
                None => Outcome::Close,
            },
            _ => {
                self.list.on_key(context, key);
                Outcome::Stay
            }
        }
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        self.list.on_paste(context, text);
        Outcome::Stay
    }

    /// Runs the action.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        self.list.selected = index;
        self.on_key(context, KeyCode::Enter.into())
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        vec![
            Hint::fixed("enter", "run"),
            Hint::fixed("up down", "choose"),
            Hint::fixed("esc", "close"),
        ]
    }
}
