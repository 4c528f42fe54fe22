//! The filter while it is typed: its text, the error in it, and completions.

use crossterm::event::{KeyCode, KeyEvent};

use crate::app::input::LineInput;
use crate::app::jobs::{Candidates, FilterError, Row, candidates};

/// The filter while it is typed. See the module's documentation.
#[derive(Debug)]
pub struct FilterInput {
    /// The text.
    pub(crate) line: LineInput,
    /// What is wrong with the text; the table keeps the last valid filter.
    pub(crate) error: Option<FilterError>,
    completion: Option<Completion>,
}

/// The completions of the word before the cursor, of which one is inserted.
#[derive(Debug)]
struct Completion {
    before: String,
    after: String,
    candidates: Candidates,
    index: usize,
}

impl FilterInput {
    /// The input with a filter to edit.
    pub(in crate::app) fn new(filter: &str) -> Self {
        Self {
            line: LineInput::new(filter),
            error: None,
            completion: None,
        }
    }

    /// The completions to show and the index of the one inserted.
    pub(crate) fn completions(&self) -> Option<(&[String], usize)> {
        let completion = self.completion.as_ref()?;
        Some((&completion.candidates.texts, completion.index))
    }

    /// Handles an editing key and returns whether the text changed.
    pub(in crate::app) fn on_key(&mut self, key: KeyEvent) -> bool {
        self.completion = None;
        self.line.on_key(key)
    }

    /// Whether a key completes the word before the cursor.
    pub(in crate::app) fn is_completion_key(key: KeyEvent) -> bool {
        matches!(key.code, KeyCode::Tab | KeyCode::BackTab)
    }

    /// Completes the word before the cursor, or replaces the completion by the
    /// next or previous one. Returns whether there is one.
    pub(in crate::app) fn complete<'a>(
        &mut self,
        forward: bool,
        rows: impl Iterator<Item = &'a Row>,
    ) -> bool {
        if let Some(completion) = &mut self.completion {
            let count = completion.candidates.texts.len();
            let step = if forward { 1 } else { count - 1 };
            completion.index = (completion.index + step) % count;
        } else {
            let (before, after) = self.line.around_cursor();
            let candidates = candidates(before, rows);
            let Some(last) = candidates.texts.len().checked_sub(1) else {
                return false;
            };
            self.completion = Some(Completion {
                before: before[..candidates.start].to_owned(),
                after: after.to_owned(),
                candidates,
                index: if forward { 0 } else { last },
            });
        }
        if let Some(completion) = &self.completion {
            let Completion { before, after, .. } = completion;
            let chosen = &completion.candidates.texts[completion.index];
            self.line.set(&format!("{before}{chosen}"), after);
        }
        // The only completion is final: the next one starts behind it.
        if self
            .completions()
            .is_some_and(|(texts, _)| texts.len() == 1)
        {
            self.completion = None;
        }
        true
    }
}
