//! Changes to the watched jobs and to the config file: made on the dashboard,
//! or by an editor beside it.

mod changes;
mod follows;
mod reload;

pub use changes::Changes;
pub use follows::Followed;
