//! The menu of snapshots: what the table shows, as text, Markdown or JSON, to
//! the clipboard or to a file. The text itself is made by `update::snapshot`.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::OverlayKind;
use crate::app::overlay::action::{OverlayAction, SnapshotFormat};
use crate::app::overlay::context::Context;
use crate::app::overlay::menu;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};

/// A line of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SnapshotChoice {
    /// The label.
    pub(crate) label: &'static str,
    format: SnapshotFormat,
    to_file: bool,
}

const fn choice(label: &'static str, format: SnapshotFormat, to_file: bool) -> SnapshotChoice {
    SnapshotChoice {
        label,
        format,
        to_file,
    }
}

impl SnapshotChoice {
    /// All lines, in the order of the menu.
    pub(crate) const ALL: [Self; 6] = [
        choice("Copy as a Markdown table", SnapshotFormat::Markdown, false),
        choice("Copy as plain text", SnapshotFormat::Text, false),
        choice("Copy as JSON", SnapshotFormat::Json, false),
        choice("Write a Markdown file", SnapshotFormat::Markdown, true),
        choice("Write a text file", SnapshotFormat::Text, true),
        choice("Write a JSON file", SnapshotFormat::Json, true),
    ];
}

/// The menu of snapshots.
#[derive(Debug, Clone, Default)]
pub struct SnapshotMenu {
    /// The index of the selected line in [`SnapshotChoice::ALL`].
    pub(crate) selected: usize,
}

impl OverlayPart for SnapshotMenu {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let count = SnapshotChoice::ALL.len();
        if key.code == KeyCode::Enter {
            let choice = SnapshotChoice::ALL[self.selected.min(count - 1)];
            return Outcome::CloseAndRun(OverlayAction::TakeSnapshot {
                format: choice.format,
                to_file: choice.to_file,
            });
        }
        if menu::closes(context, key, OverlayKind::Snapshot) {
            return Outcome::Close;
        }
        self.selected = menu::step(context, key, self.selected, count);
        Outcome::Stay
    }

    /// Chooses the line.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        self.selected = index;
        self.on_key(context, KeyCode::Enter.into())
    }

    fn hints(&self, context: &Context) -> Vec<Hint> {
        [
            Some(Hint::fixed("enter", "run")),
            menu::move_hint(context, "choose"),
            Some(menu::close_hint(context)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
