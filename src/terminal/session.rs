//! Taking the terminal and giving it back, on every way out.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
};
use crossterm::{Command, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::background_reply;
use super::frame_writer::FrameWriter;
use super::notify::{self, TerminalFeatures};

/// The time that the event loop gets to end the process properly, before a
/// signal or a lost terminal ends it.
pub(super) const EXIT_GRACE: Duration = Duration::from_millis(700);
/// Saves the icon name and the title of the window on the terminal's stack
/// (xterm's window operations); crossterm has no command for it.
const SAVE_TITLE: &[u8] = b"\x1b[22;0t";
/// Restores the saved icon name and title.
const RESTORE_TITLE: &[u8] = b"\x1b[23;0t";

/// Whether the terminal is in the mode of the dashboard. The panic hook and
/// signals restore it from outside the session.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether a custom command has the terminal. The keyboard is not read then, and
/// the signals that the terminal sends are the command's.
static LENT: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());

/// Whether a custom command has the terminal.
pub(super) fn is_lent() -> bool {
    *LENT.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until no custom command has the terminal. Returns whether one had it.
pub(super) fn wait_while_lent() -> bool {
    let mut lent = LENT.0.lock().unwrap_or_else(PoisonError::into_inner);
    let was_lent = *lent;
    while *lent {
        lent = LENT.1.wait(lent).unwrap_or_else(PoisonError::into_inner);
    }
    was_lent
}

fn set_lent(lent: bool) {
    *LENT.0.lock().unwrap_or_else(PoisonError::into_inner) = lent;
    LENT.1.notify_all();
}

/// The terminal while the dashboard has it. Dropping it gives it back.
pub struct Session(());

#[expect(
    clippy::unused_self,
    reason = "only the holder of the session may write to the terminal"
)]
impl Session {
    /// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn take() -> io::Result<Self> {
        enter()?;
        Ok(Self(()))
    }

    /// Returns the surface that frames are drawn on.
    ///
    /// # Errors
    /// When the size of the terminal is unknown.
    pub fn surface(&self) -> io::Result<Terminal<CrosstermBackend<impl Write + use<>>>> {
        Terminal::new(CrosstermBackend::new(FrameWriter::new(tty()?)))
    }

    /// Queries the background color; the reply arrives with the key presses.
    pub(crate) fn query_background(&self) {
        send(background_reply::QUERY.as_bytes());
    }

    /// Copies text to the clipboard by OSC 52, which works over SSH too.
    pub(crate) fn copy(&self, text: &str) {
        send_command(&CopyToClipboard::to_clipboard_from(text));
    }

    /// Rings the bell, and shows a notification where the terminal supports it.
    pub(crate) fn notification(&self, text: &str) {
        send(&notify::notification(text, TerminalFeatures::detect()));
    }

    /// Sets the title of the window.
    pub(crate) fn set_title(&self, title: &str) {
        send_command(&SetTitle(notify::plain(title)));
    }

    /// Gives the terminal back, stops the process until it is continued, and
    /// takes the terminal again.
    #[cfg(unix)]
    pub(crate) fn suspend(&self) {
        use rustix::process::{Signal, getpid, kill_process};
        leave();
        // The process is alone in its foreground group.
        let _ = kill_process(getpid(), Signal::STOP);
        if let Err(error) = enter() {
            tracing::error!(%error, "the terminal cannot be taken again");
        }
    }

    /// Does nothing: this platform cannot suspend processes.
    #[cfg(not(unix))]
    pub(crate) fn suspend(&self) {}

    /// Gives the terminal back while `run` uses it, and takes it again.
    pub(crate) fn lend(&self, run: impl FnOnce()) {
        set_lent(true);
        leave();
        run();
        if let Err(error) = enter() {
            tracing::error!(%error, "the terminal cannot be taken again");
        }
        set_lent(false);
    }

    /// Takes the terminal again after the process was stopped from outside.
    pub(crate) fn retake(&self) {
        TAKEN.store(false, Ordering::SeqCst);
        let _ = enter();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        leave();
    }
}

/// Standard output without Rust's line buffer.
fn tty() -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd;
        io::stdout().as_fd().try_clone_to_owned().map(File::from)
    }
    #[cfg(windows)]
    {
        use std::os::windows::io::AsHandle;
        io::stdout()
            .as_handle()
            .try_clone_to_owned()
            .map(File::from)
    }
}

fn send(bytes: &[u8]) {
    if let Err(error) = tty().and_then(|mut tty| tty.write_all(bytes)) {
        tracing::warn!(%error, "the terminal cannot be written");
    }
}

fn send_command(command: &impl Command) {
    let mut bytes = String::new();
    if command.write_ansi(&mut bytes).is_ok() {
        send(bytes.as_bytes());
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(
        tty()?,
        EnterAlternateScreen,
        EnableMouseCapture,
        EnableBracketedPaste,
        EnableFocusChange,
        Hide
    )?;
    tty()?.write_all(SAVE_TITLE)
}

/// Gives the terminal back, if it is ours. Does as much as it can.
pub(super) fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // The mode first: it cannot block where the terminal no longer reads.
    let _ = disable_raw_mode();
    if let Ok(mut tty) = tty() {
        let _ = execute!(
            tty,
            DisableFocusChange,
            DisableBracketedPaste,
            DisableMouseCapture,
            Show,
            LeaveAlternateScreen
        );
        let _ = tty.write_all(RESTORE_TITLE);
    }
}

/// Makes a panic give the terminal back before it is reported.
///
/// A panic on the main thread, which draws, ends the process with 101. One on
/// another thread is logged; the code that waits for that task reports it.
pub fn install_panic_hook(log: Option<PathBuf>) {
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "hgtop crashed");
        if std::thread::current().id() != main {
            return;
        }
        leave();
        let log = log.as_ref().map_or_else(String::new, |path| {
            format!("\nThe log is in {}", path.display())
        });
        let _ = writeln!(io::stderr(), "hgtop crashed: {panic}{log}");
        std::process::exit(101);
    }));
}
