//! Text looked for in the lines of a pane.

use tui_input::Input;

/// A search: what is being typed, what is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The line being typed, while it is.
    pub input: Option<Input>,
    /// What is looked for, in lower case; empty for nothing.
    pub text: String,
}

impl Search {
    /// Whether a line holds the text.
    pub fn finds(&self, line: &str) -> bool {
        !self.text.is_empty() && line.to_lowercase().contains(&self.text)
    }
}
