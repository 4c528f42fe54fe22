//! The settings in effect: those of the config file, what the terminal can
//! show, and what the user changed on the dashboard.

use std::time::Duration;

use crate::config::{Glyphs, NotifyOn, Settings, ThemeName};
use crate::watch::Limits;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// Whether colors may be used.
    pub(crate) colors: bool,
    /// Whether there are more than sixteen of them.
    pub true_color: bool,
    /// Whether glyphs beyond ASCII may be used.
    pub(crate) unicode: bool,
    /// Whether the background is light, where it is known.
    pub(crate) light_background: Option<bool>,
}

/// Colors and glyphs to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Appearance {
    /// The color theme.
    pub(crate) theme: ThemeName,
    /// Whether glyphs beyond ASCII are used.
    pub(crate) unicode: bool,
    /// Whether the terminal shows more than sixteen colors.
    pub(crate) true_color: bool,
    /// Whether the terminal's background is light, where it is known.
    pub(crate) light_background: Option<bool>,
}

/// The settings in effect. See the module's documentation.
#[derive(Debug)]
pub struct EffectiveSettings {
    file: Settings,
    /// What the terminal can show.
    pub display: Display,
    chosen_theme: Option<ThemeName>,
}

impl EffectiveSettings {
    /// The settings of a config file on a terminal with these capabilities.
    pub(crate) fn new(file: Settings, display: Display) -> Self {
        Self {
            file,
            display,
            chosen_theme: None,
        }
    }

    /// Takes over the settings of a config that was just read. A theme chosen
    /// on the dashboard stays until the file names another one. Returns
    /// whether the limits changed.
    pub(in crate::app) fn reload(&mut self, file: Settings) -> bool {
        if file.theme != self.file.theme {
            self.chosen_theme = None;
        }
        let limits = self.limits();
        self.file = file;
        self.limits() != limits
    }

    /// The settings of the config file.
    pub(in crate::app) fn file(&self) -> &Settings {
        &self.file
    }

    /// The time between two polls of a job that sets no interval.
    pub(crate) fn poll_interval(&self) -> Duration {
        self.file.poll_interval
    }

    /// The limits for the requests to each environment.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            requests_per_second: Some(self.file.max_requests_per_second),
            concurrent_requests: self.file.max_concurrent_requests,
        }
    }

    /// The time within which each of this number of jobs is polled once, where
    /// the rate limit makes it longer than the poll interval.
    pub(crate) fn stretched_interval(&self, unfinished: usize) -> Option<Duration> {
        let interval = self.poll_interval();
        let stretched = self.limits().stretched_interval(unfinished, interval);
        (stretched > interval).then_some(stretched)
    }

    /// The events that are worth a notification.
    pub(crate) fn notify(&self) -> &[NotifyOn] {
        &self.file.notify
    }

    /// The command run on a transition; empty for none.
    pub(crate) fn on_change(&self) -> &[String] {
        &self.file.on_change
    }

    /// Colors and glyphs to draw with.
    pub(crate) fn appearance(&self) -> Appearance {
        let Display {
            colors,
            true_color,
            unicode,
            light_background,
        } = self.display;
        let configured = if colors {
            self.file.theme
        } else {
            ThemeName::Mono
        };
        Appearance {
            theme: self.chosen_theme.unwrap_or(configured),
            unicode: match self.file.glyphs {
                Glyphs::Auto => unicode,
                Glyphs::Unicode => true,
                Glyphs::Ascii => false,
            },
            true_color,
            light_background,
        }
    }

    /// Draws with another theme than the configured one.
    pub fn choose_theme(&mut self, theme: ThemeName) {
        self.chosen_theme = Some(theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(theme: ThemeName, colors: bool) -> EffectiveSettings {
        let file = Settings {
            theme,
            ..Settings::default()
        };
        let display = Display {
            colors,
            true_color: true,
            unicode: true,
            light_background: None,
        };
        EffectiveSettings::new(file, display)
    }

    #[test]
    fn chosen_theme_stays_until_the_file_names_another() {
        let mut settings = settings(ThemeName::Auto, true);
        settings.choose_theme(ThemeName::Light);
        assert!(!settings.reload(Settings::default()));
        assert_eq!(settings.appearance().theme, ThemeName::Light);
        let file = Settings {
            theme: ThemeName::Dark,
            max_requests_per_second: 1,
            ..Settings::default()
        };
        assert!(settings.reload(file));
        assert_eq!(settings.appearance().theme, ThemeName::Dark);
    }

    #[test]
    fn theme_is_mono_without_colors() {
        let settings = settings(ThemeName::Dark, false);
        assert_eq!(settings.appearance().theme, ThemeName::Mono);
    }

    #[test]
    fn poll_interval_is_stretched_only_by_the_rate_limit() {
        let settings = settings(ThemeName::Auto, true);
        assert_eq!(settings.stretched_interval(100), None);
        let stretched = settings.stretched_interval(1_500);
        assert_eq!(stretched.map(|it| it.as_secs()), Some(100));
    }
}
