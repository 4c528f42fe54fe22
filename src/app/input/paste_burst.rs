//! Pasted text, collected until the paste has surely ended.
//!
//! A terminal marks where a paste ends with an escape sequence. If the pasted
//! text contains that sequence itself, the terminal may deliver what follows it
//! as key presses, and a text copied from a web page could remove jobs or
//! submit a form. What gives such keys away is that they follow the paste
//! without a pause. So a paste ends only once the program has been idle for a
//! moment; until then, keys are more of its text.
//!
//! The parser of the terminal's bytes waits for such a pause itself. What it
//! knows to be complete, [`Message::CompletePaste`](crate::app::Message), does
//! not wait here.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};

/// The pause that ends a paste, if the program is idle during it.
const PAUSE: SignedDuration = SignedDuration::from_millis(30);
/// The pause that ends a paste even though the program was busy, for example
/// with the paste itself.
const LONG_PAUSE: SignedDuration = SignedDuration::from_secs(1);
/// The paste, in bytes, that adds another [`LONG_PAUSE`] to it.
const BUSY_BYTES: usize = 1 << 20;
/// The most text that is collected from keys, in bytes.
const MAX_KEYS: usize = 1 << 20;

/// The paste that is being collected. See the module's documentation.
#[derive(Debug, Default)]
pub(in crate::app) struct PasteBurst {
    /// The time of the paste or of the last key collected; `None` while there
    /// is no paste.
    last: Option<Timestamp>,
    text: String,
    /// The bytes of the text that arrived as keys.
    from_keys: usize,
}

impl PasteBurst {
    /// Collects pasted text.
    pub(in crate::app) fn add(&mut self, now: Timestamp, text: String) {
        self.last = Some(now);
        if self.text.is_empty() {
            self.text = text;
        } else {
            self.text.push_str(&text);
        }
    }

    /// The time at which the paste ends if no more keys arrive.
    pub(in crate::app) fn deadline(&self) -> Option<Timestamp> {
        self.last?.checked_add(PAUSE).ok()
    }

    /// Whether the paste ends at an idle moment now.
    pub(in crate::app) fn ends_idle(&self, now: Timestamp) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Collects a key that belongs to the paste and returns whether it does. A
    /// key that is no text is dropped.
    pub(in crate::app) fn takes(&mut self, now: Timestamp, key: KeyEvent) -> bool {
        let Some(last) = self.last else { return false };
        let pause = now.duration_since(last);
        if pause.is_negative() || pause >= self.long_pause() {
            return false;
        }
        self.last = Some(now);
        let is_text = !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        let c = match key.code {
            KeyCode::Char(c) if is_text => c,
            // A line feed arrives as ctrl-j.
            KeyCode::Char('j') if key.modifiers == KeyModifiers::CONTROL => '\n',
            KeyCode::Enter => '\n',
            KeyCode::Tab => '\t',
            _ => return true,
        };
        if self.from_keys < MAX_KEYS {
            self.from_keys += c.len_utf8();
            self.text.push(c);
        }
        true
    }

    /// Ends the paste and returns its text; `None` if there is no paste.
    pub(in crate::app) fn end(&mut self) -> Option<String> {
        self.last.take()?;
        self.from_keys = 0;
        Some(std::mem::take(&mut self.text))
    }

    /// The pause that ends the paste even if the program was busy.
    fn long_pause(&self) -> SignedDuration {
        let megabytes = i32::try_from(self.text.len() / BUSY_BYTES).unwrap_or(i32::MAX);
        LONG_PAUSE * megabytes.saturating_add(1).min(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + milliseconds).unwrap()
    }

    fn key(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, modifiers)
    }

    #[test]
    fn keys_are_text_until_a_pause() {
        let mut burst = PasteBurst::default();
        let d = key(KeyCode::Char('d'), KeyModifiers::NONE);
        assert!(!burst.takes(at(0), d));
        burst.add(at(0), "pasted ".to_owned());
        for (index, (code, modifiers)) in [
            (KeyCode::Char('d'), KeyModifiers::NONE),
            (KeyCode::Enter, KeyModifiers::NONE),
            (KeyCode::Char('Y'), KeyModifiers::SHIFT),
            (KeyCode::Char('j'), KeyModifiers::CONTROL),
            (KeyCode::Char('s'), KeyModifiers::CONTROL),
            (KeyCode::Esc, KeyModifiers::NONE),
            (KeyCode::Tab, KeyModifiers::NONE),
        ]
        .into_iter()
        .enumerate()
        {
            let time = at(10 * i64::try_from(index).unwrap());
            assert!(burst.takes(time, key(code, modifiers)));
            assert_eq!(burst.deadline(), Some(time + PAUSE));
        }
        assert!(!burst.ends_idle(at(80)));
        assert!(burst.ends_idle(at(90)));
        assert_eq!(burst.end().unwrap(), "pasted d\nY\n\t");
        assert!(!burst.takes(at(91), d));
        assert_eq!(burst.end(), None);
        burst.add(at(0), "a".to_owned());
        burst.add(at(5), "b".to_owned());
        assert_eq!(burst.deadline(), Some(at(35)));
        assert_eq!(burst.end().unwrap(), "ab");
    }

    #[test]
    fn keys_after_a_busy_second_are_text_only_if_the_paste_was_large() {
        let d = key(KeyCode::Char('d'), KeyModifiers::NONE);
        let mut burst = PasteBurst::default();
        burst.add(at(0), "x".repeat(100));
        assert!(burst.takes(at(900), d));
        assert!(!burst.takes(at(1_900), d));
        burst.end();
        burst.add(at(0), "x".repeat(5 << 20));
        assert!(burst.takes(at(5_900), d));
        assert!(!burst.takes(at(-1), d));
    }

    #[test]
    fn text_from_keys_is_bounded() {
        let mut burst = PasteBurst::default();
        burst.add(at(0), "x".to_owned());
        for _ in 0..MAX_KEYS + 10 {
            burst.takes(at(0), key(KeyCode::Char('x'), KeyModifiers::NONE));
        }
        assert_eq!(burst.end().unwrap().len(), MAX_KEYS + 1);
    }
}
