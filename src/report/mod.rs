//! Jobs for other programs and readers: records with a documented shape,
//! tables as text, CSV and Markdown, and metrics.
//!
//! The commands print and serve them, and the dashboard copies them; where
//! they go is decided there.

mod anomaly;
mod csv;
mod github;
mod junit;
mod metrics;
mod record;
mod rollout;
mod shares;
mod table;

use serde::Serialize;
use serde_json::{Value, json};

use crate::hotglue::is_invisible;

pub use anomaly::AnomalyRecord;
pub use csv::csv;
pub(crate) use github::{Annotation, AnnotationLevel, without_commands};
pub(crate) use junit::{JunitCase, JunitReport, JunitResult};
pub(crate) use metrics::{Exposition, FinishTimes, Metrics};
pub(crate) use record::status_table;
pub use record::{JobIdentity, Polled};
pub(crate) use rollout::{
    BaselineRecord, CommandRecord, ComparisonLabels, ComparisonRecord, ConditionRecord, EtaRecord,
    GroupRecord, JobOutcome, JobRecord, ReportFormat, ReportParts, RolloutRecord, RolloutReport,
    RolloutResult, StageRecord, WorstRecord, comparison_table,
};
pub(crate) use shares::shares;
pub(crate) use table::{Table, cut, markdown_text};

/// The version of the JSON.
const VERSION: u32 = 1;

/// Returns one JSON document: `{"version": 1, NAME: [...]}`.
///
/// # Errors
/// When a record cannot be serialized.
pub fn json<T: Serialize>(name: &str, records: &[T]) -> serde_json::Result<String> {
    json_document([(name, json!(records))])
}

/// Returns one JSON document with several parts: `{"version": 1, NAME: …}`.
///
/// # Errors
/// When a part cannot be serialized.
pub(crate) fn json_document<'a>(
    parts: impl IntoIterator<Item = (&'a str, Value)>,
) -> serde_json::Result<String> {
    let mut document = json!({"version": VERSION});
    for (name, part) in parts {
        document[name] = part;
    }
    Ok(escaped(&format!(
        "{}\n",
        serde_json::to_string_pretty(&document)?
    )))
}

/// Returns one JSON object a line, each with its version.
///
/// # Errors
/// When a record cannot be serialized.
pub fn jsonl<T: Serialize>(records: &[T]) -> serde_json::Result<String> {
    let mut text = String::new();
    for record in records {
        let mut line = serde_json::to_value(record)?;
        if let Value::Object(fields) = &mut line {
            fields.insert("version".to_owned(), VERSION.into());
        }
        text.push_str(&format!("{line}\n"));
    }
    Ok(escaped(&text))
}

/// Returns one JSON document: the fields of a record beside `"version": 1`.
///
/// # Errors
/// When the record cannot be serialized.
pub(crate) fn document<T: Serialize>(record: &T) -> serde_json::Result<String> {
    let mut document = serde_json::to_value(record)?;
    if let Value::Object(fields) = &mut document {
        fields.insert("version".to_owned(), VERSION.into());
    }
    let text = serde_json::to_string_pretty(&document)?;
    Ok(escaped(&format!("{text}\n")))
}

/// Escapes control, bidirectional and invisible characters that JSON allows
/// unescaped: the values stay what they are, and the text is safe to show.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '\n' || !is_invisible(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            text.push_str(&format!("\\u{unit:04x}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_values_and_shows_no_control_characters() {
        let value = "a\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{e0001}\nü";
        for text in [json("values", &[value]).unwrap(), jsonl(&[value]).unwrap()] {
            let hidden = |c: char| c != '\n' && is_invisible(c);
            assert!(!text.contains(hidden), "{text:?}");
            let parsed: Value = serde_json::from_str(&text).unwrap();
            let parsed = parsed.pointer("/values/0").unwrap_or(&parsed);
            assert_eq!(parsed, value);
        }
    }
}
