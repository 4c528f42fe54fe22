//! A single line of text that is being typed, and the editing keys that single
//! lines and the multi-line text of the add form have in common.
//!
//! Both are text areas of `ratatui-textarea`. What is added here: a line never
//! contains a line break, and the cursor moves and deletes by what a user sees
//! as one character (a grapheme), not by code point.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::hotglue::mask_api_keys;

/// The most characters of a paste that a line takes.
const MAX_PASTE: usize = 1_000;

/// A single line of text with a cursor.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineInput {
    area: TextArea<'static>,
}

impl LineInput {
    /// A line that contains this text, the cursor at its end.
    pub(crate) fn new(text: &str) -> Self {
        let mut input = Self {
            area: TextArea::new(vec![one_line(text).collect()]),
        };
        input.area.move_cursor(CursorMove::End);
        input
    }

    /// The text.
    pub(crate) fn value(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Whether the line is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.value().is_empty()
    }

    /// Handles an editing key and returns whether the text changed.
    pub(crate) fn on_key(&mut self, key: KeyEvent) -> bool {
        let breaks_line = match key.code {
            KeyCode::Enter | KeyCode::Tab | KeyCode::Char('\n' | '\r') => true,
            KeyCode::Char('m') => key.modifiers == KeyModifiers::CONTROL,
            _ => false,
        };
        if breaks_line {
            return false;
        }
        // The text area takes ctrl-u as undo; in a single line it clears it.
        if key.code == KeyCode::Char('u') && key.modifiers == KeyModifiers::CONTROL {
            self.area.select_all();
            return self.area.cut();
        }
        edit(&mut self.area, key)
    }

    /// Inserts pasted text at the cursor. API keys are masked, line breaks
    /// become spaces, other control characters are dropped.
    pub(crate) fn paste(&mut self, text: &str) {
        self.paste_unmasked(&mask_api_keys(text));
    }

    /// Inserts pasted text in which an API key may be meant.
    pub(in crate::app) fn paste_unmasked(&mut self, text: &str) {
        let text: String = one_line(text).take(MAX_PASTE).collect();
        self.area.insert_str(text);
    }

    /// The cells from the start of the line to the cursor.
    pub(crate) fn visual_cursor(&self) -> usize {
        self.before_cursor().width()
    }

    /// The cells to hide at the start of the line, so that the cursor is
    /// visible in a window of this width.
    pub(crate) fn visual_scroll(&self, width: usize) -> usize {
        let needed = self.visual_cursor().saturating_sub(width);
        let mut hidden = 0;
        for grapheme in self.before_cursor().graphemes(true) {
            if hidden >= needed {
                break;
            }
            hidden += grapheme.width();
        }
        hidden
    }

    /// Sets the text before and after the cursor.
    pub(in crate::app) fn set(&mut self, before: &str, after: &str) {
        let mut input = Self::new(before);
        input.area.insert_str(one_line(after).collect::<String>());
        let column = one_line(before).count();
        let column = u16::try_from(column).unwrap_or(u16::MAX);
        input.area.move_cursor(CursorMove::Jump(0, column));
        *self = input;
    }

    /// The text before and after the cursor.
    pub(in crate::app) fn around_cursor(&self) -> (&str, &str) {
        self.value().split_at(self.before_cursor().len())
    }

    fn before_cursor(&self) -> &str {
        let (_, column) = position(&self.area);
        let text = self.value();
        let end = text.char_indices().nth(column);
        &text[..end.map_or(text.len(), |(index, _)| index)]
    }
}

fn one_line(text: &str) -> impl Iterator<Item = char> {
    let text = text.trim_matches(['\n', '\r']);
    let spaced = text.chars().map(|c| if c == '\n' { ' ' } else { c });
    spaced.filter(|c| !c.is_control())
}

/// The cursor of a text area as line and column, both from 0, the column in
/// code points.
pub(in crate::app) fn position(area: &TextArea) -> (usize, usize) {
    let cursor = area.cursor();
    (cursor.0, cursor.1)
}

/// Handles an editing key and returns whether the text changed.
pub(in crate::app) fn edit(area: &mut TextArea, key: KeyEvent) -> bool {
    const ALT_GR: KeyModifiers = KeyModifiers::CONTROL.union(KeyModifiers::ALT);
    match (key.code, key.modifiers) {
        // Windows reports AltGr as ctrl and alt.
        (KeyCode::Char(c), ALT_GR) => {
            area.insert_char(c);
            true
        }
        (KeyCode::Delete, KeyModifiers::CONTROL) => area.delete_next_word(),
        _ => {
            let mut changed = false;
            for _ in 0..repetitions(area, key) {
                changed |= area.input(key);
            }
            changed
        }
    }
}

/// How often a key is repeated to pass a whole grapheme.
fn repetitions(area: &TextArea, key: KeyEvent) -> usize {
    let is_control = key.modifiers == KeyModifiers::CONTROL;
    let is_plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
    let (backward, deletes) = match key.code {
        KeyCode::Backspace if is_plain => (true, true),
        KeyCode::Delete if is_plain => (false, true),
        KeyCode::Left if is_plain => (true, false),
        KeyCode::Right if is_plain => (false, false),
        KeyCode::Char('h') if is_control => (true, true),
        KeyCode::Char('d') if is_control => (false, true),
        KeyCode::Char('b') if is_control => (true, false),
        KeyCode::Char('f') if is_control => (false, false),
        _ => return 1,
    };
    if deletes && area.is_selecting() {
        return 1;
    }
    let (row, column) = position(area);
    let line = area.lines().get(row).map_or("", String::as_str);
    let index = line.char_indices().nth(column);
    let (before, after) = line.split_at(index.map_or(line.len(), |(index, _)| index));
    let grapheme = if backward {
        before.graphemes(true).next_back()
    } else {
        after.graphemes(true).next()
    };
    grapheme.map_or(1, |grapheme| grapheme.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARENTS: &str = "👩\u{200d}👩\u{200d}👧";

    fn press(input: &mut LineInput, code: KeyCode, modifiers: KeyModifiers) -> bool {
        input.on_key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn editing_keys_work() {
        let (none, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        let alt = KeyModifiers::ALT;
        let cases: [(&[(KeyCode, KeyModifiers)], &str); 14] = [
            (&[(KeyCode::Char('!'), none)], "one two!"),
            (&[(KeyCode::Char('X'), KeyModifiers::SHIFT)], "one twoX"),
            (&[(KeyCode::Char('@'), control | alt)], "one two@"),
            (&[(KeyCode::Backspace, none)], "one tw"),
            (&[(KeyCode::Char('h'), control)], "one tw"),
            (&[(KeyCode::Backspace, alt)], "one "),
            (&[(KeyCode::Char('w'), control)], "one "),
            (&[(KeyCode::Char('u'), control)], ""),
            (&[(KeyCode::Home, none), (KeyCode::Delete, none)], "ne two"),
            (
                &[(KeyCode::Char('a'), control), (KeyCode::Delete, control)],
                " two",
            ),
            (
                &[(KeyCode::Left, none), (KeyCode::Char('k'), control)],
                "one tw",
            ),
            (
                &[(KeyCode::Left, control), (KeyCode::Char('k'), control)],
                "one ",
            ),
            (
                &[
                    (KeyCode::Char('u'), control),
                    (KeyCode::Char('y'), control),
                    (KeyCode::Char('y'), control),
                ],
                "one twoone two",
            ),
            (
                &[
                    (KeyCode::Home, none),
                    (KeyCode::Right, control),
                    (KeyCode::Char('e'), control),
                    (KeyCode::Char('b'), control),
                    (KeyCode::Char('f'), control),
                    (KeyCode::End, none),
                    (KeyCode::Char('.'), none),
                ],
                "one two.",
            ),
        ];
        for (keys, expected) in cases {
            let mut input = LineInput::new("one two");
            for (code, modifiers) in keys {
                press(&mut input, *code, *modifiers);
            }
            assert_eq!(input.value(), expected, "{keys:?}");
        }
    }

    #[test]
    fn line_never_contains_a_line_break() {
        let mut input = LineInput::new("a\nb");
        assert_eq!(input.value(), "a b");
        for (code, modifiers) in [
            (KeyCode::Enter, KeyModifiers::NONE),
            (KeyCode::Enter, KeyModifiers::ALT),
            (KeyCode::Char('m'), KeyModifiers::CONTROL),
            (KeyCode::Char('\n'), KeyModifiers::NONE),
            (KeyCode::Tab, KeyModifiers::NONE),
        ] {
            assert!(!press(&mut input, code, modifiers));
        }
        input.paste("\r\nc\r\nd\u{1b}[31m\n");
        assert_eq!(input.value(), "a bc d[31m");
        input.paste("x-api-key: K");
        assert_eq!(input.value(), "a bc d[31mx-api-key: ••••");
        input = LineInput::new("a bc d[31m");
        input.paste(&"x".repeat(5_000));
        assert_eq!(input.value().len(), 1_010);
    }

    #[test]
    fn cursor_moves_by_grapheme() {
        let mut input = LineInput::new(&format!("a{PARENTS}e\u{301}"));
        press(&mut input, KeyCode::Left, KeyModifiers::NONE);
        assert_eq!(input.visual_cursor(), 3);
        press(&mut input, KeyCode::Left, KeyModifiers::NONE);
        assert_eq!(input.visual_cursor(), 1);
        press(&mut input, KeyCode::Delete, KeyModifiers::NONE);
        assert_eq!(input.value(), "ae\u{301}");
        press(&mut input, KeyCode::End, KeyModifiers::NONE);
        press(&mut input, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(input.value(), "a");
    }

    #[test]
    fn scrolling_keeps_the_cursor_visible_and_graphemes_whole() {
        let input = LineInput::new("日本語日本語");
        assert_eq!(input.visual_cursor(), 12);
        assert_eq!(input.visual_scroll(20), 0);
        assert_eq!(input.visual_scroll(5), 8);
        assert_eq!(input.visual_scroll(0), 12);
    }

    proptest! {
        #[test]
        fn keys_keep_one_line_and_a_valid_cursor(
            text in "\\PC{0,20}",
            keys in proptest::collection::vec((0..12_u8, 0..4_u8), 0..30),
        ) {
            let mut input = LineInput::new(&text);
            for (code, modifiers) in keys {
                let code = match code {
                    0 => KeyCode::Backspace,
                    1 => KeyCode::Delete,
                    2 => KeyCode::Left,
                    3 => KeyCode::Right,
                    4 => KeyCode::Home,
                    5 => KeyCode::End,
                    6 => KeyCode::Enter,
                    7 => KeyCode::Up,
                    8 => KeyCode::Char('w'),
                    9 => KeyCode::Char('y'),
                    10 => KeyCode::Char('日'),
                    _ => KeyCode::Char('u'),
                };
                press(&mut input, code, KeyModifiers::from_bits_truncate(modifiers));
                prop_assert_eq!(input.area.lines().len(), 1);
                prop_assert!(input.visual_cursor() <= input.value().width());
                prop_assert!(input.visual_scroll(5) <= input.visual_cursor());
            }
        }
    }
}
