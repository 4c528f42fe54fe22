//! What the user types, clicks and pastes, as inputs of the event loop.

use crossterm::event::Event;
use futures_util::Stream;
use tokio::sync::mpsc;

use super::background_reply::{BackgroundReply, ReplyEvent};
use super::event_loop::{Input, TERMINAL_LOST};
use super::session::{self, EXIT_GRACE};
use crate::app::Message;

/// Reads the terminal until the program ends, in a separate thread that sleeps
/// while nothing is typed.
pub(crate) fn keyboard(mut reply: BackgroundReply) -> impl Stream<Item = Input> + Unpin {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let read = move || {
        let result = reader::read(|event| {
            let input = match reply.filter(event) {
                ReplyEvent::Input(event) => input(event),
                ReplyEvent::Consumed => return true,
                ReplyEvent::Background { light } => Input::Message(Message::Background { light }),
            };
            sender.send(input).is_ok()
        });
        if let Err(error) = result {
            tracing::error!(%error, "the terminal can no longer be read");
            let _ = sender.send(Input::Terminate(TERMINAL_LOST));
            // The event loop may be blocked in writing to the terminal.
            std::thread::sleep(EXIT_GRACE);
            session::leave();
            std::process::exit(TERMINAL_LOST);
        }
    };
    let thread = std::thread::Builder::new().name("keyboard".to_owned());
    if let Err(error) = thread.spawn(read) {
        tracing::error!(%error, "the terminal cannot be read");
    }
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
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

#[cfg(unix)]
mod reader {
    use std::io::{self, Read};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::Event;
    use super::session;
    use crate::terminal::input_parser::InputParser;

    /// The most bytes of one read.
    const READ_SIZE: usize = 64 * 1024;

    /// Passes on events until `send` returns false.
    ///
    /// # Errors
    /// When the terminal cannot be read, because it is gone.
    pub(super) fn read(mut send: impl FnMut(Event) -> bool) -> io::Result<()> {
        // Unbuffered: what was read but not parsed must not be hidden from poll.
        let stdin = io::stdin();
        let mut terminal = std::fs::File::from(rustix::io::dup(&stdin)?);
        let mut parser = InputParser::default();
        let mut bytes = vec![0; READ_SIZE];
        loop {
            let events = if wait(&terminal, parser.pause_needed())? {
                if session::wait_while_lent() {
                    // What was typed is the command's.
                    continue;
                }
                let count = terminal.read(&mut bytes)?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                parser.parse(&bytes[..count], count == READ_SIZE)
            } else {
                parser.pause()
            };
            for event in events {
                if !send(event) {
                    return Ok(());
                }
            }
        }
    }

    /// Waits for input, at most for `timeout`, and returns whether there is some.
    fn wait(terminal: &std::fs::File, timeout: Option<std::time::Duration>) -> io::Result<bool> {
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let mut poll_fds = [PollFd::new(terminal, PollFlags::IN)];
        let ready = loop {
            match poll(&mut poll_fds, timeout.as_ref()) {
                Err(rustix::io::Errno::INTR) => {}
                ready => break ready?,
            }
        };
        let flags = poll_fds[0].revents();
        if flags.contains(PollFlags::IN) {
            return Ok(true);
        }
        if ready > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(false)
    }
}

#[cfg(not(unix))]
mod reader {
    use std::io;

    use super::Event;

    /// Passes on events until `send` returns false.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(super) fn read(mut send: impl FnMut(Event) -> bool) -> io::Result<()> {
        while send(crossterm::event::read()?) {}
        Ok(())
    }
}
