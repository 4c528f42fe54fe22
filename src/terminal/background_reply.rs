//! The terminal's reply to the query for its background color (OSC 11).
//!
//! The query is sent once the first frame is drawn, so that nobody waits for
//! terminals that never reply. The reply arrives among the key presses: as
//! `alt-]`, the letters of the reply, and `alt-\` or `ctrl-g`.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// Queries the background color.
pub(super) const QUERY: &str = "\x1b]11;?\x1b\\";
/// The most characters of a reply.
const MAX_LENGTH: usize = 32;

/// Takes the reply out of the key presses.
#[derive(Debug)]
pub(crate) enum BackgroundReply {
    /// The reply may still arrive.
    Expected,
    /// A part of the reply has arrived.
    Partial(String),
    /// The reply has arrived, or none was requested.
    Finished,
}

/// What an event means for the reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReplyEvent {
    /// The event is not part of the reply.
    Input(Event),
    /// The event is part of the reply.
    Consumed,
    /// The reply is complete.
    Background {
        /// Whether the background is light.
        light: bool,
    },
}

impl BackgroundReply {
    /// Separates one event from the reply.
    pub(super) fn filter(&mut self, event: Event) -> ReplyEvent {
        let Event::Key(KeyEvent {
            code, modifiers, ..
        }) = event
        else {
            return ReplyEvent::Input(event);
        };
        match self {
            Self::Finished => ReplyEvent::Input(event),
            Self::Expected => {
                if code == KeyCode::Char(']') && modifiers == KeyModifiers::ALT {
                    *self = Self::Partial(String::new());
                    return ReplyEvent::Consumed;
                }
                ReplyEvent::Input(event)
            }
            Self::Partial(reply) => {
                let ends = matches!(
                    (code, modifiers),
                    (KeyCode::Char('\\'), KeyModifiers::ALT)
                        | (KeyCode::Char('g'), KeyModifiers::CONTROL)
                );
                if ends || reply.len() >= MAX_LENGTH {
                    let light = is_light(reply);
                    *self = Self::Finished;
                    return light.map_or(ReplyEvent::Consumed, |light| ReplyEvent::Background {
                        light,
                    });
                }
                if let KeyCode::Char(c) = code {
                    reply.push(c);
                    return ReplyEvent::Consumed;
                }
                *self = Self::Finished;
                ReplyEvent::Input(event)
            }
        }
    }
}

/// Parses `11;rgb:RRRR/GGGG/BBBB` and returns whether that color is light.
fn is_light(reply: &str) -> Option<bool> {
    let (_, color) = reply.split_once("rgb:")?;
    let channels: Vec<f64> = color
        .split('/')
        .filter_map(|channel| {
            let max = 16_f64.powi(i32::try_from(channel.len()).ok()?) - 1.0;
            Some(f64::from(u32::from_str_radix(channel, 16).ok()?) / max)
        })
        .collect();
    let [red, green, blue] = channels[..] else {
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

    /// Sends a reply as key presses.
    fn filter(reply: &str) -> ReplyEvent {
        let mut filter = BackgroundReply::Expected;
        let start = filter.filter(key(']', KeyModifiers::ALT));
        assert_eq!(start, ReplyEvent::Consumed);
        for c in reply.chars() {
            let event = filter.filter(key(c, KeyModifiers::NONE));
            assert_eq!(event, ReplyEvent::Consumed);
        }
        filter.filter(key('\\', KeyModifiers::ALT))
    }

    #[test]
    fn reply_names_the_background_and_nothing_else_is_consumed() {
        for (reply, light) in [
            ("11;rgb:1414/1616/1c1c", false),
            ("11;rgb:ffff/ffff/f0f0", true),
            ("11;rgb:ff/ff/ff", true),
        ] {
            assert_eq!(filter(reply), ReplyEvent::Background { light });
        }
        assert_eq!(filter("nonsense"), ReplyEvent::Consumed);
        let mut filter = BackgroundReply::Expected;
        let typed = key('q', KeyModifiers::NONE);
        assert_eq!(filter.filter(typed.clone()), ReplyEvent::Input(typed));
    }
}
