//! Writing changes to the config file: comments and layout stay, concurrent
//! changes are merged, and the file is whole at every moment.

mod change;
mod edit;
mod overwritten;
mod save;
mod tables;
mod views;

pub use change::{Change, JobEntryId, Saved};
pub(crate) use change::{FollowEntry, JobEntry, RemovedTable};
pub use edit::apply;
pub use save::{save, save_unless_canceled};

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod edit_tests;
#[cfg(test)]
mod fault_injector;
#[cfg(test)]
mod save_tests;
#[cfg(test)]
mod simulated_disk;
