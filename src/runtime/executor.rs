//! The tokio runtime that every command uses.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Builds a runtime whose single worker thread polls while the main thread
/// draws. One worker sustains any configured rate and wakes up less often than
/// several.
pub(crate) fn build() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .enable_all()
        .build()
}
