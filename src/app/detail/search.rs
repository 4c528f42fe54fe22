//! Text looked for in the lines of a pane.

use crate::app::input::LineInput;

/// A search: what is being typed, what is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The line being typed, while it is.
    pub input: Option<LineInput>,
    /// What is looked for, in lower case; empty for nothing.
    pub text: String,
}

impl Search {
    /// Whether a line holds the text.
    pub fn finds(&self, line: &str) -> bool {
        !self.text.is_empty() && line.to_lowercase().contains(&self.text)
    }
}
