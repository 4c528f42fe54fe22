//! The search in the detail pane.

use crate::app::input::LineInput;

/// The text that is searched for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Search {
    /// The text while it is being typed.
    pub(crate) input: Option<LineInput>,
    /// The text in lower case; empty for none.
    pub(crate) text: String,
}

impl Search {
    /// Whether a line contains the text, in any case.
    pub(crate) fn finds(&self, line: &str) -> bool {
        !self.text.is_empty() && line.to_lowercase().contains(&self.text)
    }
}
