//! Lines of text in spans, each with a severity. The theme decides how a
//! severity looks.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::hotglue::State;

/// The width of a column of stages, in cells.
pub(super) const STAGE_WIDTH: usize = 9;

/// What a span of text means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Ordinary text.
    Plain,
    /// Text that is less important than the rest.
    Dim,
    /// A heading.
    Heading,
    /// The name of a value.
    Label,
    /// An error.
    Bad,
    /// A warning.
    Warning,
    /// Text about a job in this state.
    State(State),
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyledSpan {
    /// The text.
    pub(crate) text: String,
    /// What the text means.
    pub(crate) severity: Severity,
}

/// A line of spans.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(pub Vec<StyledSpan>);

impl Line {
    pub(super) fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self(vec![StyledSpan {
            text: text.into(),
            severity,
        }])
    }

    pub(super) fn and(mut self, severity: Severity, text: impl Into<String>) -> Self {
        self.0.push(StyledSpan {
            text: text.into(),
            severity,
        });
        self
    }

    /// The text of all spans.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect()
    }
}

/// Breaks text into lines of at most `width` cells, between words where
/// possible.
pub(crate) fn wrap(text: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut cells = 0;
        for word in paragraph.split_word_bounds() {
            let wide = word.width();
            if cells + wide > width && !word.trim().is_empty() {
                if cells > 0 {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    cells = 0;
                }
                if wide > width {
                    for grapheme in word.graphemes(true) {
                        if cells + grapheme.width() > width {
                            lines.push(std::mem::take(&mut line));
                            cells = 0;
                        }
                        line.push_str(grapheme);
                        cells += grapheme.width();
                    }
                    continue;
                }
            }
            line.push_str(word);
            cells += wide;
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\n  indented", 20), ["a", "", "  indented"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_the_width(text in "\\PC{0,60}", width in 4_u16..30) {
            for line in wrap(&text, width) {
                proptest::prop_assert!(line.width() <= usize::from(width), "{line:?}");
            }
        }
    }
}
