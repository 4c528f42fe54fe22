//! The event loop: waits for an input, applies it to the model, draws.
//!
//! Generic over the backend, so that a test drives the whole program without
//! a terminal. There is no tick: the loop sleeps until an input arrives or the
//! next label on the screen changes with time.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::MouseEvent;
use futures_util::{Stream, StreamExt};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::Backend;
use tokio::time::{Instant, sleep, sleep_until};

use crate::app::{Effect, Message, Model, changes_screen, next_change, update};
use crate::ui::{self, ScreenMap};
use crate::watch::{Batch, Updates};

/// The most inputs applied before the next frame is drawn.
const MAX_INPUTS_PER_FRAME: usize = 1_000;
/// The least time between two frames that only show updates of the watcher;
/// the frame after a key press never waits.
const FRAME_INTERVAL: Duration = Duration::from_millis(30);
/// The exit code when the terminal is gone: the one for SIGHUP.
pub(super) const TERMINAL_LOST: i32 = 129;

/// An input of the event loop.
#[derive(Debug, Clone)]
pub enum Input {
    /// A message for the model.
    Message(Message),
    /// A mouse event, to be resolved by what is on the screen.
    Mouse(MouseEvent),
    /// SIGTSTP: stop the process until it is continued.
    Suspend,
    /// SIGCONT: the process was continued.
    Resumed,
    /// End the process with this exit code.
    Terminate(i32),
}

/// Why the event loop stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The user quit.
    Quit,
    /// A signal, or a lost terminal: the exit code for it.
    Signal(i32),
    /// The watcher stopped, which is a bug.
    WatcherLost,
}

/// Runs the effects that the model requests.
pub trait EffectRunner {
    /// Runs one effect.
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
    effect_runner: &mut impl EffectRunner,
    clock: impl Fn() -> Timestamp,
) -> Result<Ending, B::Error> {
    let mut screen = ScreenMap::default();
    let mut is_drawn = false;
    let mut next_frame = Instant::now();
    loop {
        if !is_drawn {
            terminal.draw(|frame| screen = ui::view(model, frame))?;
            next_frame = Instant::now() + FRAME_INTERVAL;
        }
        is_drawn = true;
        let wait = next_change(model).map(|time| clock().duration_until(time));
        let wait = wait.map(|wait| Duration::try_from(wait).unwrap_or_default());
        let mut next = tokio::select! {
            biased;
            input = inputs.next() => match input {
                Some(input) => input,
                None => return Ok(Ending::Signal(TERMINAL_LOST)),
            },
            batch = next_batch(updates, next_frame) => match batch {
                Some(batch) => Input::Message(Message::Watched(batch)),
                None => return Ok(Ending::WatcherLost),
            },
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => {
                is_drawn = false;
                // Polls that confirm what is known wait for the clock.
                Input::Message(updates.take().map_or(Message::Tick, Message::Watched))
            }
        };
        // Inputs that have arrived already go into the same frame.
        for _ in 0..MAX_INPUTS_PER_FRAME {
            let message = match next {
                Input::Message(message) => Some(message),
                Input::Mouse(event) => screen.message(event),
                Input::Suspend => {
                    effect_runner.perform(Effect::Suspend);
                    redraw_all(terminal)?;
                    is_drawn = false;
                    None
                }
                Input::Resumed => {
                    effect_runner.resumed();
                    redraw_all(terminal)?;
                    is_drawn = false;
                    None
                }
                Input::Terminate(code) => return Ok(Ending::Signal(code)),
            };
            if let Some(message) = message {
                is_drawn &= !changes_screen(model, &message);
                for effect in update(model, clock(), message) {
                    match effect {
                        Effect::Quit => return Ok(Ending::Quit),
                        effect @ (Effect::Suspend | Effect::RunInTerminal(_)) => {
                            effect_runner.perform(effect);
                            redraw_all(terminal)?;
                        }
                        effect => effect_runner.perform(effect),
                    }
                }
            }
            next = match arrived(&mut inputs).await {
                Some(Some(input)) => input,
                Some(None) => return Ok(Ending::Signal(TERMINAL_LOST)),
                None => break,
            };
        }
    }
}

/// The updates of the watcher that have arrived by the time of the next frame.
/// Dropping the future loses none of them. Nothing wakes up for that time
/// unless there are some.
async fn next_batch(updates: &mut Updates, next_frame: Instant) -> Option<Batch> {
    updates.arrival().await;
    sleep_until(next_frame).await;
    updates.take()
}

/// The next input, if it has arrived already. It is polled with the task's own
/// waker, because an event stream keeps the waker of its last poll.
async fn arrived(inputs: &mut (impl Stream<Item = Input> + Unpin)) -> Option<Option<Input>> {
    poll_fn(|context| match inputs.poll_next_unpin(context) {
        Poll::Ready(input) => Poll::Ready(Some(input)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Makes the next frame draw every cell. `Terminal::clear` would ask the
/// terminal for its cursor position, and the keyboard would read the reply.
fn redraw_all<B: Backend>(terminal: &mut Terminal<B>) -> Result<(), B::Error> {
    let size = terminal.size()?;
    terminal.resize(size.into())
}
