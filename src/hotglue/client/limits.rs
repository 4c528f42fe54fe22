//! The limits of one request, which keep a server from harming the user.

use std::time::Duration;

/// The largest response body that is read, in bytes after decompression.
pub(crate) const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// The time limit of a whole request, from name lookup to the end of the body.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// The time limit of connecting.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Error bodies beyond this size are not searched for a message, in bytes.
pub(super) const MAX_ERROR_BODY_BYTES: usize = 64 * 1024;
