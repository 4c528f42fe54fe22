//! What the user can do, and how it is entered: actions, key bindings, lines
//! of text, pastes.

mod action;
mod keymap;
mod line_input;
mod paste_burst;

pub use action::{Action, Section};
pub(crate) use action::{
    Arrangement, Copied, Marking, Motion, OverlayKind, PaneAction, Polling, Step,
};
pub use keymap::KeyMap;
pub(crate) use line_input::LineInput;
pub(in crate::app) use line_input::{edit, position};
pub(in crate::app) use paste_burst::PasteBurst;
