//! JSON read without trust: an object's fields as raw slices, and pretty
//! printing that recurses into nothing, however deep the nesting.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text::Text;

/// The fields of a JSON object, in their order; of a repeated name the last
/// value counts.
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = reader.deserialize_map(FieldsVisitor)?;
        reader.end()?;
        Ok(fields)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.iter()
            .find(|(field, _)| *field == name)
            .map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(16);
        // A name with an escape in it cannot be borrowed from the input.
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value = map.next_value()?;
            // Looking for a repeated name among ten thousand would be slow.
            let known = (fields.len() < 64)
                .then(|| fields.iter().position(|(field, _)| *field == name.0))
                .flatten();
            match known {
                Some(at) => fields[at].1 = value,
                None => fields.push((name.0, value)),
            }
        }
        Ok(Fields(fields))
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// A value as text for a person: a string without its quotes, `null` as
/// nothing, all else as its JSON.
pub(super) fn shown(value: &RawValue, limit: usize) -> Option<Text> {
    let json = value.get();
    if json == "null" {
        return None;
    }
    match serde_json::from_str::<Cow<'_, str>>(json) {
        Ok(text) => Some(Text::cut(&text, limit)),
        Err(_) => Some(Text::cut(json, limit)),
    }
}

/// The fields of a JSON object as name and text, cleaned for showing; empty
/// where `json` is no object.
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

/// The object with the values of some fields replaced by a text, in its
/// order; what is no object comes back as that text alone.
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

/// JSON laid out with two blanks of indentation, a line each, cleaned for
/// showing. Broken JSON is laid out as far as its brackets go.
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
        // Deeper nesting than a screen is wide is not indented further.
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
    fn the_last_of_repeated_fields_counts() {
        let fields = Fields::read(r#"{"a":1,"b":"x","a":2}"#).unwrap();
        assert_eq!(fields.get("a").unwrap().get(), "2");
        assert_eq!(fields.iter().count(), 2);
        assert!(Fields::read(r#"{"a":1} trailing"#).is_err());
        assert!(Fields::read("[1]").is_err());
    }

    #[test]
    fn pretty_printing() {
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
    fn nesting_of_any_depth_is_laid_out() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert!(pretty_lines(&deep).len() > 200_000);
    }
}
