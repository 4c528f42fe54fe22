//! What can go wrong with a status call, told so that a person knows what to
//! do. No error holds the key, and none repeats a body unread.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use thiserror::Error;

use super::client::{MAX_BODY_BYTES, REQUEST_TIMEOUT};
use super::job::DecodeError;
use super::text::Text;

/// Why a status call brought no job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// 401 or 403: the service does not accept the key for this.
    #[error("the key is refused ({status}{}): check the key of this environment", said(.message.as_ref()))]
    Unauthorized {
        /// The HTTP status code.
        status: u16,
        /// The service's own words.
        message: Option<Text>,
    },
    /// 403 of the gateway for a path it does not know.
    #[error(
        "the service knows no such path (403 Missing Authentication Token): check base_url and env_id"
    )]
    NoSuchPath,
    /// 400: the service refuses the request, mostly since there is no such job.
    #[error("{}", .message.as_ref().map_or("the service refuses this job_root (400)", Text::as_str))]
    NotFound {
        /// The service's own words.
        message: Option<Text>,
    },
    /// Another 4xx.
    #[error("the service refuses the request ({status}{})", said(.message.as_ref()))]
    Rejected {
        /// The HTTP status code.
        status: u16,
        /// The service's own words.
        message: Option<Text>,
    },
    /// 429 (or 423): too many requests.
    #[error("the service asks for patience ({status}: too many requests)")]
    RateLimited {
        /// The HTTP status code.
        status: u16,
        /// How long it asks for, at most ten minutes.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("the service is in trouble ({status}{})", said(.message.as_ref()))]
    Server {
        /// The HTTP status code.
        status: u16,
        /// The service's own words.
        message: Option<Text>,
    },
    /// 3xx, never followed: the key must not travel to another host.
    #[error(
        "the service redirects to {to}, which is not followed: check base_url, or sign in to the network"
    )]
    Redirected {
        /// The host it points to.
        to: Text,
    },
    /// No connection.
    #[error("{host}: {cause}")]
    Unreachable {
        /// Host and port.
        host: Text,
        /// What stood in the way.
        cause: Unreachable,
    },
    /// Connected, but no whole answer in time.
    #[error("no answer within {} s", REQUEST_TIMEOUT.as_secs())]
    TimedOut,
    /// The connection broke in mid answer.
    #[error("the connection broke before the answer was whole")]
    Interrupted,
    /// A body over the limit.
    #[error("the answer is larger than {} MiB and was cut off", MAX_BODY_BYTES / 1024 / 1024)]
    TooLarge,
    /// A 200 that is no job.
    #[error("{0}")]
    Malformed(#[from] DecodeError),
    /// A job, but not the one that was asked for.
    #[error("the service answered for another job ({got}), so the answer is not used")]
    WrongJob {
        /// The `s3_root` it answered with.
        got: Text,
    },
    /// The poll itself failed within hgtop.
    #[error("hgtop stumbled over this poll; the log says more")]
    Internal,
}

/// What stood in the way of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unreachable {
    /// The name has no address.
    #[error("the name cannot be resolved: check base_url and the network")]
    Resolve,
    /// Nobody listens.
    #[error("connection refused: is the service up?")]
    Refused,
    /// No network leads there.
    #[error("no route: is the network up?")]
    NoRoute,
    /// Nobody answered the call.
    #[error("no connection within 5 s")]
    TimedOut,
    /// The other side is not who it should be, or does not speak TLS.
    #[error("{0}")]
    Tls(Text),
    /// The proxy would not let it through.
    #[error("the proxy refuses the connection: check HTTPS_PROXY and its credentials")]
    Proxy,
    /// Something else.
    #[error("cannot connect")]
    Other,
}

impl FetchError {
    /// Whether it tells of the way to the service, or the service as a whole,
    /// rather than of this one job.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::TimedOut | Self::Server { .. } | Self::Interrupted
        )
    }

    /// Whether the service was not reached at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }

    /// Whether the key or the path is at fault, for all jobs alike.
    pub fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Unauthorized { .. } | Self::NoSuchPath)
    }

    /// Reads what the HTTP library says. Its own texts name URLs, and so
    /// job roots: they are not shown.
    pub(super) fn from_transport(error: &reqwest::Error, host: &str) -> Self {
        if !error.is_connect() {
            return if error.is_timeout() {
                Self::TimedOut
            } else {
                Self::Interrupted
            };
        }
        let unreachable = |cause| Self::Unreachable {
            host: Text::cut(host, 256),
            cause,
        };
        let mut source = error.source();
        let mut found = if error.is_timeout() {
            Unreachable::TimedOut
        } else {
            Unreachable::Other
        };
        while let Some(cause) = source {
            if let Some(cause) = cause_of(cause) {
                found = cause;
            }
            source = cause.source();
        }
        unreachable(found)
    }
}

fn cause_of(error: &(dyn std::error::Error + 'static)) -> Option<Unreachable> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(Unreachable::Tls(tls_words(tls)));
    }
    let text = error.to_string();
    if text.starts_with("dns error") || text.contains("failed to lookup address") {
        return Some(Unreachable::Resolve);
    }
    if text.contains("tunnel error") || text.contains("proxy authorization") {
        return Some(Unreachable::Proxy);
    }
    let io = error.downcast_ref::<io::Error>()?;
    // What an I/O error wraps is not its source, and is an I/O error often.
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

fn tls_words(error: &rustls::Error) -> Text {
    use rustls::CertificateError as Certificate;
    let words = match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "its certificate has expired: check this machine's clock, or tell the host's owner"
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "its certificate is not valid yet: check this machine's clock"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "its certificate is for another host: check base_url, or sign in to the network"
            }
            Certificate::UnknownIssuer => {
                "its certificate is signed by an unknown authority: for a company's own one, \
                 point SSL_CERT_FILE to it"
            }
            _ => "its certificate is not accepted",
        },
        rustls::Error::InvalidMessage(_) => "it does not speak HTTPS: check base_url and its port",
        _ => "the encrypted connection failed",
    };
    Text::new(words)
}

fn said(message: Option<&Text>) -> String {
    message.map_or_else(String::new, |message| format!(": {}", message.one_line()))
}
