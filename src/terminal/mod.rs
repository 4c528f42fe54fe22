//! The only code that touches the terminal: raw mode and back, events in,
//! frames out, the clipboard, and what signals do.

mod background;
mod event_loop;
mod frame_writer;
mod hangup;
mod notify;
mod session;
mod signals;

use std::io::{self, IsTerminal};

use crate::app::Display;

pub use background::BackgroundReply;
pub use event_loop::{EffectRunner, Ending, Input, run};
pub use session::{Session, install_panic_hook, keyboard};
pub use signals::signals;

/// Why there can be no dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoTerminal {
    /// Input or output leads elsewhere.
    #[error(
        "the dashboard needs a terminal, and {0} is none; in a script, use: hgtop status, or hgtop list"
    )]
    Redirected(&'static str),
    /// The terminal can do nothing.
    #[error(
        "the dashboard needs a terminal that can move its cursor (TERM is {0}); use: hgtop status, or hgtop list"
    )]
    Dumb(&'static str),
}

/// Checks that a dashboard can be shown.
///
/// # Errors
/// When standard input or output is no terminal, or a dumb one.
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

/// What the terminal can show, as far as the environment tells.
pub fn display(colors: bool) -> Display {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
    let locale = locale.iter().find(|value| !value.is_empty());
    // A bare container has no locale set at all, and shows UTF-8 well.
    let unicode = locale.is_none_or(|value| {
        let value = value.to_ascii_lowercase();
        value.contains("utf-8")
            || value.contains("utf8")
            || !matches!(value.as_str(), "c" | "posix")
    });
    let true_color = matches!(variable("COLORTERM").as_str(), "truecolor" | "24bit")
        || variable("TERM").contains("direct")
        || cfg!(windows);
    // Set by some terminals: foreground;background, by number.
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

/// The width of the terminal that standard output is, if it is one.
pub fn width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    crossterm::terminal::size()
        .ok()
        .map(|(width, _)| width)
        .filter(|width| *width > 0)
}
