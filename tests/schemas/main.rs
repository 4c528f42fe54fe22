//! The JSON schemas in docs/schema: they are those that this test makes, an
//! independent validator accepts with them what hgtop reads and prints, and
//! rejects what it does not.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::too_many_lines, reason = "a schema is a list")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "parts are nested, which reads better without references"
)]

mod config_files;
mod config_schema;
mod job_schemas;
mod output_schemas;
mod outputs;
mod parts;
mod rollout_schemas;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The file names and the schemas.
fn schemas() -> Vec<(&'static str, Value)> {
    let mut schemas = vec![("config.json", config_schema::schema())];
    schemas.extend(output_schemas::schemas());
    schemas
}

/// The schema of a file in docs/schema.
fn schema(file: &str) -> Value {
    let text = fs::read_to_string(Path::new("docs/schema").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The reasons for which a validator rejects a value.
fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(schema).unwrap();
    let errors = validator.iter_errors(value);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

/// Forbids every field that a schema does not describe: outputs may gain
/// fields, but each of them has to be documented.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.contains_key("properties") && !fields.contains_key("additionalProperties") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            fields.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Run with `UPDATE_SCHEMAS=1` to write docs/schema.
#[test]
fn files_are_those_that_are_made_here() {
    let folder = Path::new("docs/schema");
    let made: Vec<_> = schemas();
    for (file, schema) in &made {
        let text = format!("{}\n", serde_json::to_string_pretty(schema).unwrap());
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(folder.join(file), &text).unwrap();
        }
        let written = fs::read_to_string(folder.join(file)).unwrap_or_default();
        assert!(written == text, "{file}: run with UPDATE_SCHEMAS=1");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), made.len());
}

#[test]
fn every_schema_is_one_and_describes_each_field() {
    fn undescribed(path: &str, schema: &Value, found: &mut Vec<String>) {
        if let Some(properties) = schema["properties"].as_object() {
            for (name, property) in properties {
                if property["description"].as_str().is_none_or(str::is_empty) {
                    found.push(format!("{path}/{name}"));
                }
            }
        }
        let Some(fields) = schema.as_object() else {
            return;
        };
        for (name, inner) in fields {
            undescribed(&format!("{path}/{name}"), inner, found);
        }
    }
    for (file, schema) in schemas() {
        assert!(jsonschema::meta::is_valid(&schema), "{file}");
        let mut found = Vec::new();
        undescribed(file, &schema, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}
