//! The menu of columns to sort by.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::{Action, Arrangement, OverlayKind};
use crate::app::jobs::Sort;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The menu of columns to sort by.
#[derive(Debug, Clone)]
pub struct SortMenu {
    /// The index of the selected line in [`Sort::CHOICES`].
    pub(crate) selected: usize,
}

impl SortMenu {
    /// The menu with the current column selected.
    pub(in crate::app) fn new(current: Sort) -> Self {
        let index = Sort::CHOICES
            .iter()
            .position(|choice| *choice == current.column);
        Self {
            selected: index.unwrap_or_default(),
        }
    }
}

impl OverlayPart for SortMenu {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let current = context.jobs.table().settings().sort;
        if matches!(key.code, KeyCode::Enter | KeyCode::Char(' ')) {
            let column = Sort::CHOICES[self.selected.min(Sort::CHOICES.len() - 1)];
            // The same column again reverses the order.
            let reversed = current.column == column && !current.reversed;
            return Outcome::CloseAndRun(OverlayAction::SetSort(Sort { column, reversed }));
        }
        if context.keymap.action(key) == Some(Action::Arrange(Arrangement::Reverse)) {
            return Outcome::Run(OverlayAction::SetSort(Sort {
                reversed: !current.reversed,
                ..current
            }));
        }
        if menu::closes(context, key, OverlayKind::Sort) {
            return Outcome::Close;
        }
        self.selected = menu::step(context, key, self.selected, Sort::CHOICES.len());
        Outcome::Stay
    }

    /// Chooses the line.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        self.selected = index;
        self.on_key(context, KeyCode::Enter.into())
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        let reverse = [Action::Arrange(Arrangement::Reverse)];
        [
            Some(Hint::fixed("enter", "sort, again to reverse")),
            Hint::bound(context, &reverse, "reverse"),
            menu::move_hint(context, "choose"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
