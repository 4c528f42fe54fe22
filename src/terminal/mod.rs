//! The only code that touches the terminal: its mode, the events from it, the
//! frames to it, the clipboard, notifications, and signals.

mod background_reply;
mod event_loop;
mod frame_writer;
#[cfg(unix)]
mod input_parser;
mod key_presses;
mod keyboard;
mod notify;
mod session;
mod signals;

use std::io::{self, IsTerminal};

use crate::app::Display;

pub(crate) use background_reply::BackgroundReply;
pub use event_loop::{EffectRunner, Ending, Input, run};
#[cfg(unix)]
pub use input_parser::{InputParser, Pasted};
pub(crate) use key_presses::KeyPresses;
pub(crate) use keyboard::keyboard;
pub use session::{Session, install_panic_hook};
pub(crate) use signals::signals;

/// Why the dashboard cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTerminal {
    /// Input or output is redirected.
    #[error("{0} is not a terminal; in a script, use `hgtop status` or `hgtop list`")]
    Redirected(&'static str),
    /// The terminal cannot move its cursor.
    #[error(
        "the dashboard needs a terminal that can move its cursor (TERM is {0}); use `hgtop status` or `hgtop list`"
    )]
    Dumb(&'static str),
}

/// Checks that the dashboard can be shown.
///
/// # Errors
/// When standard input or output is not a terminal, or a dumb one.
pub fn check() -> Result<(), NoTerminal> {
    if !io::stdin().is_terminal() {
        return Err(NoTerminal::Redirected("standard input"));
    }
    if !io::stdout().is_terminal() {
        return Err(NoTerminal::Redirected("standard output"));
    }
    match std::env::var("TERM").as_deref() {
        Ok("dumb") => Err(NoTerminal::Dumb("dumb")),
        Err(_) | Ok("") if cfg!(unix) => Err(NoTerminal::Dumb("not set")),
        _ => Ok(()),
    }
}

/// Whether the terminal cannot move its cursor.
pub fn is_dumb() -> bool {
    std::env::var("TERM").is_ok_and(|term| term == "dumb")
}

/// What the terminal can show, according to the environment.
pub fn display(colors: bool) -> Display {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
    let locale = locale.iter().find(|value| !value.is_empty());
    // A bare container sets no locale, and shows UTF-8.
    let unicode = locale.is_none_or(|value| {
        let value = value.to_ascii_lowercase();
        value.contains("utf-8")
            || value.contains("utf8")
            || !matches!(value.as_str(), "c" | "posix")
    });
    let true_color = matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit")
        || variable("TERM").contains("direct")
        || cfg!(windows);
    // Set by some terminals: the numbers of the colors, foreground;background.
    let colorfgbg = variable("COLORFGBG");
    let light_background = colorfgbg
        .rsplit(';')
        .next()
        .and_then(|background| background.parse::<u8>().ok())
        .map(|background| matches!(background, 7 | 9..=15));
    Display {
        colors,
        true_color,
        unicode,
        light_background,
    }
}

/// The width of the terminal on standard output in cells; `None` without one.
pub fn width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    crossterm::terminal::size()
        .ok()
        .map(|(width, _)| width)
        .filter(|width| *width > 0)
}
