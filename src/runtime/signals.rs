//! Signals of a command without a dashboard.

/// Waits for a signal that ends the command, and returns its exit code, 128 +
/// the signal's number. Never returns when signals cannot be received.
pub(crate) async fn termination() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
            SignalKind::quit(),
        ];
        let signals = kinds.map(|kind| signal(kind).map(|signal| (kind, signal)));
        let mut signals: Vec<_> = signals.into_iter().flatten().collect();
        if signals.is_empty() {
            return std::future::pending().await;
        }
        let received = signals.iter_mut().map(|(kind, signal)| {
            Box::pin(async move {
                signal.recv().await;
                128 + kind.as_raw_value()
            })
        });
        futures_util::future::select_all(received).await.0
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
        130
    }
}

/// Requests by SIGUSR1 to print what is running.
pub(crate) struct StatusRequests(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl StatusRequests {
    /// Listens to the signal, which no longer ends the process.
    pub(crate) fn new() -> Self {
        Self(
            #[cfg(unix)]
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::user_defined1()).ok(),
        )
    }

    /// Waits for the next request; forever where there is no such signal.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
