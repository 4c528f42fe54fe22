//! Signals from outside as inputs of the event loop.

use futures_util::Stream;
use tokio::sync::mpsc;

use super::event_loop::Input;

/// The signals as inputs of the event loop. One that asks to end ends the
/// process within a second even while the terminal takes no output.
#[cfg(unix)]
pub(crate) fn signals() -> impl Stream<Item = Input> + Unpin {
    use rustix::process::Signal;
    use tokio::signal::unix::{SignalKind, signal};

    use super::session::{self, EXIT_GRACE};
    use crate::app::Message;

    let (sender, receiver) = mpsc::unbounded_channel();
    let listen = |signal_number: Signal, input: fn(i32) -> Option<Input>| {
        let number = signal_number.as_raw();
        let sender = sender.clone();
        let Ok(mut stream) = signal(SignalKind::from_raw(number)) else {
            tracing::warn!(number, "a signal cannot be handled");
            return;
        };
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                // The terminal sends these to the command that has it, too.
                let is_from_terminal = [Signal::INT, Signal::QUIT, Signal::TSTP, Signal::CONT]
                    .iter()
                    .any(|signal| signal.as_raw() == number);
                if is_from_terminal && session::is_lent() {
                    continue;
                }
                let Some(input) = input(number) else { continue };
                let code = match input {
                    Input::Terminate(code) => Some(code),
                    _ => None,
                };
                let _ = sender.send(input);
                if let Some(code) = code {
                    tokio::time::sleep(EXIT_GRACE).await;
                    session::leave();
                    std::process::exit(code);
                }
            }
        });
    };
    for signal in [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM] {
        listen(signal, |number| Some(Input::Terminate(128 + number)));
    }
    listen(Signal::TSTP, |_| Some(Input::Suspend));
    listen(Signal::CONT, |_| Some(Input::Resumed));
    // Many changes in a row may arrive as one signal: the size now is what counts.
    listen(Signal::WINCH, |_| {
        let (width, height) = crossterm::terminal::size().ok()?;
        Some(Input::Message(Message::Resize { width, height }))
    });
    stream(receiver)
}

/// The signals as inputs of the event loop.
#[cfg(not(unix))]
pub(crate) fn signals() -> impl Stream<Item = Input> + Unpin {
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if !super::session::is_lent() {
                let _ = sender.send(Input::Terminate(130));
            }
        }
    });
    stream(receiver)
}

fn stream(mut receiver: mpsc::UnboundedReceiver<Input>) -> impl Stream<Item = Input> + Unpin {
    futures_util::stream::poll_fn(move |context| receiver.poll_recv(context))
}
