//! The menu of columns: which are shown, and in which order.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::OverlayKind;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// The menu of columns.
#[derive(Debug, Clone, Default)]
pub struct ColumnsMenu {
    /// The index of the selected column.
    pub(crate) selected: usize,
}

impl ColumnsMenu {
    /// Moves the selected column; the selection moves with it.
    fn shift(&mut self, count: usize, forward: bool) -> Outcome {
        let index = self.selected;
        self.selected = if forward {
            (index + 1).min(count.saturating_sub(1))
        } else {
            index.saturating_sub(1)
        };
        if self.selected == index {
            return Outcome::Stay;
        }
        Outcome::Run(OverlayAction::MoveColumn { index, forward })
    }
}

impl OverlayPart for ColumnsMenu {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let count = context.jobs.table().columns().choices().len();
        match key.code {
            KeyCode::Char(' ') => Outcome::Run(OverlayAction::ToggleColumn(self.selected)),
            KeyCode::Char('J') | KeyCode::Right => self.shift(count, true),
            KeyCode::Char('K') | KeyCode::Left => self.shift(count, false),
            KeyCode::Enter => Outcome::Close,
            _ if menu::closes(context, key, OverlayKind::Columns) => Outcome::Close,
            _ => {
                self.selected = menu::step(context, key, self.selected, count);
                Outcome::Stay
            }
        }
    }

    /// Shows or hides the column.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        self.selected = index;
        self.on_key(context, KeyCode::Char(' ').into())
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        [
            Some(Hint::fixed("space", "show or hide")),
            Some(Hint::fixed("left right", "move")),
            menu::move_hint(context, "choose"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
