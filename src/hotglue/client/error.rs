//! The errors of a call, worded so that users know what to do. No error
//! contains the API key, and none repeats a body.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use reqwest::StatusCode;
use thiserror::Error;

use super::limits::{CONNECT_TIMEOUT, MAX_BODY_BYTES, REQUEST_TIMEOUT};
use crate::hotglue::job::DecodeError;
use crate::hotglue::text::Text;

/// The reason why a call returned no usable response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// 401 or 403: the service does not accept the API key for this call.
    #[error(
        "API key refused ({status}{}): check the API key of this environment",
        suffix(.message.as_ref())
    )]
    Unauthorized {
        /// The HTTP status code.
        status: u16,
        /// The error text of the service.
        message: Option<Text>,
    },
    /// 403 of the API gateway for a path that it does not know. Despite its
    /// message it says nothing about the API key.
    #[error("no such path: check env_id, flow and tenant (403: Missing Authentication Token)")]
    NoSuchPath,
    /// 400: the service rejects the request, usually because the job does not
    /// exist.
    #[error("{}", .message.as_ref().map_or("job not found (400)", Text::as_str))]
    NotFound {
        /// The error text of the service.
        message: Option<Text>,
    },
    /// Another 4xx.
    #[error("request rejected ({}{})", status_line(*.status), suffix(.message.as_ref()))]
    Rejected {
        /// The HTTP status code.
        status: u16,
        /// The error text of the service.
        message: Option<Text>,
    },
    /// 429 or 423: too many requests.
    #[error("rate limited by hotglue ({status})")]
    RateLimited {
        /// The HTTP status code.
        status: u16,
        /// The wait that the service requests, at most ten minutes.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("{}{}", status_line(*.status), suffix(.message.as_ref()))]
    Server {
        /// The HTTP status code.
        status: u16,
        /// The error text of the service.
        message: Option<Text>,
    },
    /// 3xx, never followed: the API key must not be sent to another host.
    #[error(
        "redirected to {}, not followed: check base_url, or sign in to the network",
        .host.as_ref().map_or("an unknown host", Text::as_str)
    )]
    Redirected {
        /// The host of the new location.
        host: Option<Text>,
    },
    /// No connection could be made.
    #[error("{host}: {cause}")]
    Unreachable {
        /// Host and port.
        host: Text,
        /// The cause.
        cause: Unreachable,
    },
    /// The connection was made, but no complete response arrived in time.
    #[error("no response within {} s", REQUEST_TIMEOUT.as_secs())]
    TimedOut,
    /// The connection was closed in the middle of the response.
    #[error("connection closed before the response was complete")]
    Interrupted,
    /// The body exceeds the limit.
    #[error("response larger than {} MiB", MAX_BODY_BYTES / 1024 / 1024)]
    TooLarge,
    /// A 200 response that is not a job.
    #[error("{0}")]
    Malformed(#[from] DecodeError),
    /// A 200 response for another job than the requested one.
    #[error("response ignored: it is for another job ({received})")]
    WrongJob {
        /// The `s3_root` of the response.
        received: Text,
    },
    /// An error of which only the recorded text is known.
    #[error("{0}")]
    Recorded(Text),
    /// The poll failed inside hgtop.
    #[error("internal error during the poll: see the log")]
    Internal,
}

/// The cause of a failed connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// The host name has no address.
    #[error("host name cannot be resolved: check base_url and the network")]
    Resolve,
    /// No server listens on the port.
    #[error("connection refused: is the service running?")]
    Refused,
    /// No network leads to the host.
    #[error("no route to host: check the network")]
    NoRoute,
    /// The host did not respond in time.
    #[error("no connection within {} s", CONNECT_TIMEOUT.as_secs())]
    TimedOut,
    /// The server's certificate is not valid, or it does not speak TLS.
    #[error("{0}")]
    Tls(Text),
    /// The proxy refused the connection.
    #[error("connection refused by the proxy: check HTTPS_PROXY and its credentials")]
    Proxy,
    /// Another cause.
    #[error("connection failed")]
    Other,
}

impl FetchError {
    /// Whether the error may affect every job: the service, or the way to it,
    /// is down.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::TimedOut | Self::Server { .. } | Self::Interrupted
        )
    }

    /// Whether no connection could be made.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether the API key was refused.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Unauthorized { .. })
    }

    /// Whether the service responded that the job or its path does not exist,
    /// or that it does not accept the request.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(
            self,
            Self::NotFound { .. } | Self::NoSuchPath | Self::Rejected { .. }
        )
    }

    /// Returns the error without its remedy, for a banner that adds when the
    /// next poll is due: `API key refused (401)`, `503 Service Unavailable`.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::Unauthorized { status, .. } => format!("API key refused ({status})"),
            Self::Server { status, .. } => status_line(*status),
            Self::Unreachable { host, cause } => {
                let cause = cause.to_string();
                let cause = cause.split(": ").next().unwrap_or_default();
                format!("{host}: {cause}")
            }
            other => other.to_string(),
        }
    }

    /// Classifies an error of the HTTP library. The library's own texts contain
    /// URLs, and therefore job roots, so they are not shown.
    pub(super) fn from_transport(error: &reqwest::Error, host: &str) -> Self {
        if !error.is_connect() {
            return if error.is_timeout() {
                Self::TimedOut
            } else {
                Self::Interrupted
            };
        }
        let mut found = if error.is_timeout() {
            Unreachable::TimedOut
        } else {
            Unreachable::Other
        };
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(cause) = cause_of(cause) {
                found = cause;
            }
            source = cause.source();
        }
        Self::Unreachable {
            host: Text::cut(host, 256),
            cause: found,
        }
    }
}

fn cause_of(error: &(dyn std::error::Error + 'static)) -> Option<Unreachable> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(Unreachable::Tls(tls_message(tls)));
    }
    let text = error.to_string();
    if text.starts_with("dns error") || text.contains("failed to lookup address") {
        return Some(Unreachable::Resolve);
    }
    if text.contains("tunnel error") || text.contains("proxy authorization") {
        return Some(Unreachable::Proxy);
    }
    let io = error.downcast_ref::<io::Error>()?;
    // An I/O error does not report the error it wraps as its source.
    if let Some(inner) = io.get_ref() {
        return cause_of(inner);
    }
    match io.kind() {
        io::ErrorKind::ConnectionRefused => Some(Unreachable::Refused),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some(Unreachable::NoRoute)
        }
        io::ErrorKind::TimedOut => Some(Unreachable::TimedOut),
        _ => None,
    }
}

fn tls_message(error: &rustls::Error) -> Text {
    use rustls::CertificateError as Certificate;
    let message = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "certificate expired: check this machine's clock, or report it to the host's owner"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "certificate not yet valid: check this machine's clock"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "certificate is for another host: check base_url, or sign in to the network"
            }
            Certificate::UnknownIssuer => {
                "certificate signed by an unknown authority: for a private authority, set \
                 SSL_CERT_FILE to its certificate"
            }
            _ => "certificate not accepted",
        },
        rustls::Error::InvalidMessage(_) => {
            "server does not speak HTTPS: check base_url and its port"
        }
        _ => "TLS handshake failed",
    };
    Text::new(message)
}

/// An HTTP status with its standard name: `503 Service Unavailable`.
fn status_line(status: u16) -> String {
    let name = StatusCode::from_u16(status)
        .ok()
        .and_then(|code| code.canonical_reason());
    match name {
        Some(name) => format!("{status} {name}"),
        None => format!("HTTP {status}"),
    }
}

fn suffix(message: Option<&Text>) -> String {
    message.map_or_else(String::new, |message| format!(": {}", message.one_line()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_names_the_error_without_its_remedy() {
        let message = Some(Text::new("Invalid x-api-key"));
        let host = Text::new("127.0.0.1:9");
        for (error, summary) in [
            (
                FetchError::Unauthorized {
                    status: 401,
                    message,
                },
                "API key refused (401)",
            ),
            (
                FetchError::Server {
                    status: 503,
                    message: None,
                },
                "503 Service Unavailable",
            ),
            (
                FetchError::Unreachable {
                    host,
                    cause: Unreachable::Refused,
                },
                "127.0.0.1:9: connection refused",
            ),
            (FetchError::TimedOut, "no response within 10 s"),
        ] {
            assert_eq!(error.summary(), summary);
        }
    }
}
