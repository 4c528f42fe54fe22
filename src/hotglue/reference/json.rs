//! References in JSON: the response of a Run job or status call, a list of
//! them, a list of roots, and what hgtop itself prints.

use serde_json::value::RawValue;

use super::error::ReferenceError;
use super::line::read_exact;
use super::types::Reference;
use crate::hotglue::ids::{EnvId, FlowId, TenantId};
use crate::hotglue::json::{Fields, plain_text, shown};

/// A JSON value at the beginning of a text.
pub(super) enum Value<'a> {
    /// The length in bytes of a valid value, and the texts of the jobs in it.
    Valid(usize, Vec<&'a str>),
    /// The column of the first error, and the number of bytes read until then.
    Invalid(usize, usize),
}

/// Reads the JSON value at the beginning of a text.
pub(super) fn read_value(text: &str) -> Value<'_> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    match values.next() {
        Some(Ok(value)) => Value::Valid(values.byte_offset(), jobs(value.get())),
        Some(Err(error)) => {
            let lines = text.split_inclusive('\n').take(error.line());
            Value::Invalid(error.column(), lines.map(str::len).sum())
        }
        None => Value::Invalid(1, text.len()),
    }
}

/// Returns the jobs of a value: the elements of an array, also of the one that
/// hgtop prints as `{"version": 1, "jobs": […]}`, or the value itself.
fn jobs(json: &str) -> Vec<&str> {
    let array = if json.starts_with('[') {
        Some(json)
    } else {
        let fields = Fields::read(json).ok();
        let fields = fields.filter(|fields| root(fields).is_none());
        let jobs = fields.and_then(|fields| fields.get("jobs"));
        jobs.map(RawValue::get).filter(|jobs| jobs.starts_with('['))
    };
    let elements = array.and_then(|array| serde_json::from_str::<Vec<&RawValue>>(array).ok());
    match elements {
        Some(elements) => elements.into_iter().map(RawValue::get).collect(),
        None => vec![json],
    }
}

fn root<'a>(fields: &Fields<'a>) -> Option<&'a RawValue> {
    ["s3_root", "job_root"]
        .into_iter()
        .find_map(|name| fields.get(name))
}

/// Reads a job as JSON.
pub(super) fn read_job(json: &str) -> Result<Reference, ReferenceError> {
    let Ok(fields) = Fields::read(json) else {
        // The element of a list of roots.
        return match serde_json::from_str::<String>(json) {
            Ok(text) => read_exact(&text),
            Err(_) => Err(ReferenceError::JsonWithoutRoot),
        };
    };
    let field = |names: &[&str]| {
        let value = names.iter().find_map(|name| fields.get(name))?;
        plain_text(value).filter(|text| !text.is_empty())
    };
    let root = match (field(&["s3_root", "job_root"]), root(&fields)) {
        (Some(root), _) => root,
        (None, Some(_)) => return Err(ReferenceError::NotStarted),
        (None, None) => return Err(ReferenceError::JsonWithoutRoot),
    };
    let mut reference = Reference::from_root(&root)?;
    if let Some(tenant) = field(&["tenant", "tenant_id"]) {
        reference.tenant = Some(TenantId::parse(&tenant)?);
    }
    if let Some(flow) = field(&["flow", "flow_id"]) {
        reference.flow = Some(FlowId::parse(&flow)?);
    }
    if let Some(env_id) = field(&["env_id"]) {
        reference.env_id = Some(EnvId::parse(&env_id)?);
    }
    let label = |name: &str| {
        let label = fields.get(name).and_then(|label| shown(label, 256));
        label.filter(|label| !label.as_str().is_empty())
    };
    reference.environment = label("environment").map(|label| label.to_string());
    reference.name = label("name");
    Ok(reference)
}
