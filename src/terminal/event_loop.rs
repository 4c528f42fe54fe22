//! The loop: wait for something to happen, apply it, draw.
//!
//! Generic over the backend, so that a test drives the whole program without
//! a terminal. There is no tick: the loop sleeps until a message comes or the
//! next label on the screen changes by time alone.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::{Effect, Message, Model, changes_screen, next_change, update};
use crate::ui;
use crate::watch::{Batch, Updates};

/// The most messages applied before the next frame is drawn.
const MOST_AT_ONCE: usize = 1_000;
/// News alone is drawn no more often than this; a key is drawn at once.
const FRAME: Duration = Duration::from_millis(30);

/// Something that comes in from outside.
#[derive(Debug, Clone)]
pub enum Input {
    /// For the model.
    Message(Message),
    /// The process is to stop until it is continued.
    Suspend,
    /// The process was continued.
    Resumed,
    /// The process is to end with this exit code.
    Terminate(i32),
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The person quit.
    Quit,
    /// A signal, or a lost terminal: the exit code for it.
    Signal(i32),
    /// The watcher is gone, which is a bug.
    WatcherLost,
}

/// What the loop asks of the world outside the model.
pub trait EffectRunner {
    /// Does something the model asked for.
    fn perform(&mut self, effect: Effect);
    /// Takes the terminal again after the process was stopped and continued.
    fn resumed(&mut self);
}

/// Runs the dashboard until it ends.
///
/// # Errors
/// When the backend cannot draw.
pub async fn run<B: Backend>(
    terminal: &mut Terminal<B>,
    model: &mut Model,
    mut inputs: impl Stream<Item = Input> + Unpin,
    updates: &mut Updates,
    outside: &mut impl EffectRunner,
    clock: impl Fn() -> Timestamp,
) -> Result<Ending, B::Error> {
    let mut is_drawn = false;
    let mut next_frame = Instant::now();
    loop {
        if !is_drawn {
            terminal.draw(|frame| ui::view(model, frame))?;
            next_frame = Instant::now() + FRAME;
        }
        is_drawn = true;
        let change = next_change(model);
        let wait = change.map(|at| clock().duration_until(at));
        let wait = wait.map(|wait| Duration::try_from(wait).unwrap_or_default());
        let mut next = tokio::select! {
            biased;
            input = inputs.next() => match input {
                Some(input) => input,
                None => return Ok(Ending::Signal(129)),
            },
            batch = news(updates, next_frame) => match batch {
                Some(batch) => Input::Message(Message::Watched(batch)),
                None => return Ok(Ending::WatcherLost),
            },
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => Input::Message(Message::Tick),
        };
        // What is there already goes into the same frame.
        for _ in 0..MOST_AT_ONCE {
            is_drawn &= match &next {
                Input::Message(message) => !changes_screen(model, message),
                _ => false,
            };
            let effects = match next {
                Input::Message(message) => update(model, clock(), message),
                Input::Suspend => vec![Effect::Suspend],
                Input::Resumed => {
                    outside.resumed();
                    redraw_all(terminal)?;
                    Vec::new()
                }
                Input::Terminate(code) => return Ok(Ending::Signal(code)),
            };
            for effect in effects {
                match effect {
                    Effect::Quit => return Ok(Ending::Quit),
                    Effect::Suspend => {
                        outside.perform(Effect::Suspend);
                        redraw_all(terminal)?;
                    }
                    effect => outside.perform(effect),
                }
            }
            next = match already_there(&mut inputs).await {
                Some(Some(input)) => input,
                Some(None) => return Ok(Ending::Signal(129)),
                None => break,
            };
        }
    }
}

/// What was learned, all that is there by the time of the next frame. May be
/// cancelled without loss.
async fn news(updates: &mut Updates, next_frame: Instant) -> Option<Batch> {
    sleep_until(next_frame).await;
    updates.recv().await
}

/// The next input if there is one already. It is asked for with the task's
/// own waker: an event stream remembers the waker of its last poll.
async fn already_there(inputs: &mut (impl Stream<Item = Input> + Unpin)) -> Option<Option<Input>> {
    poll_fn(|context| match inputs.poll_next_unpin(context) {
        Poll::Ready(input) => Poll::Ready(Some(input)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Makes the next frame draw every cell. `Terminal::clear` would ask the
/// terminal for its cursor, whose answer the keyboard's reader would take.
fn redraw_all<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), B::Error> {
    let size = terminal.size()?;
    terminal.resize(size.into())
}
