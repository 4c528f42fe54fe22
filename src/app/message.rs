//! What can happen to the model, and what it can ask for.

use crossterm::event::{KeyEvent, MouseEvent};

use super::Tone;
use crate::watch::{Batch, EnvironmentKey, JobKey};

/// Something happened.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed.
    Tick,
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The window has another size, in cells.
    Resize {
        /// Columns.
        width: u16,
        /// Lines.
        height: u16,
    },
    /// The watcher learned something.
    Watched(Batch),
    /// An environment's key could not be had, and why; or it is there now.
    KeyProblem(EnvironmentKey, Option<String>),
    /// The terminal told whether its background is light.
    Background {
        /// Whether it is.
        light: bool,
    },
    /// Something to tell the person in passing.
    Notice(Tone, String),
}

/// Something to be done outside the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back to the shell until the program is continued.
    Suspend,
    /// Ask about jobs now.
    PollNow(Vec<JobKey>),
    /// Ask about all jobs now, and try keys again that could not be had.
    PollAll,
    /// Stop polling, or go on.
    Pause(bool),
    /// Put text on the clipboard.
    Copy(String),
}
