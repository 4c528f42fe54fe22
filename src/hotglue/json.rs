//! JSON from untrusted sources: the fields of an object as raw slices, and
//! formatting that does not recurse, however deep the nesting.

use std::borrow::{Borrow, Cow};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::Text;

/// The fields of a JSON object, in their order. The last value of a repeated
/// name counts.
#[derive(Deserialize)]
pub(super) struct Fields<'a>(
    // A fast hash: most objects have few fields, and each response is decoded.
    #[serde(borrow)] IndexMap<Name<'a>, &'a RawValue, RandomState>,
);

impl<'a> Fields<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.0.as_ref(), *value))
    }
}

/// A field name, borrowed from the input unless it contains an escape.
#[derive(Deserialize, PartialEq, Eq, Hash)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Returns the text of a string or number, exactly as the service sent it;
/// `None` for any other value. For identifiers: never show it unchecked.
pub(super) fn plain_text(value: &RawValue) -> Option<Cow<'_, str>> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => string(json),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

/// Returns a value as text for display: a string without its quotes, `null` as
/// `None`, any other value as JSON.
pub(super) fn shown(value: &RawValue, limit: usize) -> Option<Text> {
    let json = value.get();
    if json == "null" {
        return None;
    }
    let text = string(json).unwrap_or(Cow::Borrowed(json));
    Some(Text::cut(&text, limit))
}

/// Returns the text of a JSON string; `None` for any other value, and for a
/// string that is not valid Unicode.
pub(super) fn string(json: &str) -> Option<Cow<'_, str>> {
    let inside = json.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str(json).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

/// Returns the fields of a JSON object as name and text, cleaned for display;
/// empty where `json` is not an object.
pub fn top_level_fields(json: &str) -> Vec<(Text, Text)> {
    let Ok(fields) = Fields::read(json) else {
        return Vec::new();
    };
    fields
        .iter()
        .map(|(name, value)| {
            let text = shown(value, 4096).unwrap_or_else(|| Text::new("–"));
            (Text::cut(name, 64), text)
        })
        .collect()
}

/// Returns the object with the values of the `folded` fields replaced by
/// `text`; anything but an object becomes `text` alone.
pub fn fold_fields(json: &str, folded: impl Fn(&str) -> bool, text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    let Ok(fields) = Fields::read(json) else {
        return text;
    };
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| {
            let value = if folded(name) {
                text.as_str()
            } else {
                value.get()
            };
            format!("{}:{value}", serde_json::Value::from(name))
        })
        .collect();
    format!("{{{}}}", fields.join(","))
}

/// Returns JSON as lines with an indentation of two spaces, cleaned for display.
/// Invalid JSON is indented as far as its brackets allow.
pub fn pretty_lines(json: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    let mut end_line = |line: &mut String, depth: usize| {
        lines.push(Text::new(line).as_str().to_owned());
        line.clear();
        // Nesting beyond the width of a screen is not indented further.
        line.extend(std::iter::repeat_n("  ", depth.min(20)));
    };
    while let Some(c) = characters.next() {
        if in_string {
            line.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                line.push(c);
            }
            '{' | '[' => {
                line.push(c);
                while characters.peek().is_some_and(char::is_ascii_whitespace) {
                    characters.next();
                }
                if let Some(close) = characters.next_if(|&next| next == '}' || next == ']') {
                    line.push(close);
                } else {
                    depth += 1;
                    end_line(&mut line, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                end_line(&mut line, depth);
                line.push(c);
            }
            ',' => {
                line.push(c);
                end_line(&mut line, depth);
            }
            ':' => line.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => line.push(c),
        }
    }
    if !line.trim().is_empty() {
        lines.push(Text::new(&line).as_str().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_repeated_field_counts() {
        let fields = Fields::read(r#"{"a":1,"b":"x","a":2}"#).unwrap();
        assert_eq!(fields.get("a").unwrap().get(), "2");
        assert_eq!(fields.iter().count(), 2);
        let many: Vec<_> = (0..100).map(|number| format!(r#""f{number}":1"#)).collect();
        let many = many.join(",");
        let json = format!(r#"{{"status":"OLD",{many},"status":"NEW","f99":2}}"#);
        let fields = Fields::read(&json).unwrap();
        assert_eq!(fields.get("status").unwrap().get(), r#""NEW""#);
        assert_eq!(fields.get("f99").unwrap().get(), "2");
        assert_eq!(fields.iter().count(), 101);
        assert!(Fields::read(r#"{"a":1} trailing"#).is_err());
        assert!(Fields::read("[1]").is_err());
    }

    #[test]
    fn json_is_indented_by_two_spaces() {
        let lines = pretty_lines(r#"{"a":[1,{}],"b":"x, {\"y\": \\","c":{"d":null}}"#);
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {
          "a": [
            1,
            {}
          ],
          "b": "x, {\"y\": \\",
          "c": {
            "d": null
          }
        }
        "#);
    }

    #[test]
    fn nesting_of_any_depth_is_indented() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(pretty_lines(&deep).len() > 200_000);
    }
}
