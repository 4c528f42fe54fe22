//! An error made again from its recorded text.

use super::error::{FetchError, Unreachable};
use crate::hotglue::text::Text;

impl FetchError {
    /// The error with this text, where the text shows which one it is;
    /// one that only has the text otherwise.
    pub(crate) fn from_text(text: &Text) -> Self {
        let line = text.one_line();
        server(&line)
            .or_else(|| unauthorized(&line))
            .or_else(|| unreachable(&line))
            .or_else(|| {
                let known = [Self::TimedOut, Self::Interrupted];
                known.into_iter().find(|error| error.to_string() == line)
            })
            .unwrap_or_else(|| Self::Recorded(text.clone()))
    }
}

/// `503 Service Unavailable: message`
fn server(line: &str) -> Option<FetchError> {
    let status: u16 = line.get(..3)?.parse().ok()?;
    if !(500..600).contains(&status) {
        return None;
    }
    let message = line.split_once(": ").map(|(_, message)| Text::new(message));
    Some(FetchError::Server { status, message })
}

/// `API key refused (401: message): check ...`
fn unauthorized(line: &str) -> Option<FetchError> {
    let rest = line.strip_prefix("API key refused (")?;
    let status = rest.get(..3)?.parse().ok()?;
    let message = rest[3..].strip_prefix(": ");
    let message = message.and_then(|message| message.rsplit_once("): "));
    Some(FetchError::Unauthorized {
        status,
        message: message.map(|(message, _)| Text::new(message)),
    })
}

/// `host: connection refused: ...`
fn unreachable(line: &str) -> Option<FetchError> {
    let causes = [
        Unreachable::Resolve,
        Unreachable::Refused,
        Unreachable::NoRoute,
        Unreachable::TimedOut,
        Unreachable::Proxy,
        Unreachable::Other,
    ];
    causes.into_iter().find_map(|cause| {
        let host = line.strip_suffix(&cause.to_string())?.strip_suffix(": ")?;
        Some(FetchError::Unreachable {
            host: Text::new(host),
            cause,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_the_same_after_it_was_recorded_as_text() {
        let message = || Some(Text::new("Invalid x-api-key"));
        for error in [
            FetchError::Server {
                status: 503,
                message: None,
            },
            FetchError::Server {
                status: 502,
                message: message(),
            },
            FetchError::Unauthorized {
                status: 401,
                message: message(),
            },
            FetchError::Unauthorized {
                status: 403,
                message: None,
            },
            FetchError::Unreachable {
                host: Text::new("127.0.0.1:9"),
                cause: Unreachable::Refused,
            },
            FetchError::TimedOut,
            FetchError::Interrupted,
        ] {
            let read = FetchError::from_text(&Text::new(&error.to_string()));
            assert_eq!(read, error);
        }
        let other = Text::new("job not found");
        let read = FetchError::from_text(&other);
        assert_eq!(read.to_string(), "job not found");
        assert!(!read.is_unreachable() && !read.is_unauthorized());
    }
}
