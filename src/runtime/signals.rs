//! Signals that end a command without a dashboard.

/// Waits for SIGINT or SIGTERM and returns its exit code, 128 + the signal's
/// number. Never returns when signals cannot be received.
pub(crate) async fn termination() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        let [Ok(mut interrupt), Ok(mut terminate)] = kinds.map(signal) else {
            return std::future::pending().await;
        };
        let received = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
        };
        128 + received.as_raw_value()
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
        130
    }
}
