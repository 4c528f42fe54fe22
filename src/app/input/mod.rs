//! What the user can do, and which keys do it.

mod action;
mod keymap;

pub use action::{
    Action, Arrangement, Copied, Marking, Motion, OverlayKind, PaneAction, Polling, Section, Step,
};
pub use keymap::{BindingError, KeyMap};
