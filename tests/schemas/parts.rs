//! The parts that schemas are made of.

use serde_json::{Map, Value, json};

/// The draft that editors and validators know.
pub(crate) const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// A value with a description.
pub(crate) fn described(mut schema: Value, description: &str) -> Value {
    schema["description"] = json!(description);
    schema
}

pub(crate) fn string(description: &str) -> Value {
    described(json!({"type": "string"}), description)
}

/// A string, or `null` where the description says so.
pub(crate) fn string_or_null(description: &str) -> Value {
    described(json!({"type": ["string", "null"]}), description)
}

pub(crate) fn time(description: &str) -> Value {
    described(
        json!({"type": "string", "format": "date-time"}),
        description,
    )
}

pub(crate) fn time_or_null(description: &str) -> Value {
    described(
        json!({"type": ["string", "null"], "format": "date-time"}),
        description,
    )
}

pub(crate) fn count(description: &str) -> Value {
    described(json!({"type": "integer", "minimum": 0}), description)
}

pub(crate) fn count_or_null(description: &str) -> Value {
    described(
        json!({"type": ["integer", "null"], "minimum": 0}),
        description,
    )
}

pub(crate) fn boolean(description: &str) -> Value {
    described(json!({"type": "boolean"}), description)
}

pub(crate) fn one_of(values: &[&str], description: &str) -> Value {
    described(json!({"type": "string", "enum": values}), description)
}

pub(crate) fn one_of_or_null(values: &[&str], description: &str) -> Value {
    let mut values: Vec<_> = values.iter().map(|value| json!(value)).collect();
    values.push(Value::Null);
    described(json!({"enum": values}), description)
}

pub(crate) fn strings(description: &str) -> Value {
    list(json!({"type": "string"}), description)
}

pub(crate) fn list(items: Value, description: &str) -> Value {
    described(json!({"type": "array", "items": items}), description)
}

/// The value of a definition, or `null`.
pub(crate) fn definition_or_null(name: &str, description: &str) -> Value {
    described(
        json!({"anyOf": [definition(name), {"type": "null"}]}),
        description,
    )
}

pub(crate) fn definition(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{name}")})
}

/// An object with these fields. Those whose name ends in `?` may be missing.
pub(crate) fn object(fields: &[(&str, Value)]) -> Value {
    let required: Vec<_> = fields
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.ends_with('?'))
        .collect();
    let properties: Map<_, _> = fields
        .iter()
        .map(|(name, value)| (name.trim_end_matches('?').to_owned(), value.clone()))
        .collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

pub(crate) fn version() -> Value {
    described(
        json!({"const": 1}),
        "The version of the format: fields are only ever added.",
    )
}

/// Adds `version` to the fields of an object.
pub(crate) fn versioned(mut record: Value) -> Value {
    record["properties"]["version"] = version();
    let required = record["required"].as_array_mut();
    required.unwrap().push(json!("version"));
    record
}

/// The schema of a command that prints one of these documents, or lines.
pub(crate) fn one_of_documents(command: &str, forms: &[Value], definitions: Value) -> Value {
    let mut schema = json!({
        "$schema": DRAFT,
        "title": format!("hgtop {command}"),
        "description": format!(
            "What `hgtop {command} --output json` prints, or one line of `--output jsonl`."
        ),
        "anyOf": forms,
    });
    if definitions
        .as_object()
        .is_some_and(|names| !names.is_empty())
    {
        schema["definitions"] = definitions;
    }
    schema
}

/// The forms of a list of records: a document, and a line for each.
pub(crate) fn forms(name: &str, record: &Value) -> [Value; 2] {
    let records = list(record.clone(), "The records.");
    let document = object(&[("version", version()), (name, records)]);
    [document, versioned(record.clone())]
}

pub(crate) fn records(command: &str, name: &str, record: Value, definitions: Value) -> Value {
    one_of_documents(command, &forms(name, &record), definitions)
}
