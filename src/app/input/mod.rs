//! What the user can do, and how it is entered: actions, key bindings, lines
//! of text, pastes.

mod action;
mod keymap;
mod line_input;
mod paste_burst;

pub use action::{
    Action, Arrangement, Copied, Marking, Motion, OverlayKind, PaneAction, Polling, Section, Step,
};
pub use keymap::{BindingError, KeyMap};
pub use line_input::LineInput;
pub(in crate::app) use line_input::{edit, position};
pub(in crate::app) use paste_burst::PasteBurst;
