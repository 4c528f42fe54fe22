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
        let result = reader::read(&mut reply, |input| sender.send(input).is_ok());
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

/// Turns an event into an input; `None` where it is part of the terminal's
/// reply.
fn input(reply: &mut BackgroundReply, event: Event) -> Option<Input> {
    let event = match reply.filter(event) {
        ReplyEvent::Input(event) => event,
        ReplyEvent::Consumed => return None,
        ReplyEvent::Background { light } => {
            return Some(Input::Message(Message::Background { light }));
        }
    };
    Some(Input::Message(match event {
        Event::Key(key) => Message::Key(key),
        Event::Mouse(mouse) => return Some(Input::Mouse(mouse)),
        Event::Paste(text) => Message::Paste(text),
        Event::Resize(width, height) => Message::Resize { width, height },
        Event::FocusGained => Message::Focus(true),
        Event::FocusLost => Message::Focus(false),
    }))
}

#[cfg(unix)]
mod reader {
    use std::io::{self, Read};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::session;
    use super::{BackgroundReply, Event, Input, Message, input};
    use crate::terminal::input_parser::{InputParser, Pasted};

    /// The most bytes of one read.
    const READ_SIZE: usize = 64 * 1024;

    /// Passes on inputs until `send` returns false.
    ///
    /// # Errors
    /// When the terminal cannot be read, because it is gone.
    pub(super) fn read(
        reply: &mut BackgroundReply,
        mut send: impl FnMut(Input) -> bool,
    ) -> io::Result<()> {
        // Unbuffered: what was read but not parsed must not be hidden from poll.
        let stdin = io::stdin();
        let mut terminal = std::fs::File::from(rustix::io::dup(&stdin)?);
        let mut parser = InputParser::default();
        let mut bytes = vec![0; READ_SIZE];
        loop {
            let (paste, events) = if wait(&terminal, parser.pause_needed())? {
                if session::wait_while_lent() {
                    // What was typed is the command's.
                    continue;
                }
                let count = terminal.read(&mut bytes)?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                (None, parser.parse(&bytes[..count], count == READ_SIZE))
            } else {
                parser.pause().map(inputs).unwrap_or_default()
            };
            let events = events.into_iter().filter_map(|event| input(reply, event));
            for input in paste.into_iter().chain(events) {
                if !send(input) {
                    return Ok(());
                }
            }
        }
    }

    /// The input of a paste, and the events of what was typed after it.
    pub(super) fn inputs(pasted: Pasted) -> (Option<Input>, Vec<Event>) {
        let message = if pasted.is_complete {
            Message::CompletePaste(pasted.text)
        } else {
            Message::Paste(pasted.text)
        };
        (Some(Input::Message(message)), pasted.typed)
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
    use std::time::Duration;

    use super::{BackgroundReply, Input, input, session};

    /// The longest time until the keyboard is left to a custom command that gets
    /// the terminal.
    const CHECK: Duration = Duration::from_millis(100);

    /// Passes on inputs until `send` returns false.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(super) fn read(
        reply: &mut BackgroundReply,
        mut send: impl FnMut(Input) -> bool,
    ) -> io::Result<()> {
        loop {
            session::wait_while_lent();
            if crossterm::event::poll(CHECK)?
                && !input(reply, crossterm::event::read()?).is_none_or(&mut send)
            {
                return Ok(());
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::terminal::input_parser::InputParser;

    fn pasted(bytes: &[u8]) -> Message {
        let mut parser = InputParser::default();
        parser.parse(bytes, false);
        match parser.pause().map(reader::inputs) {
            Some((Some(Input::Message(message)), _)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_paste_that_may_continue_is_collected_by_the_model() {
        let paste = pasted(b"\x1b[200~text\x1b[201~");
        assert!(matches!(paste, Message::CompletePaste(text) if text == "text"));
        for bytes in [b"\x1b[200~text".as_slice(), b"\x1b[200~text\x1b[201~d\r"] {
            assert!(matches!(pasted(bytes), Message::Paste(text) if text == "text"));
        }
    }
}
