//! Untrusted text, cleaned for display.
//!
//! Messages of jobs are error texts of third parties: they may contain escape
//! sequences, bidirectional overrides, or a megabyte of combining marks in one
//! cell. Every such string becomes a [`Text`] where it enters the program.

use std::fmt;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

/// The longest text that is kept, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 64 * 1024;
/// The text shown in place of an API key.
pub(super) const MASKED: &str = "••••";
/// The number of combining marks kept on one character.
const MAX_MARKS: usize = 4;

/// A string without control characters, escape sequences, bidirectional
/// controls or invisible characters; line breaks are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Cleans a string, keeping at most `MAX_TEXT_BYTES` of it.
    pub fn new(untrusted: &str) -> Self {
        Self::cut(untrusted, MAX_TEXT_BYTES)
    }

    /// Cleans a string, keeping at most `limit` bytes and a note of how many
    /// were cut.
    pub(crate) fn cut(untrusted: &str, limit: usize) -> Self {
        // Most texts are plain ASCII and need no cleaning.
        let is_plain = |byte| matches!(byte, b' '..=b'~' | b'\n');
        if untrusted.len() <= limit && untrusted.bytes().all(is_plain) {
            return Self(Arc::from(untrusted));
        }
        let mut clean = String::with_capacity(untrusted.len().min(limit));
        let mut marks = 0;
        let mut characters = untrusted.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if clean.len() >= limit {
                let more = untrusted.len() - at;
                clean.push_str(&format!(" … ({more} more bytes)"));
                break;
            }
            match c {
                '\r' if matches!(characters.peek(), Some((_, '\n'))) => {}
                '\n' => clean.push('\n'),
                '\t' => clean.push_str("    "),
                '\u{0}'..='\u{1f}' => clean.extend(char::from_u32(0x2400 + u32::from(c))),
                '\u{7f}' => clean.push('␡'),
                // Joiners and variation selectors only shape their neighbors.
                '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => {}
                _ if is_invisible(c) => clean.push('\u{fffd}'),
                _ if c.width() == Some(0) => {
                    marks += 1;
                    if marks <= MAX_MARKS && !clean.is_empty() {
                        clean.push(c);
                    }
                    continue;
                }
                _ => clean.push(c),
            }
            marks = 0;
        }
        Self(Arc::from(clean))
    }

    /// Returns the cleaned string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the string on one line, with `⏎` for its line breaks.
    pub(crate) fn one_line(&self) -> String {
        self.0.trim_end().replace('\n', " ⏎ ")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a character is invisible on a screen, or controls it: control,
/// bidirectional, zero-width, tag and filler characters.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(Text::new("\u{1b}[2Jgone\u{7}").as_str(), "␛[2Jgone␇");
        assert_eq!(
            Text::new("a\u{202e}b\u{9b}c").as_str(),
            "a\u{fffd}b\u{fffd}c"
        );
        assert_eq!(Text::new("one\r\ntwo\tthree").as_str(), "one\ntwo    three");
        assert_eq!(Text::new("one\ntwo\n").one_line(), "one ⏎ two");
    }

    #[test]
    fn combining_marks_are_limited() {
        let marks = format!("a{}", "\u{301}".repeat(500_000));
        assert_eq!(Text::new(&marks).as_str().chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn a_long_text_is_cut_with_a_note() {
        let text = Text::cut(&"x".repeat(100), 10);
        assert_eq!(text.as_str(), "xxxxxxxxxx … (90 more bytes)");
    }

    proptest! {
        #[test]
        fn cleaning_leaves_nothing_invisible_and_is_stable(untrusted in ".*") {
            let clean = Text::new(&untrusted);
            prop_assert!(clean.as_str().chars().all(|c| c == '\n' || !is_invisible(c)));
            prop_assert_eq!(Text::new(clean.as_str()), clean);
        }
    }
}
