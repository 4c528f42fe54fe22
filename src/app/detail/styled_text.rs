//! Lines of text with a tone for each piece; what a tone looks like is the
//! theme's affair.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::hotglue::State;

/// What a piece of text is to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Ordinary text.
    Plain,
    /// Less important than the rest.
    Dim,
    /// A heading.
    Heading,
    /// The name of a value.
    Label,
    /// Something wrong.
    Bad,
    /// Something to mind.
    Warning,
    /// Something of a job in that state.
    State(State),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyledSpan {
    /// What it says.
    pub text: String,
    /// How it is meant.
    pub severity: Severity,
}

/// A line of pieces.
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

    /// Its text without tones.
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// Breaks text into lines of at most `width` cells, at blanks where there are
/// some.
pub(super) fn wrap(text: &str, width: u16) -> Vec<String> {
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
    fn lines_break_at_blanks() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\n  indented", 20), ["a", "", "  indented"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_asked(text in "\\PC{0,60}", width in 4_u16..30) {
            for line in wrap(&text, width) {
                proptest::prop_assert!(line.width() <= usize::from(width), "{line:?}");
            }
        }
    }
}
