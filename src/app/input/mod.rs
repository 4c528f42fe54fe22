//! What the user can do, and how it is entered: actions, key bindings, the
//! mouse.

mod action;
mod keymap;
pub(in crate::app) mod mouse;

pub use action::{
    Action, Arrangement, Copied, Marking, Motion, OverlayKind, PaneAction, Polling, Section, Step,
};
pub use keymap::{BindingError, KeyMap};
