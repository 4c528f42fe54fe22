//! Notifications for a user who is not looking at the window.
//!
//! A terminal that knows neither OSC 9 nor OSC 777 ignores them. tmux passes
//! them on only in its own wrapping, and only with `allow-passthrough`; the bell
//! always arrives.

/// The most characters of a notification or a title.
const MAX_LENGTH: usize = 200;

/// The features of the terminal that notifications depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TerminalFeatures {
    tmux: bool,
    /// Whether it knows OSC 777; it then takes OSC 9 for progress or ignores it.
    osc_777: bool,
}

impl TerminalFeatures {
    /// Reads the features from the environment.
    pub(super) fn detect() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let term = variable("TERM");
        Self {
            tmux: !variable("TMUX").is_empty(),
            osc_777: term.starts_with("rxvt")
                || term.starts_with("foot")
                || !variable("VTE_VERSION").is_empty(),
        }
    }
}

/// The bytes of a notification and the bell.
pub(super) fn notification(text: &str, features: TerminalFeatures) -> Vec<u8> {
    let text = plain(text);
    let command = if features.osc_777 {
        // Semicolons separate the fields.
        format!("\x1b]777;notify;hgtop;{}\x1b\\", text.replace(';', ","))
    } else {
        format!("\x1b]9;{text}\x1b\\")
    };
    let command = if features.tmux {
        format!("\x1bPtmux;{}\x1b\\", command.replace('\x1b', "\x1b\x1b"))
    } else {
        command
    };
    format!("{command}\x07").into_bytes()
}

/// The text without characters that could end the command which carries it.
pub(super) fn plain(text: &str) -> String {
    let characters = text.chars().filter(|c| !c.is_control());
    characters.take(MAX_LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: TerminalFeatures = TerminalFeatures {
        tmux: false,
        osc_777: false,
    };

    #[test]
    fn notification_uses_the_command_that_the_terminal_knows() {
        let bytes = notification("2 failed", PLAIN);
        assert_eq!(bytes, b"\x1b]9;2 failed\x1b\\\x07");
        let vte = TerminalFeatures {
            osc_777: true,
            ..PLAIN
        };
        let bytes = notification("a; b", vte);
        assert_eq!(bytes, b"\x1b]777;notify;hgtop;a, b\x1b\\\x07");
        let tmux = TerminalFeatures {
            tmux: true,
            ..PLAIN
        };
        let bytes = notification("x", tmux);
        assert_eq!(bytes, b"\x1bPtmux;\x1b\x1b]9;x\x1b\x1b\\\x1b\\\x07");
    }

    #[test]
    fn text_cannot_end_its_command() {
        let bytes = notification("x\x07\x1b]52;c;AAAA\x1b\\y\u{9c}", PLAIN);
        assert_eq!(bytes, b"\x1b]9;x]52;c;AAAA\\y\x1b\\\x07");
        assert_eq!(plain(&"t".repeat(999)).len(), MAX_LENGTH);
    }
}
