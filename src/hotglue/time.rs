//! Times of the service, and short forms of ages and durations.
//!
//! The service writes RFC 3339 with microseconds in UTC; other forms seen in
//! practice are read too. Nothing here reads a clock: `now` is a parameter.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

use super::text::Text;

/// A time as the service sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The text as sent.
    pub(crate) shown: Text,
    /// The instant; `None` where the text is not a time.
    pub at: Option<Timestamp>,
}

impl Moment {
    /// Reads a time and keeps its text.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            shown: Text::cut(text, 64),
            at: parse_timestamp(text),
        }
    }
}

/// Reads a time: RFC 3339, also with a space instead of the `T` or without an
/// offset (read as UTC), a date, or seconds (or milliseconds) since 1970.
pub fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    if let Ok(at) = text.parse::<civil::DateTime>() {
        return TimeZone::UTC.to_timestamp(at).ok();
    }
    if let Ok(day) = text.parse::<civil::Date>() {
        return TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    }
    let seconds: f64 = text.parse().ok()?;
    if !seconds.is_finite() || seconds <= 0.0 {
        return None;
    }
    // Seconds would be beyond the year 5000, so these are milliseconds.
    let seconds = if seconds > 1e11 {
        seconds / 1e3
    } else {
        seconds
    };
    let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_duration(since).ok()
}

/// Returns the age of `then` in one unit: `3s`, `12m`, `4h`, `2d`. A time in the
/// future is `now`, because clocks differ; one over a century ago is `?`.
pub fn age(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs();
    match seconds {
        i64::MIN..=0 => "now".to_owned(),
        1..=59 => format!("{seconds}s"),
        60..=3_599 => format!("{}m", seconds / 60),
        3_600..=86_399 => format!("{}h", seconds / 3_600),
        86_400..=31_535_999 => format!("{}d", seconds / 86_400),
        31_536_000..=3_153_599_999 => format!("{}y", seconds / 31_536_000),
        _ => "?".to_owned(),
    }
}

/// Returns a duration in two units: `45s`, `4m 10s`, `1h 05m`, `2d 03h`.
pub fn elapsed(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    match (days.cmp(&0), hours.cmp(&0), minutes.cmp(&0)) {
        (Ordering::Greater, _, _) => format!("{days}d {:02}h", hours % 24),
        (_, Ordering::Greater, _) => format!("{hours}h {:02}m", minutes % 60),
        (_, _, Ordering::Greater) => format!("{minutes}m {:02}s", seconds % 60),
        _ => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_form_of_a_time_is_read() {
        let expected: Timestamp = "2020-12-30T18:01:01Z".parse().unwrap();
        for text in [
            "2020-12-30T18:01:01.000000+00:00",
            "2020-12-30T18:01:01Z",
            "2020-12-30 18:01:01",
            "2020-12-30T18:01:01",
            "2020-12-30T20:01:01+02:00",
            "1609351261",
            "1609351261000",
            " 1609351261.0 ",
        ] {
            assert_eq!(parse_timestamp(text), Some(expected), "{text}");
        }
        assert!(parse_timestamp("2020-12-30").is_some());
        for text in [
            "",
            "soon",
            "-1",
            "NaN",
            "1e400",
            "2020-13-77",
            "99999-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn ages_and_durations_have_short_forms() {
        let now: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
        for (then, shown) in [
            ("2026-11-23T14:00:00Z", "now"),
            ("2026-11-23T11:59:57Z", "3s"),
            ("2026-11-23T11:48:00Z", "12m"),
            ("2026-11-23T08:00:00Z", "4h"),
            ("2026-11-21T12:00:00Z", "2d"),
            ("0001-01-01T00:00:00Z", "?"),
        ] {
            assert_eq!(age(then.parse().unwrap(), now), shown);
        }
        for (seconds, shown) in [
            (-5, "0s"),
            (45, "45s"),
            (250, "4m 10s"),
            (121, "2m 01s"),
            (3_900, "1h 05m"),
            (183_600, "2d 03h"),
        ] {
            assert_eq!(elapsed(SignedDuration::from_secs(seconds)), shown);
        }
    }
}
