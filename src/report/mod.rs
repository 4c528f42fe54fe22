//! Jobs told to other programs and people: records with a documented shape,
//! tables as text, CSV and Markdown, and metrics.
//!
//! The commands print and serve them, and the dashboard copies them. Where they go is
//! not decided here.

mod gate;
mod metrics;
mod record;
mod table;

use serde::Serialize;
use serde_json::{Value, json};

pub use gate::{Gate, GateResult};
pub use metrics::{Exposition, Metrics};
pub use record::{Listed, Polled, status_table};
pub use table::Table;

/// The version of the JSON.
const VERSION: u32 = 1;

/// One JSON document: `{"version": 1, WHAT: [...]}`.
///
/// # Errors
/// When a record cannot be told as JSON.
pub fn json<T: Serialize>(what: &str, records: &[T]) -> serde_json::Result<String> {
    let document = json!({"version": VERSION, what: records});
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

/// A JSON object a line, each with its version.
///
/// # Errors
/// When a record cannot be told as JSON.
pub fn jsonl<T: Serialize>(records: &[T]) -> serde_json::Result<String> {
    let mut text = String::new();
    for record in records {
        let mut line = serde_json::to_value(record)?;
        if let Value::Object(fields) = &mut line {
            fields.insert("version".to_owned(), VERSION.into());
        }
        text.push_str(&format!("{line}\n"));
    }
    Ok(text)
}
