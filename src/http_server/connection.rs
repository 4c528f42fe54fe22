//! What a connection is busy with, and since when: a stream that notes it, and
//! a watchdog that ends it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::limits::ConnectionLimits;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Between two requests.
    Idle,
    /// A request is read or answered.
    Request,
    /// A response is written.
    Response,
}

/// What a connection is busy with, and since when.
#[derive(Debug)]
pub(super) struct Activity(Mutex<(Phase, Instant)>);

impl Activity {
    pub(super) fn new() -> Self {
        Self(Mutex::new((Phase::Idle, Instant::now())))
    }

    fn lock(&self) -> MutexGuard<'_, (Phase, Instant)> {
        // The pair is replaced in one assignment and cannot be half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the connection is idle, and since when it is, or is busy.
    pub(super) fn idle_or_busy_since(&self) -> (bool, Instant) {
        let (phase, since) = *self.lock();
        (phase == Phase::Idle, since)
    }

    /// Notes that bytes were read: a request begins, unless one is in progress.
    fn on_read(&self) {
        let mut state = self.lock();
        if state.0 == Phase::Idle {
            *state = (Phase::Request, Instant::now());
        }
    }

    /// Notes that bytes are to be written: the response begins, unless it has.
    fn on_write(&self) {
        let mut state = self.lock();
        if state.0 != Phase::Response {
            *state = (Phase::Response, Instant::now());
        }
    }

    /// Notes that all that was to be written is written.
    fn on_flush(&self) {
        let mut state = self.lock();
        if state.0 == Phase::Response {
            *state = (Phase::Idle, Instant::now());
        }
    }

    /// Returns when the connection has been in the same phase for too long.
    pub(super) async fn time_out(&self, limits: ConnectionLimits) {
        let shortest = limits.idle.min(limits.request).min(limits.response);
        loop {
            let (phase, since) = *self.lock();
            let limit = match phase {
                Phase::Idle => limits.idle,
                Phase::Request => limits.request,
                Phase::Response => limits.response,
            };
            let (now, deadline) = (Instant::now(), since + limit);
            if now >= deadline {
                return;
            }
            // The next phase may have a shorter limit.
            tokio::time::sleep_until(deadline.min(now + shortest)).await;
        }
    }
}

/// A stream that notes the activity on it.
pub(super) struct Monitored<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Monitored<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Monitored<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.activity.on_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Monitored<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.activity.on_write();
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.activity.on_write();
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.activity.on_flush();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
