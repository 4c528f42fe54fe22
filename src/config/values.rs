//! The words and durations a config file may use as values.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// A color theme, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeName {
    /// The terminal's own colors, or dark or light where it tells which.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Black, white and a few strong colors.
    HighContrast,
    /// No colors at all.
    Mono,
}

/// The set of characters for lines and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Glyphs {
    /// Unicode where the locale is a UTF-8 one.
    #[default]
    Auto,
    /// Lines, dots and ticks.
    Unicode,
    /// Plain ASCII.
    Ascii,
}

/// An event worth a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotifyOn {
    /// A job failed.
    Failed,
    /// A job completed.
    Completed,
    /// A job was cancelled.
    Cancelled,
    /// All watched jobs are done.
    Done,
}

/// Reads a poll interval such as `5s` or `1m 30s`: 1 s to 10 min.
///
/// # Errors
/// When it is no duration, or out of that range.
pub fn poll_interval(text: &str) -> Result<Duration, String> {
    const RANGE: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(1)..=Duration::from_mins(10);
    let length: SignedDuration = text
        .parse()
        .map_err(|_| "a duration is written like `5s`, `500ms` or `2m`".to_owned())?;
    Duration::try_from(length)
        .ok()
        .filter(|length| RANGE.contains(length))
        .ok_or_else(|| "poll_interval must be from `1s` to `10m`".to_owned())
}

/// A poll interval as it is deserialized.
#[derive(Debug, Clone, Copy)]
pub(super) struct PollInterval(pub(super) Duration);

impl<'de> Deserialize<'de> for PollInterval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = PollInterval;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a duration in quotes, like `5s`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<PollInterval, E> {
                poll_interval(text).map(PollInterval).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_bounds() {
        assert_eq!(poll_interval("5s"), Ok(Duration::from_secs(5)));
        assert_eq!(poll_interval("1m 30s"), Ok(Duration::from_secs(90)));
        for bad in [
            "0s",
            "500ms",
            "-1s",
            "11m",
            "NaN",
            "5",
            "",
            "1e300s",
            "99999999999999h",
        ] {
            assert!(poll_interval(bad).is_err(), "{bad}");
        }
    }
}
