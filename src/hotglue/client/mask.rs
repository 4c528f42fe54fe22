//! Masking of the API key in what the service sends.
//!
//! A service may echo the key, for example in an error message. Whatever a
//! response says is shown, stored and exported, so the key is removed from the
//! body before anything else reads it.

use std::fmt;
use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;

use crate::hotglue::text::MASKED;

/// Shorter keys are not masked, in bytes: they would match ordinary words, and
/// the names of a response's own fields.
const MIN_MASKED_BYTES: usize = 6;

/// The API key of a client, kept to find it in responses.
#[derive(Clone)]
pub struct KeyMask {
    plain: SecretString,
    /// The key as a JSON string contains it.
    in_json: SecretString,
}

impl fmt::Debug for KeyMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyMask")
    }
}

impl KeyMask {
    /// Creates the mask of a key.
    pub fn new(key: &str) -> Self {
        Self {
            plain: key.into(),
            in_json: key.replace('\\', "\\\\").replace('"', "\\\"").into(),
        }
    }

    /// Returns a plain text with every occurrence of the key replaced.
    pub(super) fn apply(&self, text: &str) -> String {
        match self.plain.expose_secret() {
            key if key.len() < MIN_MASKED_BYTES => text.to_owned(),
            key => text.replace(key, MASKED),
        }
    }

    /// Returns a JSON text with every occurrence of the key replaced, also
    /// where escapes hide it. Valid JSON stays valid: a number that contains the
    /// key becomes a string.
    pub fn apply_to_json(&self, json: String) -> String {
        let key = self.in_json.expose_secret();
        if key.len() < MIN_MASKED_BYTES {
            return json;
        }
        let json = replace(&json, key).unwrap_or(json);
        // `\u0061` and `\/` are other spellings of plain characters.
        if json.contains("\\u00") || json.contains("\\/") {
            let canonical = without_needless_escapes(&json);
            return replace(&canonical, key).unwrap_or(json);
        }
        json
    }
}

/// Replaces every occurrence of the key in a JSON text; `None` where there is
/// none. Text that is not valid JSON, such as an error page, is treated as if
/// all of it were one string.
fn replace(json: &str, key: &str) -> Option<String> {
    let mut found = json.find(key);
    let mut strings = found.and_then(|_| Strings::of(json));
    let mut masked = String::new();
    let mut copied = 0;
    while let Some(start) = found {
        let mut searched = start + key.len();
        if begins_in_escape(&json[..start]) {
            // The key is ASCII, so that the next character begins at the next byte.
            searched = start + 1;
        } else if strings.as_mut().is_none_or(|it| it.contain(start)) {
            masked.push_str(&json[copied..start]);
            masked.push_str(MASKED);
            copied = searched;
        } else if let Some(number) = number_around(json, start..searched) {
            masked.push_str(&json[copied..number.start]);
            masked.push_str(&format!("\"{MASKED}\""));
            searched = number.end;
            copied = searched;
        } else {
            // Several values with the commas between them are not the key.
            searched = start + 1;
        }
        found = json[searched..].find(key).map(|offset| searched + offset);
    }
    masked.push_str(&json[copied..]);
    (copied > 0).then_some(masked)
}

/// The strings of a JSON text, found from its beginning to its end.
struct Strings<'a> {
    json: &'a [u8],
    read: usize,
    is_inside: bool,
}

impl<'a> Strings<'a> {
    /// Returns the strings of a valid JSON text; `None` for other text.
    fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(json).ok()?;
        Some(Self {
            json: json.as_bytes(),
            read: 0,
            is_inside: false,
        })
    }

    /// Whether a byte belongs to a string. Each call names a later byte.
    fn contain(&mut self, index: usize) -> bool {
        while self.read < index {
            match self.json[self.read] {
                b'"' => self.is_inside = !self.is_inside,
                b'\\' => self.read += 1,
                _ => {}
            }
            self.read += 1;
        }
        self.is_inside
    }
}

/// Returns the number that contains a range of a JSON text outside its strings;
/// `None` where the range is more than a number.
fn number_around(json: &str, range: Range<usize>) -> Option<Range<usize>> {
    let is_other = |c: char| !c.is_ascii_digit() && !"+-.eE".contains(c);
    if json[range.clone()].contains(is_other) {
        return None;
    }
    let start = json[..range.start]
        .rfind(is_other)
        .map_or(0, |index| index + 1);
    let end = json[range.end..].find(is_other);
    Some(start..end.map_or(json.len(), |length| range.end + length))
}

/// Whether the character after this text belongs to an escape such as `\n` or
/// `\u00e9`. A match there is another text; replacing it would break the JSON.
fn begins_in_escape(before: &str) -> bool {
    let before = before.as_bytes();
    let ends_in_backslash = |text: &[u8]| {
        let backslashes = text.iter().rev().take_while(|byte| **byte == b'\\');
        backslashes.count() % 2 == 1
    };
    ends_in_backslash(before)
        || (0..=3).any(|digits| {
            let (escape, hex) = before.split_at(before.len().saturating_sub(digits));
            hex.iter().all(u8::is_ascii_hexdigit)
                && escape.strip_suffix(b"u").is_some_and(ends_in_backslash)
        })
}

/// Rewrites JSON escapes of printable ASCII characters to their shortest
/// spelling.
fn without_needless_escapes(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let escaped = rest
            .strip_prefix("\\u00")
            .and_then(|digits| u8::from_str_radix(digits.get(..2)?, 16).ok())
            .filter(u8::is_ascii_graphic);
        if let Some(byte) = escaped {
            if matches!(byte, b'"' | b'\\') {
                plain.push('\\');
            }
            plain.push(char::from(byte));
            rest = &rest[6..];
        } else if let Some(after) = rest.strip_prefix("\\/") {
            plain.push('/');
            rest = after;
        } else {
            // An escape of another kind stays as it is, both characters of it.
            let length = rest.chars().take(2).map(char::len_utf8).sum();
            plain.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mask(key: &str, text: &str) -> String {
        KeyMask::new(key).apply_to_json(text.to_owned())
    }

    #[test]
    fn a_key_is_masked_wherever_it_occurs() {
        assert_eq!(
            mask(
                "SECRET-key",
                r#"{"message":"bad key SECRET-key (SECRET-key)"}"#
            ),
            r#"{"message":"bad key •••• (••••)"}"#
        );
        assert_eq!(mask("SECRET-key", "nothing here"), "nothing here");
        assert_eq!(
            KeyMask::new("SECRET-key").apply("SECRET-key.example"),
            "••••.example"
        );
    }

    #[test]
    fn a_key_hidden_by_json_escapes_is_masked() {
        assert_eq!(
            mask(
                "SECRET/key",
                r#"{"a":"\u0053ECRET\/\u006Bey","b":"\u00e9\n"}"#
            ),
            r#"{"a":"••••","b":"\u00e9\n"}"#
        );
        assert_eq!(
            mask("quo\"te\\key", r#"{"a":"quo\"te\\key"}"#),
            r#"{"a":"••••"}"#
        );
    }

    #[test]
    fn escapes_that_hide_no_key_stay_as_they_came() {
        let text = r#"{"a":"\u0041\/b\\u0053ECRET-key"}"#;
        assert_eq!(mask("another-key", text), text);
    }

    #[test]
    fn an_escape_in_front_of_the_rest_of_a_key_is_left_alone() {
        let text = r#"{"a":"line\nice-key-123"}"#;
        assert_eq!(mask("nice-key-123", text), text);
        assert_eq!(
            mask("nice-key-123", r#"{"a":"line\\nice-key-123"}"#),
            r#"{"a":"line\\••••"}"#
        );
    }

    #[test]
    fn a_key_that_overlaps_an_escape_is_masked_behind_it() {
        assert_eq!(mask("nnnnnn", r#"{"a":"\nnnnnnn"}"#), r#"{"a":"\n••••"}"#);
        let text = r#"{"a":"\u00e9abcd"}"#;
        assert_eq!(mask("e9abcd", text), text);
        assert_eq!(mask("00e9ab", text), text);
    }

    #[test]
    fn a_number_that_contains_the_key_becomes_a_string() {
        for (json, masked) in [
            (
                r#"{"rows":123456,"at":[-91234567e3 , 0.123456]}"#,
                r#"{"rows":"••••","at":["••••" , "••••"]}"#,
            ),
            (
                r#"{"message":"key: 123456, \"123456\"","id":1234567}"#,
                r#"{"message":"key: ••••, \"••••\"","id":"••••"}"#,
            ),
            ("123456", r#""••••""#),
            // Not JSON: an error page.
            ("<p>key: 123456, \"", "<p>key: ••••, \""),
        ] {
            assert_eq!(mask("123456", json), masked);
        }
    }

    #[test]
    fn values_between_commas_are_not_the_key() {
        assert_eq!(mask("1,2,3,4", "[1,2,3,4,5]"), "[1,2,3,4,5]");
        assert_eq!(mask("1,2,3,4", r#"["1,2,3,4"]"#), r#"["••••"]"#);
        assert_eq!(mask("1,2,3,4", "<p>1,2,3,4"), "<p>••••");
    }

    #[test]
    fn a_short_key_is_not_masked() {
        assert_eq!(mask("tap", r#"{"tap":"tap"}"#), r#"{"tap":"tap"}"#);
    }

    proptest! {
        #[test]
        fn no_decoded_string_contains_the_key(
            key in "[!-~]{6,12}", before in "\\PC{0,8}", after in "\\PC{0,8}", escape: [bool; 12],
        ) {
            let mut json = serde_json::to_string(&before).unwrap();
            json.pop();
            for (c, escape) in key.chars().zip(escape) {
                if escape {
                    json.push_str(&format!("\\u{:04x}", u32::from(c)));
                } else {
                    json.push_str(serde_json::to_string(&c).unwrap().trim_matches('"'));
                    if c == '"' { json.push('"'); }
                }
            }
            json.push_str(&serde_json::to_string(&after).unwrap()[1..]);
            prop_assume!(!before.contains(&key) && !after.contains(&key));
            let masked: String = serde_json::from_str(&mask(&key, &json)).unwrap();
            prop_assert!(!masked.contains(&key), "{}", masked);
        }
    }
}
