//! The tokio runtimes: the one that every command uses, and that of the event
//! loop of the dashboard.

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

/// Builds the runtime of an event loop on the current thread. With timers of its
/// own the loop wakes no other thread, and none wakes it, while only the clock
/// changes.
pub(crate) fn for_event_loop() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_time().build()
}
