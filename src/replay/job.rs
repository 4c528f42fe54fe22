//! The answer of the service about a job, made again from what was recorded.

use serde_json::{Map, Value, json};

use crate::history::RecordedJob;
use crate::hotglue::{Job, Text};

/// Recorded fields whose value is JSON, where it was not cut.
const JSON_FIELDS: [&str; 5] = [
    "processed_rows",
    "metrics",
    "data_sizes",
    "resources_usage",
    "summary",
];

/// The job as the service reported it; `None` where the record has no status.
pub(super) fn job(recorded: &RecordedJob) -> Option<Job> {
    let mut fields = Map::new();
    let status = recorded.steps.last()?.status.as_str();
    fields.insert("status".to_owned(), json!(status));
    if !recorded.tap.as_str().is_empty() {
        fields.insert("tap".to_owned(), json!(recorded.tap.as_str()));
    }
    for (name, value) in &recorded.fields {
        fields.insert(name.as_str().to_owned(), value_of(name, value));
    }
    if let Some(rows) = recorded.total_rows {
        fields.insert("processed_rows".to_owned(), json!(rows));
    }
    let times = [
        ("start_time", recorded.started),
        ("last_updated", recorded.updated),
    ];
    for (name, time) in times {
        fields.extend(time.map(|time| (name.to_owned(), json!(time.to_string()))));
    }
    let message = recorded.message.as_ref();
    fields.extend(message.map(|text| ("message".to_owned(), json!(text.as_str()))));
    Job::decode(&Value::Object(fields).to_string()).ok()
}

fn value_of(name: &Text, value: &Text) -> Value {
    let is_json = JSON_FIELDS.contains(&name.as_str());
    let parsed = is_json.then(|| serde_json::from_str(value.as_str()).ok());
    parsed.flatten().unwrap_or_else(|| json!(value.as_str()))
}
