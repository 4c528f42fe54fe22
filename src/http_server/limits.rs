//! How many connections a server has, and how long each may take.

use std::time::Duration;

/// Bounds on the connections of a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    /// Connections at the same time. One more closes the one that has been
    /// idle, or busy with the same request, for the longest time.
    pub(crate) connections: usize,
    /// From the first byte of a request to the first byte of its response.
    pub(crate) request: Duration,
    /// From the first byte of a response until the client has taken it all.
    pub(crate) response: Duration,
    /// Between two requests, and before the first.
    pub(crate) idle: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 64,
            request: Duration::from_secs(15),
            response: Duration::from_secs(15),
            idle: Duration::from_secs(90),
        }
    }
}
