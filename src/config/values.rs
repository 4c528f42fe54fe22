//! Values of the config file that are checked when they are read: names,
//! durations, environment ids.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::hotglue::EnvId;

/// A color theme, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ThemeName {
    /// Dark or light where the terminal reports its background, else the
    /// terminal's colors.
    #[default]
    Auto,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
    /// Black, white and a few saturated colors.
    HighContrast,
    /// No colors.
    Mono,
}

impl ThemeName {
    /// The theme after this one; the first one after the last.
    #[must_use]
    pub(crate) fn next(self) -> Self {
        let mut following = Self::iter().skip_while(|theme| *theme != self).skip(1);
        following.next().unwrap_or_default()
    }
}

/// The characters for lines and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Glyphs {
    /// Unicode where the locale is UTF-8.
    #[default]
    Auto,
    /// Box drawing, dots and check marks.
    Unicode,
    /// Plain ASCII.
    Ascii,
}

/// An event worth a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NotifyOn {
    /// A job failed.
    Failed,
    /// A job completed.
    Completed,
    /// A job was cancelled.
    Cancelled,
    /// All watched jobs finished.
    #[serde(alias = "done")]
    Finished,
}

/// The color of an environment: the index of a name in [`Accent::NAMES`], or the
/// red, green and blue channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accent {
    /// One of the named colors, whose shade depends on the theme.
    Named(usize),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl Accent {
    /// The names of colors.
    pub const NAMES: [&str; 7] = [
        "red", "orange", "yellow", "green", "cyan", "blue", "magenta",
    ];

    /// The color as the config file has it.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Named(index) => Self::NAMES[index].to_owned(),
            Self::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        }
    }

    /// Parses a name, or `#` and six hexadecimal digits.
    ///
    /// # Errors
    /// A message with the accepted values.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some(index) = Self::NAMES.iter().position(|name| *name == text) {
            return Ok(Self::Named(index));
        }
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit())
        });
        let channels = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = channels.map(u32::to_be_bytes).ok_or_else(|| {
            let names = Self::NAMES.join(", ");
            format!("accent must be one of {names}, or a color such as #d7263d")
        })?;
        Ok(Self::Rgb(red, green, blue))
    }
}

/// Reads a poll interval such as `5s` or `1m 30s`: 1 s to 10 min.
///
/// # Errors
/// A message, when it is not a duration or out of that range.
pub fn poll_interval(text: &str) -> Result<Duration, String> {
    const RANGE: std::ops::RangeInclusive<Duration> =
        Duration::from_secs(1)..=Duration::from_mins(10);
    let length: SignedDuration = text
        .parse()
        .map_err(|_| "poll_interval must be a duration such as `5s` or `2m`".to_owned())?;
    Duration::try_from(length)
        .ok()
        .filter(|length| RANGE.contains(length))
        .ok_or_else(|| "poll_interval must be between `1s` and `10m`".to_owned())
}

/// Parses the id of an environment.
///
/// # Errors
/// A message, when it is empty, too long, a URL, or holds invisible
/// characters.
pub fn env_id(text: &str) -> Result<EnvId, String> {
    if text.contains(['/', ':']) {
        return Err(
            "env_id must be a name such as dev.example-env.hotglue.xyz, not a URL".to_owned(),
        );
    }
    EnvId::parse(text).map_err(|error| error.to_string())
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
                f.write_str("a duration in quotes, such as `5s`")
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
    fn accent_is_a_name_or_hexadecimal() {
        assert_eq!(Accent::parse("red"), Ok(Accent::Named(0)));
        assert_eq!(Accent::parse("#d7263D"), Ok(Accent::Rgb(0xd7, 0x26, 0x3d)));
        for text in ["", "Red", "crimson", "#fff", "#d7263", "#+7263d", "d7263d"] {
            let problem = Accent::parse(text).unwrap_err();
            assert!(problem.contains("red, orange"), "{text}: {problem}");
        }
    }

    #[test]
    fn poll_interval_is_bounded() {
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

    #[test]
    fn themes_follow_each_other_in_a_circle() {
        let mut names = Vec::new();
        let mut theme = ThemeName::Auto;
        for _ in 0..6 {
            names.push(<&str>::from(theme));
            theme = theme.next();
        }
        assert_eq!(
            names,
            ["auto", "dark", "light", "high-contrast", "mono", "auto"]
        );
    }

    #[test]
    fn env_id_is_a_name() {
        assert_eq!(env_id(" dev.x.xyz ").unwrap().as_str(), "dev.x.xyz");
        for bad in ["http://foo/bar", "foo/bar", "foo:80", "", ".."] {
            assert!(env_id(bad).is_err(), "{bad}");
        }
    }
}
