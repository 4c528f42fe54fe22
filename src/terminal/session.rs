//! Taking the terminal and giving it back, on every way out.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture, Event, EventStream,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{Command, execute};
use futures_util::{Stream, StreamExt};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::background::{self, BackgroundReply, ReplyEvent};
use super::event_loop::Input;
use super::frame_writer::FrameWriter;
use super::hangup;
use super::notify;
use crate::app::Message;

/// Whether the terminal is ours now; the panic hook and signals ask.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal while the dashboard has it. Dropping it gives it back.
pub struct Session(());

impl Session {
    /// Takes the terminal: raw mode, alternate screen, mouse, bracketed paste.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn take() -> io::Result<Self> {
        enter()?;
        hangup::exit_on_hangup();
        Ok(Self(()))
    }

    /// A drawing surface on the terminal.
    ///
    /// # Errors
    /// When the terminal does not tell its size.
    pub fn surface(&self) -> io::Result<Terminal<CrosstermBackend<impl Write + use<>>>> {
        Terminal::new(CrosstermBackend::new(FrameWriter::new(tty()?)))
    }

    /// Asks the terminal for its background color; the answer comes in with
    /// the events.
    pub fn ask_for_background(&self) {
        send(background::QUESTION.as_bytes());
    }

    /// Puts text on the clipboard, by OSC 52, which works over SSH too.
    pub fn copy(&self, text: &str) {
        let mut command = String::new();
        // Writing to a string cannot fail.
        let _ =
            crossterm::clipboard::CopyToClipboard::to_clipboard_from(text).write_ansi(&mut command);
        send(command.as_bytes());
    }

    /// Tells the person outside the window: a notification where the terminal
    /// knows one, and the bell.
    pub fn notification(&self, words: &str) {
        send(&notify::notification(words, notify::Around::here()));
    }

    /// Gives the window another title.
    pub fn set_title(&self, title: &str) {
        send(&notify::title(title));
    }

    /// Gives the terminal back, stops the process until it is continued, and
    /// takes the terminal again.
    #[cfg(unix)]
    pub fn suspend(&self) {
        use rustix::process::{Signal, getpid, kill_process};
        leave();
        // The foreground group is stopped by its shell; this process is all of it.
        let _ = kill_process(getpid(), Signal::STOP);
        if let Err(error) = enter() {
            tracing::error!(%error, "the terminal could not be taken again");
        }
    }

    /// There is no suspending on this platform.
    #[cfg(not(unix))]
    pub fn suspend(&self) {}

    /// Takes the terminal again after the process was stopped from outside.
    pub fn retake(&self) {
        TAKEN.store(false, Ordering::SeqCst);
        let _ = enter();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        leave();
    }
}

/// Standard output without the buffer that Rust puts before it.
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
        tracing::warn!(%error, "the terminal takes no more");
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
    tty()?.write_all(notify::KEEP_TITLE)
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
        let _ = tty.write_all(notify::RESTORE_TITLE);
    }
}

/// Makes a panic give the terminal back before it is reported.
///
/// On the main thread, which draws, it ends the process with 101. Elsewhere
/// it is logged, and whoever waits for that task tells of it.
pub fn install_panic_hook(log: Option<PathBuf>) {
    let main = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!(%panic, "a bug in hgtop");
        if std::thread::current().id() != main {
            return;
        }
        leave();
        let log = log.as_ref().map_or_else(String::new, |path| {
            format!("\nThe log is {}", path.display())
        });
        let _ = writeln!(
            io::stderr(),
            "hgtop stumbled over a bug of its own: {panic}{log}"
        );
        std::process::exit(101);
    }));
}

/// What the person types, clicks and pastes.
pub fn keyboard(mut reply: BackgroundReply) -> impl Stream<Item = Input> + Unpin {
    EventStream::new().filter_map(move |event| {
        let input = match event {
            Ok(event) => match reply.sift(event) {
                ReplyEvent::Ordinary(event) => Some(input(event)),
                ReplyEvent::Swallowed => None,
                ReplyEvent::Light(light) => Some(Input::Message(Message::Background { light })),
            },
            Err(error) => {
                tracing::error!(%error, "the terminal can no longer be read");
                Some(Input::Terminate(129))
            }
        };
        std::future::ready(input)
    })
}

fn input(event: Event) -> Input {
    Input::Message(match event {
        Event::Key(key) => Message::Key(key),
        Event::Mouse(mouse) => return Input::Mouse(mouse),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(width, height) => Message::Resize { width, height },
        Event::FocusGained => Message::Focus(true),
        Event::FocusLost => Message::Focus(false),
    })
}
