//! The programs that are run for the user: custom commands, hooks, the editor
//! and the opener of pages. None of them inherits an API key.

pub(crate) mod custom_commands;
pub(crate) mod editor;
pub(crate) mod hooks;
pub(crate) mod opener;
