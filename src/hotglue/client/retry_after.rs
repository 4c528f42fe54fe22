//! The `Retry-After` header (RFC 9110, section 10.2.3): seconds, or a date.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The longest wait that a server can impose.
const MAX_WAIT: Duration = Duration::from_mins(10);

/// Returns the wait that a response requests, at most ten minutes. A date is
/// relative to the response's own `Date`, because this machine's clock may be
/// wrong. An unreadable value counts as absent.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(MAX_WAIT));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let from = headers
        .get(DATE)
        .and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok())
        .unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default().min(MAX_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    fn wait(text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(text).ok()?);
        headers.insert(
            DATE,
            HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"),
        );
        retry_after(&headers, SystemTime::now()).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read_and_other_values_ignored() {
        assert_eq!(wait("3"), Some(3));
        assert_eq!(wait("99999999999999999999"), Some(600));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(wait("Sunday, 06-Nov-94 08:49:47 GMT"), Some(10));
        assert_eq!(wait("Sun Nov  6 08:49:47 1994"), Some(10));
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT"), Some(600));
        assert_eq!(wait("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for nonsense in ["-1", "1.5", "soon", ""] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn no_value_exceeds_the_limit(text in ".*") {
            prop_assert!(wait(&text).is_none_or(|seconds| seconds <= MAX_WAIT.as_secs()));
        }
    }
}
