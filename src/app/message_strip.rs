//! The message of the selected job above the footer, in full where it fits.
//!
//! It is wrapped when the selection or the message changes, not for each frame,
//! and the strip keeps the height of the longest message so far, so that the
//! table does not move with the cursor.

use std::sync::Arc;

use ratatui::layout::Size;

use crate::app::detail::wrap;
use crate::app::jobs::Row;
use crate::hotglue::{FetchError, Job};
use crate::rollout::error_line;
use crate::watch::JobId;

/// The most characters that are read of a message for each cell of the strip: a
/// cell holds one character, and lines are broken early.
const CHARACTERS_PER_CELL: usize = 2;

/// The wrapped message of the selected job.
#[derive(Debug, Default)]
pub struct MessageStrip {
    shown: Option<Shown>,
    /// The lines of the message, its error line first.
    pub(crate) lines: Vec<String>,
    /// Whether the message has more lines than fit.
    pub(crate) is_cut: bool,
    size: Size,
    /// The most lines that a message had since the window has this size.
    tallest: u16,
}

/// What the lines were made from.
#[derive(Debug)]
struct Shown {
    id: JobId,
    job: Option<Arc<Job>>,
    error: Option<Arc<FetchError>>,
}

impl Shown {
    fn of(row: &Row) -> Self {
        let streak = row.snapshot.health.failure_streak.as_ref();
        Self {
            id: row.id,
            job: row.snapshot.job.clone(),
            error: streak.map(|streak| Arc::clone(&streak.error)),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        fn same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
            match (one, other) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            }
        }
        self.id == other.id
            && same(self.job.as_ref(), other.job.as_ref())
            && same(self.error.as_ref(), other.error.as_ref())
    }
}

impl MessageStrip {
    /// Wraps the message of the selected row into at most `most` lines.
    pub(in crate::app) fn update(&mut self, row: Option<&Row>, size: Size, most: u16) {
        if self.size != size {
            *self = Self {
                size,
                ..Self::default()
            };
        }
        let Some(row) = row else {
            self.shown = None;
            self.lines.clear();
            self.is_cut = false;
            return;
        };
        let shown = Shown::of(row);
        if self
            .shown
            .as_ref()
            .is_some_and(|known| known.is_same(&shown))
        {
            return;
        }
        self.shown = Some(shown);
        (self.lines, self.is_cut) = lines(row, size.width.saturating_sub(4), most);
        let height = u16::try_from(self.lines.len()).unwrap_or(most);
        self.tallest = self.tallest.max(height);
    }

    /// The lines that the messages so far need.
    pub(in crate::app) fn height(&self) -> u16 {
        self.tallest
    }
}

/// The error line and what else the message says, and whether lines are missing.
fn lines(row: &Row, width: u16, most: u16) -> (Vec<String>, bool) {
    let most = usize::from(most);
    let bound = most * usize::from(width) * CHARACTERS_PER_CELL;
    let mut text = String::new();
    if let Some(streak) = &row.snapshot.health.failure_streak {
        text.push_str(&streak.error.to_string());
        text.push('\n');
    }
    let message = row.job().and_then(|job| job.message.as_ref());
    let message = message.map_or("", |message| message.as_str());
    let first = error_line(message);
    text.push_str(first);
    let rest = message
        .lines()
        .filter(|line| !line.trim().is_empty() && line.trim() != first);
    for line in rest {
        if text.len() > bound {
            break;
        }
        text.push('\n');
        text.extend(line.chars().take(bound));
    }
    let mut lines = wrap(&text, width);
    lines.retain(|line| !line.is_empty());
    let is_cut = lines.len() > most;
    lines.truncate(most);
    (lines, is_cut)
}
