//! The three clocks of a simulated machine: the monotonic one of the process,
//! which tokio's paused clock drives; the true time, which also counts while
//! the machine sleeps; and the wall clock, which may be wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The clocks of a simulated machine.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    start: Instant,
    /// The true time at the start.
    epoch: Timestamp,
    /// How long the machine slept, in milliseconds.
    slept: AtomicI64,
    /// How far the wall clock is ahead of the true time, in milliseconds.
    error: AtomicI64,
}

impl Clock {
    /// Starts the clocks. Must be called within a runtime.
    pub(crate) fn start() -> Self {
        let epoch = "2026-11-24T00:00:00Z".parse().expect("a valid time");
        Self(Arc::new(Inner {
            start: Instant::now(),
            epoch,
            slept: AtomicI64::new(0),
            error: AtomicI64::new(0),
        }))
    }

    /// The time on the monotonic clock since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.start.elapsed()
    }

    /// The moment at which so much time has passed on the monotonic clock.
    pub(crate) fn at(&self, elapsed: Duration) -> Instant {
        self.0.start + elapsed
    }

    /// The true time since the start, in milliseconds.
    pub(crate) fn true_millis(&self) -> i64 {
        let elapsed = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        elapsed + self.0.slept.load(Ordering::Relaxed)
    }

    /// The timestamp of a true time in milliseconds since the start.
    pub(crate) fn timestamp(&self, millis: i64) -> Timestamp {
        let offset = SignedDuration::from_millis(millis);
        self.0.epoch.checked_add(offset).unwrap_or(self.0.epoch)
    }

    /// The wall clock.
    pub(crate) fn wall(&self) -> Timestamp {
        self.timestamp(self.true_millis() + self.0.error.load(Ordering::Relaxed))
    }

    /// Lets the machine sleep: the monotonic clock does not notice.
    pub(crate) fn sleep(&self, length: Duration) {
        let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        self.0.slept.fetch_add(millis, Ordering::Relaxed);
    }

    /// Sets the wall clock ahead of the true time, or back.
    pub(crate) fn set_error(&self, error: SignedDuration) {
        let millis = i64::try_from(error.as_millis()).unwrap_or(0);
        self.0.error.store(millis, Ordering::Relaxed);
    }
}
