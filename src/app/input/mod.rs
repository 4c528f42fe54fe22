//! What the user can do, and how it is entered: actions, key bindings, the
//! mouse.

mod action;
mod keymap;
pub(in crate::app) mod mouse;

pub use action::{Action, Group};
pub use keymap::{BindingError, KeyMap};
