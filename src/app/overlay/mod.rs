//! What lies over the table: forms, menus, the help and so on, one at a time.
//!
//! An overlay is whole in two files of the same name: its state, keys, paste
//! and hints here, its view in `ui::overlay`. To add one named `x`:
//!
//! 1. Write `x.rs` here: a type for the state that implements [`OverlayPart`].
//!    Its methods read the model through a [`Context`] and answer with an
//!    [`Outcome`]: stay open, close, or run an [`OverlayAction`].
//! 2. Write `ui/overlay/x.rs`: `OverlayView` for that type.
//! 3. Add the line `X(Type)` to the list at the end of this file, and `mod x;`
//!    here and in `ui::overlay`. Keys, paste, hints and drawing reach the new
//!    overlay through that line.
//! 4. If an action opens it, add it to `input::OverlayKind`; the compiler then
//!    asks for its name, description and keys, and for what opening it does.
//!
//! What must hold: overlays never import the model, which owns the open one.
//! What they cannot do themselves they ask for with an [`OverlayAction`],
//! which `update::overlays` runs. Keys that are bound in `[keys]` are looked up
//! in the key map of the context, for handling as well as for hints; only keys
//! that edit text, and the enter, tab and escape of forms, are fixed.

mod action;
mod action_list;
mod add;
mod columns;
mod command_pane;
mod compared_rollout;
mod comparison;
mod confirm_command;
mod context;
mod count_guard;
mod discover;
mod edit;
mod events;
mod failure_groups;
mod help;
mod menu;
mod palette;
mod part;
mod pulse;
mod references;
mod remove;
mod report;
mod setup;
mod snapshot;
mod sort;

use crossterm::event::KeyEvent;

pub(in crate::app) use action::{OverlayAction, SnapshotFormat};
pub(crate) use action_list::ListEntry;
pub(crate) use add::{AddField, AddForm};
pub(crate) use columns::ColumnsMenu;
pub(crate) use command_pane::CommandPane;
pub use compared_rollout::ComparedRollout;
pub use comparison::ComparisonOverlay;
pub(crate) use confirm_command::ConfirmCommand;
pub(crate) use context::Context;
pub(crate) use count_guard::CountGuard;
pub(crate) use discover::Discover;
pub use discover::listing::Listed;
pub(crate) use discover::listing::{Level, ListRequest, Listing};
pub(crate) use edit::EditForm;
pub(crate) use events::EventsOverlay;
pub(crate) use failure_groups::FailureGroupList;
pub(crate) use help::{Help, HelpLine};
pub(crate) use palette::Palette;
pub(crate) use part::Hint;
pub(in crate::app) use part::{Change, Outcome, OverlayPart};
pub(crate) use pulse::Pulse;
pub(crate) use references::{LineCounts, LineStatus, ParsedLine, References};
pub(crate) use remove::RemovePrompt;
pub(crate) use report::ReportForm;
pub(crate) use setup::{KeyPlace, SetupField, SetupForm};
pub(crate) use snapshot::{SnapshotChoice, SnapshotMenu};
pub(crate) use sort::SortMenu;

/// Makes the enum of overlays from a list, and a macro that runs an expression
/// on whichever overlay is open. The `$` is passed in because a macro inside a
/// macro has no other way to write one.
macro_rules! overlays {
    ($d:tt $($name:ident($part:ty),)*) => {
        /// The overlay that is open. See the module's documentation.
        #[derive(Debug, Clone)]
        pub enum Overlay {
            $($name(Box<$part>),)*
        }

        $(impl From<$part> for Overlay {
            fn from(part: $part) -> Self {
                Self::$name(Box::new(part))
            }
        })*

        /// Runs an expression on the part of an overlay.
        macro_rules! on_part {
            ($d overlay:expr, $d part:ident => $d body:expr) => {
                match $d overlay {
                    $($crate::app::Overlay::$name($d part) => $d body,)*
                }
            };
        }
        pub(crate) use on_part;
    };
}

overlays! { $
    Add(AddForm),
    Columns(ColumnsMenu),
    CommandOutput(CommandPane),
    ConfirmCommand(ConfirmCommand),
    Comparison(ComparisonOverlay),
    Discover(Discover),
    Edit(EditForm),
    Events(EventsOverlay),
    FailureGroups(FailureGroupList),
    Help(Help),
    Palette(Palette),
    Pulse(Pulse),
    Remove(RemovePrompt),
    Report(ReportForm),
    Setup(SetupForm),
    Snapshot(SnapshotMenu),
    Sort(SortMenu),
}

impl Overlay {
    pub(in crate::app) fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        on_part!(self, part => part.on_key(context, key))
    }

    pub(in crate::app) fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        on_part!(self, part => part.on_paste(context, text))
    }

    pub(in crate::app) fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        on_part!(self, part => part.on_line(context, index))
    }

    pub(in crate::app) fn on_change(&mut self, context: &Context, change: Change) {
        on_part!(self, part => part.on_change(context, change));
    }

    /// The keys that do something in the overlay, the most useful first.
    pub(crate) fn hints(&self, context: &Context) -> Vec<Hint> {
        on_part!(self, part => part.hints(context))
    }
}
