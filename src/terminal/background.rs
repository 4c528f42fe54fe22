//! The terminal's answer to "what is your background color?" (OSC 11).
//!
//! It is asked for once the first frame is drawn, so that nobody waits for
//! terminals that never answer. The answer comes in among the key presses: as
//! `alt-]`, the answer's letters, and `alt-\` or `ctrl-g`.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Asks for the background color.
pub(super) const QUESTION: &str = "\x1b]11;?\x1b\\";
/// No answer is longer.
const LONGEST: usize = 32;

/// Takes the answer out of the key presses.
#[derive(Debug)]
pub enum BackgroundReply {
    /// It may still come.
    Awaited,
    /// It is coming: what there is of it.
    Coming(String),
    /// It has come, or nobody asked.
    Over,
}

/// What an event is, seen in this light.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReplyEvent {
    /// Not part of the answer.
    Ordinary(Event),
    /// Part of the answer.
    Swallowed,
    /// The answer's end: whether the background is light.
    Light(bool),
}

impl BackgroundReply {
    pub(super) fn sift(&mut self, event: Event) -> ReplyEvent {
        let Event::Key(KeyEvent {
            code, modifiers, ..
        }) = event
        else {
            return ReplyEvent::Ordinary(event);
        };
        match self {
            Self::Over => ReplyEvent::Ordinary(event),
            Self::Awaited => {
                if code == KeyCode::Char(']') && modifiers == KeyModifiers::ALT {
                    *self = Self::Coming(String::new());
                    return ReplyEvent::Swallowed;
                }
                ReplyEvent::Ordinary(event)
            }
            Self::Coming(answer) => {
                let ends = matches!(
                    (code, modifiers),
                    (KeyCode::Char('\\'), KeyModifiers::ALT)
                        | (KeyCode::Char('g'), KeyModifiers::CONTROL)
                );
                if ends || answer.len() >= LONGEST {
                    let light = is_light(answer);
                    *self = Self::Over;
                    return light.map_or(ReplyEvent::Swallowed, ReplyEvent::Light);
                }
                if let KeyCode::Char(c) = code {
                    answer.push(c);
                    return ReplyEvent::Swallowed;
                }
                *self = Self::Over;
                ReplyEvent::Ordinary(event)
            }
        }
    }
}

/// Reads `11;rgb:RRRR/GGGG/BBBB`.
fn is_light(answer: &str) -> Option<bool> {
    let (_, color) = answer.split_once("rgb:")?;
    let parts: Vec<f64> = color
        .split('/')
        .filter_map(|part| {
            let most = 16_f64.powi(i32::try_from(part.len()).ok()?) - 1.0;
            Some(f64::from(u32::from_str_radix(part, 16).ok()?) / most)
        })
        .collect();
    let [red, green, blue] = parts[..] else {
        return None;
    };
    Some(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers))
    }

    fn sift(answer: &str) -> Option<bool> {
        let mut reply = BackgroundReply::Awaited;
        assert_eq!(
            reply.sift(key(']', KeyModifiers::ALT)),
            ReplyEvent::Swallowed
        );
        for c in answer.chars() {
            assert_eq!(
                reply.sift(key(c, KeyModifiers::NONE)),
                ReplyEvent::Swallowed
            );
        }
        match reply.sift(key('\\', KeyModifiers::ALT)) {
            ReplyEvent::Light(light) => Some(light),
            _ => None,
        }
    }

    #[test]
    fn the_answer_is_read_and_nothing_else_is_lost() {
        assert_eq!(sift("11;rgb:1414/1616/1c1c"), Some(false));
        assert_eq!(sift("11;rgb:ffff/ffff/f0f0"), Some(true));
        assert_eq!(sift("11;rgb:ff/ff/ff"), Some(true));
        assert_eq!(sift("nonsense"), None);
        let mut reply = BackgroundReply::Awaited;
        let typed = key('q', KeyModifiers::NONE);
        assert_eq!(reply.sift(typed.clone()), ReplyEvent::Ordinary(typed));
    }
}
