//! The bytes of a terminal parsed into events.
//!
//! Single keys and mouse events are parsed by `terminput`. Bracketed paste is
//! handled here, because hgtop must survive pastes that no well-behaved terminal
//! sends:
//!
//! - A paste whose end marker never arrives is finished after a pause, and what
//!   exceeds the size limit is dropped. Keys work again afterwards.
//! - Text that itself contains the end marker would otherwise continue as key
//!   presses. The paste therefore ends at the last end marker before a pause:
//!   the terminal sends its own marker after all of the text.

use std::time::Duration;

use crossterm::event::Event;
use terminput_crossterm::to_crossterm;

const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";
/// The most bytes of a paste; what exceeds them is dropped.
const MAX_PASTE: usize = 16 * 1024 * 1024;
/// The most bytes of one key or mouse event; longer sequences are dropped.
const MAX_SEQUENCE: usize = 64;
/// A pause of this length finishes a paste whose end marker has arrived.
const PAUSE_AFTER_END: Duration = Duration::from_millis(30);
/// A pause of this length finishes a paste whose end marker has not arrived.
const PAUSE_WITHOUT_END: Duration = Duration::from_secs(1);

/// Parses the bytes of a terminal.
#[derive(Debug, Default)]
pub struct InputParser {
    /// The start of a sequence that is not complete yet.
    sequence: Vec<u8>,
    paste: Option<Paste>,
}

/// Pasted text, and what was typed after it.
#[derive(Debug, PartialEq, Eq)]
pub struct Pasted {
    /// The text.
    pub text: String,
    /// Whether the paste surely ended here: its end marker was the last input
    /// before the pause. Otherwise, what follows may be more of its text.
    pub is_complete: bool,
    /// What followed the end marker without a pause.
    pub typed: Vec<Event>,
}

/// A paste that has not finished.
#[derive(Debug, Default)]
struct Paste {
    /// The bytes after the start marker, end markers included.
    bytes: Vec<u8>,
    /// Where the last end marker starts.
    end: Option<usize>,
    /// Whether bytes were dropped.
    is_truncated: bool,
}

impl InputParser {
    /// Parses bytes that were read. `more` says whether further bytes are
    /// known to follow, so that an escape at the end is not parsed as the key.
    pub fn parse(&mut self, bytes: &[u8], more: bool) -> Vec<Event> {
        let mut events = Vec::new();
        self.parse_into(bytes, more, &mut events);
        events
    }

    /// How long the input must pause before [`pause`](Self::pause) is due;
    /// `None` if it never is.
    pub fn pause_needed(&self) -> Option<Duration> {
        let paste = self.paste.as_ref()?;
        Some(match paste.end {
            Some(_) => PAUSE_AFTER_END,
            None => PAUSE_WITHOUT_END,
        })
    }

    /// Finishes a paste after the input has paused; `None` if there is none.
    pub fn pause(&mut self) -> Option<Pasted> {
        let paste = self.paste.take()?;
        let has_end = paste.end.is_some() && !paste.is_truncated;
        let (text, keys) = paste.finish();
        let mut typed = Vec::new();
        self.parse_into(&keys, false, &mut typed);
        Some(Pasted {
            text,
            is_complete: has_end && keys.is_empty(),
            typed,
        })
    }

    fn parse_into(&mut self, bytes: &[u8], more: bool, events: &mut Vec<Event>) {
        for (index, byte) in bytes.iter().enumerate() {
            if let Some(paste) = &mut self.paste {
                paste.extend(&bytes[index..]);
                return;
            }
            let more = more || index + 1 < bytes.len();
            self.sequence.push(*byte);
            if self.sequence == PASTE_START {
                self.sequence.clear();
                self.paste = Some(Paste::default());
                continue;
            }
            if self.sequence == b"\x1b" && more {
                continue;
            }
            if is_mouse_outside(&self.sequence) {
                self.sequence.clear();
                continue;
            }
            match terminput::Event::parse_from(&self.sequence) {
                Ok(None) if self.sequence.len() < MAX_SEQUENCE => {}
                Ok(None) | Err(_) => self.sequence.clear(),
                Ok(Some(event)) => {
                    self.sequence.clear();
                    events.extend(to_crossterm(event));
                }
            }
        }
    }
}

/// Whether a sequence is a mouse event in column or row 0. Both count from 1,
/// and `terminput` panics on a 0.
fn is_mouse_outside(sequence: &[u8]) -> bool {
    let Some(rest) = sequence.strip_prefix(b"\x1b[") else {
        return false;
    };
    let Some((b'M' | b'm', numbers)) = rest.split_last() else {
        return false;
    };
    let mut coordinates = numbers.split(|byte| *byte == b';').skip(1);
    coordinates.any(|digits| str::from_utf8(digits).is_ok_and(|digits| digits.parse() == Ok(0_u16)))
}

impl Paste {
    fn extend(&mut self, bytes: &[u8]) {
        let room = MAX_PASTE.saturating_sub(self.bytes.len());
        self.is_truncated |= bytes.len() > room;
        // An end marker may have begun in the bytes before.
        let searched = self.bytes.len().saturating_sub(PASTE_END.len() - 1);
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        let mut windows = self.bytes[searched..].windows(PASTE_END.len());
        if let Some(index) = windows.rposition(|window| window == PASTE_END) {
            self.end = Some(searched + index);
        }
    }

    /// The pasted text, and the bytes of keys that were pressed after it.
    fn finish(self) -> (String, Vec<u8>) {
        let (text, keys) = match self.end {
            Some(end) => (&self.bytes[..end], &self.bytes[end + PASTE_END.len()..]),
            None => (&self.bytes[..], &[][..]),
        };
        let keys = if self.is_truncated { &[] } else { keys };
        let text = String::from_utf8_lossy(text);
        (without_markers(&text), keys.to_vec())
    }
}

/// Removes the markers of a paste from a text, also those that the removal of
/// another one forms.
fn without_markers(text: &str) -> String {
    let markers = [PASTE_START, PASTE_END];
    let mut kept = String::with_capacity(text.len());
    for part in text.split_inclusive('~') {
        kept.push_str(part);
        if let Some(marker) = markers.iter().find(|it| kept.as_bytes().ends_with(it)) {
            kept.truncate(kept.len() - marker.len());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEventKind};

    use super::*;

    fn key(code: KeyCode) -> Event {
        Event::Key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    fn complete(text: &str) -> Pasted {
        Pasted {
            text: text.to_owned(),
            is_complete: true,
            typed: Vec::new(),
        }
    }

    fn incomplete(text: &str, typed: &[Event]) -> Pasted {
        Pasted {
            text: text.to_owned(),
            is_complete: false,
            typed: typed.to_vec(),
        }
    }

    #[test]
    fn keys_and_mouse_events_are_parsed() {
        let mut parser = InputParser::default();
        let events = parser.parse(
            "a\r\x1b[A\x1bOP日\x1b[<64;10;5M\x1b[I\x03".as_bytes(),
            false,
        );
        assert_eq!(
            events[..5],
            [
                key(KeyCode::Char('a')),
                key(KeyCode::Enter),
                key(KeyCode::Up),
                key(KeyCode::F(1)),
                key(KeyCode::Char('日'))
            ]
        );
        let Event::Mouse(mouse) = &events[5] else {
            panic!("{events:?}")
        };
        assert_eq!((mouse.kind, mouse.column), (MouseEventKind::ScrollUp, 9));
        assert_eq!(events[6], Event::FocusGained);
        let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(events[7..], [Event::Key(control_c)]);
    }

    #[test]
    fn escape_is_a_key_unless_more_bytes_follow() {
        let mut parser = InputParser::default();
        assert_eq!(parser.parse(b"\x1b", false), [key(KeyCode::Esc)]);
        assert_eq!(parser.parse(b"\x1b", true), []);
        assert_eq!(parser.parse(b"[B", false), [key(KeyCode::Down)]);
    }

    #[test]
    fn mouse_event_outside_of_the_window_is_dropped() {
        for sequence in ["\x1b[<0;0;5M", "\x1b[<0;10;00m", "\x1b[32;0;0M"] {
            let mut parser = InputParser::default();
            assert_eq!(parser.parse(sequence.as_bytes(), false), [], "{sequence:?}");
            assert_eq!(parser.parse(b"q", false), [key(KeyCode::Char('q'))]);
        }
    }

    #[test]
    fn unknown_sequences_are_dropped_and_keys_work_afterwards() {
        let mut parser = InputParser::default();
        let endless = [b"\x1b[".as_slice(), &b"1;".repeat(500), b"q"].concat();
        parser.parse(&endless, false);
        assert_eq!(
            parser.parse(b"q", false).last(),
            Some(&key(KeyCode::Char('q')))
        );
        parser.parse(b"\x1b[?1;2c", false);
        assert_eq!(parser.parse(b"q", false), [key(KeyCode::Char('q'))]);
    }

    #[test]
    fn paste_is_one_event_wherever_its_bytes_are_split() {
        let bytes = "\x1b[200~acme\r\n日本\x1b[201~".as_bytes();
        for split in 0..bytes.len() {
            let mut parser = InputParser::default();
            let mut events = parser.parse(&bytes[..split], true);
            events.extend(parser.parse(&bytes[split..], false));
            assert_eq!(events, [], "{split}");
            assert_eq!(parser.pause_needed(), Some(PAUSE_AFTER_END), "{split}");
            assert_eq!(parser.pause(), Some(complete("acme\r\n日本")), "{split}");
            assert_eq!(parser.pause_needed(), None);
        }
    }

    #[test]
    fn key_pressed_right_after_a_paste_is_a_key() {
        let mut parser = InputParser::default();
        assert_eq!(parser.parse(b"\x1b[200~text\x1b[201~q", false), []);
        let typed = [key(KeyCode::Char('q'))];
        assert_eq!(parser.pause(), Some(incomplete("text", &typed)));
    }

    #[test]
    fn pasted_end_marker_does_not_turn_the_rest_into_keys() {
        let mut parser = InputParser::default();
        parser.parse(b"\x1b[200~one\x1b[201~d\r\x1b[200~two", true);
        parser.parse(b"\x1b[201~q\r\x1b[201~", false);
        assert_eq!(parser.pause(), Some(complete("oned\rtwoq\r")));
    }

    #[test]
    fn markers_within_markers_are_removed() {
        let mut parser = InputParser::default();
        parser.parse(b"\x1b[200~a\x1b[20\x1b[201~0~b\x1b[200\x1b[200~~c", true);
        parser.parse(PASTE_END, false);
        assert_eq!(parser.pause(), Some(complete("abc")));
    }

    #[test]
    fn paste_without_end_is_finished_by_a_pause() {
        let mut parser = InputParser::default();
        parser.parse(b"\x1b[200~never ending", false);
        assert_eq!(parser.pause_needed(), Some(PAUSE_WITHOUT_END));
        assert_eq!(parser.pause(), Some(incomplete("never ending", &[])));
        assert_eq!(parser.parse(b"q", false), [key(KeyCode::Char('q'))]);
    }

    #[test]
    fn paste_is_bounded() {
        let mut parser = InputParser::default();
        parser.parse(PASTE_START, true);
        for _ in 0..17 {
            parser.parse(&b"x".repeat(1024 * 1024), true);
        }
        parser.parse(b"\x1b[201~d\r", false);
        assert_eq!(
            parser.pause(),
            Some(incomplete(&"x".repeat(MAX_PASTE), &[]))
        );
        assert_eq!(parser.parse(b"q", false), [key(KeyCode::Char('q'))]);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_parsed_and_the_next_key_still_works(
            chunks in proptest::collection::vec(
                proptest::collection::vec(
                    proptest::prop_oneof![
                        proptest::prelude::any::<u8>(),
                        proptest::prelude::Just(0x1b),
                        proptest::prelude::Just(b'['),
                        proptest::prelude::Just(b';'),
                    ],
                    0..40,
                ),
                0..6,
            ),
        ) {
            let mut parser = InputParser::default();
            for chunk in &chunks {
                parser.parse(chunk, false);
                parser.pause();
            }
            let mut working = false;
            for _ in 0..=MAX_SEQUENCE {
                working |= parser.parse(b"q", false) == [key(KeyCode::Char('q'))];
            }
            proptest::prop_assert!(working);
        }
    }
}
