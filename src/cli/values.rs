//! Parsers of option values.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::hotglue::parse_timestamp;

/// Parses a duration such as `30m` or `1h 30m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    duration
        .filter(SignedDuration::is_positive)
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| "expected a duration such as 30s, 10m or 1h 30m".to_owned())
}

/// Parses a duration that may also be a number of days or weeks, such as
/// `90d`. A day has 24 hours.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let days = [("d", 1), ("w", 7)].into_iter().find_map(|(unit, days)| {
        let count: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        count.checked_mul(days * 24 * 60 * 60)
    });
    match days {
        Some(seconds @ 1..) => Ok(Duration::from_secs(seconds)),
        Some(0) | None => {
            duration(text).map_err(|_| "expected a duration such as 90d, 12h or 30m".to_owned())
        }
    }
}

/// Parses a time, or how long ago it was.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        let ago = SignedDuration::try_from(ago).unwrap_or(SignedDuration::MAX);
        return Timestamp::now()
            .checked_sub(ago)
            .map_err(|error| error.to_string());
    }
    parse_timestamp(text).ok_or_else(|| {
        "expected a time such as 2026-11-24T09:00:00Z, or how long ago, such as 10m".to_owned()
    })
}

/// Parses a factor of time.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    number(text, 0.01..=1000.0, "expected a number from 0.01 to 1000")
}

/// Parses a rate.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    number(text, 0.0..=1.0, "expected a number from 0 to 1")
}

fn number(text: &str, range: RangeInclusive<f64>, expected: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| expected.to_owned())
}

/// Parses an address such as `127.0.0.1:8080`, or a port of the loopback
/// address.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.trim_start_matches(':').parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.replace("localhost", "127.0.0.1")
        .parse()
        .map_err(|_| "expected an address such as 127.0.0.1:8080, or a port".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for bad in ["NaN", "-1", "inf", "0", "x"] {
            assert!(speed(bad).is_err(), "{bad}");
        }
        assert_eq!(speed("2.5"), Ok(2.5));
        assert!(rate("1.5").is_err());
        assert_eq!(rate("0"), Ok(0.0));
    }

    #[test]
    fn addresses_may_be_ports() {
        assert_eq!(address("8080").unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(address(":1").unwrap().to_string(), "127.0.0.1:1");
        assert_eq!(address("localhost:1").unwrap().to_string(), "127.0.0.1:1");
        assert_eq!(address("[::1]:1").unwrap().to_string(), "[::1]:1");
        assert!(address("nowhere").is_err());
    }

    #[test]
    fn durations_are_positive() {
        assert_eq!(duration("1h 30m"), Ok(Duration::from_mins(90)));
        for bad in ["0s", "-1s", "5", "", "1e300s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_absolute_or_ago() {
        assert_eq!(
            time("2026-11-24T09:00:00Z").unwrap().to_string(),
            "2026-11-24T09:00:00Z"
        );
        assert!(time("10m").unwrap() < Timestamp::now());
        for bad in ["soon", "", "9999999999h"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}
