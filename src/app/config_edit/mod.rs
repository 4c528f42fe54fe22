//! What is kept about changes to the config file: the changes that can be
//! undone or are not saved yet, and the followed flows.
//!
//! The changes themselves are applied in `update`.

mod changes;
mod follows;

pub use changes::Changes;
pub(in crate::app) use changes::Undo;
pub(in crate::app) use follows::Followed;
pub(crate) use follows::Follows;
