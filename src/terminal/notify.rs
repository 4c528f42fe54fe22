//! Reaching a person who does not look: notifications, the bell, the title of
//! the window.
//!
//! A terminal that does not know OSC 9 or OSC 777 passes them over. tmux lets
//! them through only in its own wrapping, and only with `allow-passthrough`;
//! the bell always comes through.

/// The title that the window had is put aside (xterm's window operations) …
pub(super) const KEEP_TITLE: &[u8] = b"\x1b[22;2t";
/// … and put back.
pub(super) const RESTORE_TITLE: &[u8] = b"\x1b[23;2t";

/// The most of a text that is told outside the window, in characters.
const MOST: usize = 200;

/// What the program runs in, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Around {
    tmux: bool,
    /// Terminals that know OSC 777 and take OSC 9 for progress or nothing.
    knows_777: bool,
}

impl Around {
    pub(super) fn here() -> Self {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let term = variable("TERM");
        Self {
            tmux: !variable("TMUX").is_empty(),
            knows_777: term.starts_with("rxvt")
                || term.starts_with("foot")
                || !variable("VTE_VERSION").is_empty(),
        }
    }
}

/// The bytes of a notification.
pub(super) fn notification(words: &str, around: Around) -> Vec<u8> {
    let words = plain(words);
    let command = if around.knows_777 {
        // Its fields are set apart by semicolons.
        format!("\x1b]777;notify;hgtop;{}\x1b\\", words.replace(';', ","))
    } else {
        format!("\x1b]9;{words}\x1b\\")
    };
    let command = if around.tmux {
        format!("\x1bPtmux;{}\x1b\\", command.replace('\x1b', "\x1b\x1b"))
    } else {
        command
    };
    format!("{command}\x07").into_bytes()
}

/// The bytes that set the window's title.
pub(super) fn title(words: &str) -> Vec<u8> {
    format!("\x1b]2;{}\x1b\\", plain(words)).into_bytes()
}

/// Nothing in a text may end the command that carries it.
fn plain(words: &str) -> String {
    words
        .chars()
        .filter(|each| !each.is_control())
        .take(MOST)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: Around = Around {
        tmux: false,
        knows_777: false,
    };

    #[test]
    fn each_terminal_gets_what_it_knows_and_the_bell() {
        assert_eq!(notification("2 failed", BARE), b"\x1b]9;2 failed\x1b\\\x07");
        let vte = Around {
            knows_777: true,
            ..BARE
        };
        assert_eq!(
            notification("a; b", vte),
            b"\x1b]777;notify;hgtop;a, b\x1b\\\x07"
        );
        let tmux = Around { tmux: true, ..BARE };
        assert_eq!(
            notification("x", tmux),
            b"\x1bPtmux;\x1b\x1b]9;x\x1b\x1b\\\x1b\\\x07"
        );
    }

    #[test]
    fn no_text_ends_the_command_early() {
        let bytes = notification("x\x07\x1b]52;c;AAAA\x1b\\y\u{9c}", BARE);
        assert_eq!(bytes, b"\x1b]9;x]52;c;AAAA\\y\x1b\\\x07");
        assert!(title(&"t".repeat(999)).len() < 220);
    }
}
