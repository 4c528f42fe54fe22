//! Foreign text made safe to show.
//!
//! Messages of jobs are the error texts of third parties: they may hold escape
//! sequences, bidirectional overrides, or a megabyte of combining marks in one
//! cell. Every such string passes through [`Text`] once, where it enters, and
//! is plain from then on.

use std::fmt;
use std::sync::Arc;

use unicode_width::UnicodeWidthChar;

/// The most of one text that is kept, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// The most marks kept on one character.
const MAX_MARKS: usize = 4;

/// A string without control characters, escape sequences, bidirectional
/// controls or invisible characters; line breaks are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Cleans a string, keeping at most [`MAX_TEXT_BYTES`] of it.
    pub fn new(foreign: &str) -> Self {
        Self::cut(foreign, MAX_TEXT_BYTES)
    }

    /// Cleans a string, keeping at most `limit` bytes and saying how much more
    /// there was.
    pub fn cut(foreign: &str, limit: usize) -> Self {
        let mut clean = String::with_capacity(foreign.len().min(limit));
        let mut marks = 0;
        let mut characters = foreign.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            if clean.len() >= limit {
                let more = foreign.len() - at;
                clean.push_str(&format!(" … ({more} more bytes are not kept)"));
                break;
            }
            match c {
                '\r' if matches!(characters.peek(), Some((_, '\n'))) => {}
                '\n' => clean.push('\n'),
                '\t' => clean.push_str("    "),
                '\u{0}'..='\u{1f}' => clean.extend(char::from_u32(0x2400 + u32::from(c))),
                '\u{7f}' => clean.push('␡'),
                // A joiner or a variation selector only shapes its neighbours.
                '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => {}
                _ if is_unseen(c) => clean.push('\u{fffd}'),
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

    /// The cleaned string.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The string on one line, its line breaks shown as `⏎`.
    pub fn one_line(&self) -> String {
        self.0.trim_end().replace('\n', " ⏎ ")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Whether a character leaves no mark of its own on a screen, or acts on it:
/// control, bidirectional, zero-width, tag and filler characters.
pub(crate) fn is_unseen(c: char) -> bool {
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
    fn escapes_become_visible() {
        assert_eq!(Text::new("\u{1b}[2Jgone\u{7}").as_str(), "␛[2Jgone␇");
        assert_eq!(
            Text::new("a\u{202e}b\u{9b}c").as_str(),
            "a\u{fffd}b\u{fffd}c"
        );
        assert_eq!(Text::new("one\r\ntwo\tthree").as_str(), "one\ntwo    three");
        assert_eq!(Text::new("one\ntwo\n").one_line(), "one ⏎ two");
    }

    #[test]
    fn a_tower_of_marks_is_cut() {
        let tower = format!("a{}", "\u{301}".repeat(500_000));
        assert_eq!(Text::new(&tower).as_str().chars().count(), 1 + MAX_MARKS);
    }

    #[test]
    fn a_long_text_says_what_is_missing() {
        let text = Text::cut(&"x".repeat(100), 10);
        assert_eq!(text.as_str(), "xxxxxxxxxx … (90 more bytes are not kept)");
    }

    proptest! {
        #[test]
        fn cleaning_leaves_nothing_unseen_and_is_stable(foreign in ".*") {
            let clean = Text::new(&foreign);
            prop_assert!(clean.as_str().chars().all(|c| c == '\n' || !is_unseen(c)));
            prop_assert_eq!(Text::new(clean.as_str()), clean);
        }
    }
}
