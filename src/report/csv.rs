//! Records as comma-separated values (RFC 4180), with the same fields as in
//! JSON.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::hotglue::Text;

/// The fields that hold an id, which a reader must get as it is.
const IDS: [&str; 5] = ["id", "env_id", "tenant", "flow", "job_root"];

type Fields = IndexMap<String, Value>;

/// Returns a header and a line for each record. Lists are separated by spaces;
/// a cell is clean, on one line, and no formula in a spreadsheet unless it is
/// an id.
///
/// # Errors
/// When a record cannot be serialized, or is not an object.
pub fn csv<T: Serialize>(records: &[T]) -> serde_json::Result<String> {
    let mut rows: Vec<Fields> = Vec::new();
    for record in records {
        // Read back, because a `Value` does not keep the order of its fields.
        rows.push(serde_json::from_str(&serde_json::to_string(record)?)?);
    }
    let mut columns: Vec<&String> = Vec::new();
    for row in &rows {
        columns.extend(
            row.keys()
                .filter(|name| !columns.contains(name))
                .collect::<Vec<_>>(),
        );
    }
    let header = columns.iter().map(|name| (*name).clone()).collect();
    let lines = rows.iter().map(|row| {
        let cell = |name: &&String| row.get(*name).map_or_else(String::new, |it| cell(name, it));
        columns.iter().map(cell).collect()
    });
    let cells: Vec<Vec<String>> = std::iter::once(header).chain(lines).collect();
    Ok(written(&cells))
}

/// Writes lines of cells.
fn written(lines: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        // Memory is always written, and every line has the header's length.
        let written = writer.write_record(line);
        debug_assert!(written.is_ok(), "{written:?}");
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn cell(name: &str, value: &Value) -> String {
    let text = plain(value);
    let text = Text::new(&text).one_line();
    if IDS.contains(&name) {
        text
    } else {
        without_formula(&text)
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if !items.iter().any(Value::is_object) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            items.join(" ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Marks a cell as text where a spreadsheet would evaluate it as a formula.
fn without_formula(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t']) && text.parse::<f64>().is_err();
    if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_quoted_clean_and_formulas_only_where_they_are_ids() {
        #[derive(Serialize)]
        struct Record {
            tenant: &'static str,
            name: &'static str,
            tags: Vec<&'static str>,
            seconds: Option<i64>,
            rows: Value,
        }
        let records = [
            Record {
                tenant: "-acme",
                name: "=1+1",
                tags: vec!["a", "b"],
                seconds: Some(-5),
                rows: json!({"x": 1}),
            },
            Record {
                tenant: "a,b",
                name: "two\nlines\u{1b}[2J",
                tags: Vec::new(),
                seconds: None,
                rows: Value::Null,
            },
        ];
        assert_eq!(
            csv(&records).unwrap(),
            "tenant,name,tags,seconds,rows\r\n-acme,'=1+1,a b,-5,\"{\"\"x\"\":1}\"\r\n\
             \"a,b\",two ⏎ lines␛[2J,,,\r\n"
        );
    }
}
