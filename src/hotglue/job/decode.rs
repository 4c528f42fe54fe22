//! The response of the status call. Only the status is required; a field of an
//! unexpected type is kept as text, an unknown field as it came.

use std::sync::Arc;

use serde_json::value::RawValue;
use thiserror::Error;

use super::rows::total_rows;
use super::status::JobStatus;
use crate::hotglue::ids::{IdError, JobRoot};
use crate::hotglue::json::{Fields, plain_text, shown, string};
use crate::hotglue::text::{MAX_TEXT_BYTES, Text};
use crate::hotglue::time::Moment;

/// The longest value kept of a short field (an id, a name, a tap), in bytes.
pub(super) const MAX_FIELD_BYTES: usize = 512;
/// A longer response is kept without its fields that are longer than this, in
/// bytes.
const MAX_RAW_FIELD_BYTES: usize = 16 * 1024;

/// A job as the service last reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "`job_id` and `job_name` are the names in the API document"
)]
pub struct Job {
    /// The status.
    pub status: JobStatus,
    /// The id, generally unique.
    pub(crate) job_id: Option<Text>,
    /// The name given by whoever started the job.
    pub(crate) job_name: Option<Text>,
    /// The tenant.
    pub tenant: Option<Text>,
    /// The flow (`flow`, or `flow_id` in other responses).
    pub(crate) flow: Option<Text>,
    /// The root in storage, which is the `job_root`, exactly as the service
    /// sent it.
    pub s3_root: Option<JobRoot>,
    /// The source of the data, such as `quickbooks:sandbox`.
    pub tap: Option<Text>,
    /// The destination of the data; not in the API document, seen in responses.
    pub(crate) target: Option<Text>,
    /// The message of the service, often the cause of a failure.
    pub message: Option<Text>,
    /// The time of creation.
    pub start_time: Option<Moment>,
    /// The time of the last registered event; for a completed job, the time of
    /// completion.
    pub last_updated: Option<Moment>,
    /// All rows that the job moved so far, where the response counts them; the
    /// streams are in [`Job::rows`].
    pub(crate) total_rows: Option<u64>,
    /// The whole response; of one over 16 kB only the fields that are shorter.
    pub raw: Arc<str>,
}

/// The reason why a response is not a job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not JSON.
    #[error("not JSON{}", if *.html { ": looks like a web page, such as a network sign-in page" } else { "" })]
    NotJson {
        /// Whether the body looks like HTML.
        html: bool,
    },
    /// The body is empty.
    #[error("empty response")]
    Empty,
    /// The body is incomplete or malformed JSON.
    #[error("invalid JSON (line {line}, column {column})")]
    Invalid {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error, from 1.
        column: usize,
    },
    /// The body is a JSON array, string or number where an object is expected.
    #[error("unexpected JSON: not an object")]
    NotAnObject,
    /// The body is JSON, but not the expected array.
    #[error("unexpected JSON: not an array")]
    NotAnArray,
    /// The object has no status.
    #[error("no status in the response")]
    NoStatus,
    /// The `s3_root` of the object is not a job root, so that nothing shows
    /// which job it describes.
    #[error("unusable s3_root in the response: {0}")]
    Root(IdError),
    /// The object is an error message, despite the HTTP status 200.
    #[error("{0}")]
    ErrorMessage(Text),
}

impl Job {
    /// Decodes the body of a 200 response.
    ///
    /// # Errors
    /// Fails when the body is not a JSON object, when it has no status, or when
    /// its `s3_root` is not a job root.
    pub fn decode(body: &str) -> Result<Self, DecodeError> {
        let body = trimmed(body);
        let fields = read_fields(body)?;
        let text = |name: &str, limit| fields.get(name).and_then(|value| shown(value, limit));
        let field =
            |name: &str| text(name, MAX_FIELD_BYTES).filter(|text| !text.as_str().is_empty());
        let moment = |name: &str| field(name).map(|text| Moment::new(text.as_str()));

        let status = fields
            .get("status")
            .and_then(|value| string(value.get()))
            .filter(|status| !status.trim().is_empty());
        let Some(status) = status else {
            return Err(match error_text(&fields) {
                Some(message) => DecodeError::ErrorMessage(message),
                None => DecodeError::NoStatus,
            });
        };
        Ok(Self {
            status: JobStatus::parse(&status),
            job_id: field("job_id"),
            job_name: field("job_name"),
            tenant: field("tenant"),
            flow: field("flow").or_else(|| field("flow_id")),
            s3_root: root(&fields)?,
            tap: field("tap"),
            target: field("target"),
            message: text("message", MAX_TEXT_BYTES)
                .filter(|text| !text.as_str().trim().is_empty()),
            start_time: moment("start_time"),
            last_updated: moment("last_updated"),
            total_rows: total_rows(body, &fields),
            raw: if body.len() <= MAX_RAW_FIELD_BYTES {
                Arc::from(body)
            } else {
                without_long_fields(&fields)
            },
        })
    }

    /// Decodes the body of a 200 response, or returns `known` where the body is
    /// the one it was decoded from: most polls bring no change.
    ///
    /// # Errors
    /// Fails as [`Job::decode`] does.
    pub(crate) fn decode_after(
        known: Option<&Arc<Self>>,
        body: &str,
    ) -> Result<Arc<Self>, DecodeError> {
        match known {
            Some(known) if *known.raw == *trimmed(body) => Ok(Arc::clone(known)),
            _ => Self::decode(body).map(Arc::new),
        }
    }
}

/// Returns the error text of a response: `Message`, `message` or `error`,
/// whatever the HTTP status. The prefix of the service's framework is dropped.
pub(in crate::hotglue) fn error_message(body: &str) -> Option<Text> {
    error_text(&Fields::read(trimmed(body)).ok()?)
}

fn trimmed(body: &str) -> &str {
    body.trim_start_matches('\u{feff}').trim()
}

fn root(fields: &Fields) -> Result<Option<JobRoot>, DecodeError> {
    let root = ["s3_root", "job_root"]
        .into_iter()
        .find_map(|name| plain_text(fields.get(name)?).filter(|root| !root.is_empty()));
    root.map(|root| JobRoot::parse(&root).map_err(DecodeError::Root))
        .transpose()
}

fn error_text(fields: &Fields) -> Option<Text> {
    let value = ["Message", "message", "error"]
        .into_iter()
        .find_map(|name| fields.get(name))?;
    let text = shown(value, MAX_FIELD_BYTES)?;
    let text = text.as_str().trim();
    let text = text
        .strip_prefix("ChaliceViewError:")
        .unwrap_or(text)
        .trim();
    (!text.is_empty()).then(|| Text::new(text))
}

fn read_fields(body: &str) -> Result<Fields<'_>, DecodeError> {
    let Some(first) = body.bytes().next() else {
        return Err(DecodeError::Empty);
    };
    Fields::read(body).map_err(|error| match first {
        b'{' => DecodeError::Invalid {
            line: error.line(),
            column: error.column(),
        },
        _ if serde_json::from_str::<&RawValue>(body).is_ok() => DecodeError::NotAnObject,
        first => DecodeError::NotJson {
            html: first == b'<',
        },
    })
}

fn without_long_fields(fields: &Fields) -> Arc<str> {
    let mut kept = String::from("{");
    for (name, value) in fields.iter() {
        let mut value = value.get();
        let note;
        if value.len() > MAX_RAW_FIELD_BYTES {
            note = format!("\"({} bytes omitted)\"", value.len());
            value = &note;
        }
        if kept.len() + value.len() > MAX_TEXT_BYTES {
            break;
        }
        if kept.len() > 1 {
            kept.push(',');
        }
        kept.push_str(&serde_json::Value::from(name).to_string());
        kept.push(':');
        kept.push_str(value);
    }
    kept.push('}');
    Arc::from(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXAMPLE: &str = r#"{
        "job_id": "lmaEbA", "env_id": "dev.example-env.hotglue.xyz",
        "job_name": "test_job:_V-vgdlLN", "tenant": "default", "started_by": "default",
        "flow": "l8odS2mce", "s3_root": "default/flows/l8odS2mce/jobs/lmaEbA",
        "start_time": "2020-12-30T18:01:01.828266+00:00", "state": {},
        "tap": "quickbooks:sandbox", "status": "ETL_FAILED", "message": "ETL error...",
        "last_updated": "2020-12-30T20:31:00.081282+00:00"
    }"#;

    #[test]
    fn a_known_response_is_not_decoded_again() {
        let known = Arc::new(Job::decode(EXAMPLE).unwrap());
        let again = Job::decode_after(Some(&known), &format!("{EXAMPLE}\n")).unwrap();
        assert!(Arc::ptr_eq(&known, &again));
        let other = EXAMPLE.replace("ETL_FAILED", "JOB_COMPLETED");
        let other = Job::decode_after(Some(&known), &other).unwrap();
        assert_eq!(other.status, JobStatus::JobCompleted);
    }

    #[test]
    fn the_example_of_the_api_document_is_decoded() {
        let job = Job::decode(EXAMPLE).unwrap();
        assert_eq!(job.status, JobStatus::EtlFailed);
        assert_eq!(job.flow.unwrap().as_str(), "l8odS2mce");
        assert_eq!(job.message.unwrap().as_str(), "ETL error...");
        let (start, end) = (job.start_time.unwrap(), job.last_updated.unwrap());
        assert_eq!(
            end.at.unwrap().duration_since(start.at.unwrap()).as_secs(),
            8_998
        );
        assert!(job.raw.contains(r#""started_by": "default""#));
    }

    #[test]
    fn a_status_is_enough_and_unexpected_types_are_kept_as_text() {
        let job = Job::decode(r#"{"status":"sync_started"}"#).unwrap();
        assert_eq!(job.status, JobStatus::SyncStarted);
        assert_eq!(job.message, None);
        let job = Job::decode(
            r#"{"status":"ODD","job_id":7,"message":{"why":[1]},"tenant":null,
                "start_time":1609351261,"flow_id":"f","tap":"\ud800","last_updated":"soon"}"#,
        )
        .unwrap();
        assert_eq!(job.job_id.unwrap().as_str(), "7");
        assert_eq!(job.message.unwrap().as_str(), r#"{"why":[1]}"#);
        assert_eq!(job.tenant, None);
        assert_eq!(job.flow.unwrap().as_str(), "f");
        assert!(job.start_time.unwrap().at.is_some());
        assert_eq!(job.last_updated.unwrap().at, None);
    }

    #[test]
    fn a_body_that_is_not_a_job_is_an_error() {
        for (body, expected) in [
            ("", DecodeError::Empty),
            ("<html>", DecodeError::NotJson { html: true }),
            ("oops", DecodeError::NotJson { html: false }),
            ("[1]", DecodeError::NotAnObject),
            ("null", DecodeError::NotAnObject),
            (r#"{"status":null}"#, DecodeError::NoStatus),
            (r#"{"status":7}"#, DecodeError::NoStatus),
            (
                r#"{"Code":"Error","Message":"ChaliceViewError: gone"}"#,
                DecodeError::ErrorMessage(Text::new("gone")),
            ),
        ] {
            assert_eq!(Job::decode(body), Err(expected), "{body}");
        }
        let truncated = &EXAMPLE[..200];
        assert!(matches!(
            Job::decode(truncated),
            Err(DecodeError::Invalid { .. })
        ));
    }

    #[test]
    fn the_root_is_kept_as_sent_whatever_its_length_and_marks() {
        let marks = "o\u{308}\u{301}\u{302}\u{303}\u{304}\u{305}";
        let root = format!("{marks}/flows/f/jobs/{}", "x".repeat(2_000));
        let body = format!(r#"{{"status":"SYNC_STARTED","s3_root":"/{root}/"}}"#);
        let job = Job::decode(&body).unwrap();
        assert_eq!(job.s3_root, Some(JobRoot::parse(&root).unwrap()));
        let body = body.replace("/flows", "\\u001b/flows");
        assert!(matches!(Job::decode(&body), Err(DecodeError::Root(_))));
        let body = r#"{"status":"SYNC_STARTED","s3_root":null,"job_root":""}"#;
        assert_eq!(Job::decode(body).unwrap().s3_root, None);
    }

    #[test]
    fn the_last_of_two_statuses_counts_at_any_distance() {
        let fields: Vec<_> = (0..100).map(|number| format!(r#""f{number}":1"#)).collect();
        let fields = fields.join(",");
        let body = format!(r#"{{"status":"SYNC_FAILED",{fields},"status":"ETL_STARTED"}}"#);
        assert_eq!(Job::decode(&body).unwrap().status, JobStatus::EtlStarted);
    }

    #[test]
    fn deep_and_large_fields_are_omitted() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let job = Job::decode(&format!(r#"{{"state":{deep},"status":"SYNC_STARTED"}}"#)).unwrap();
        assert_eq!(
            &*job.raw,
            r#"{"state":"(400000 bytes omitted)","status":"SYNC_STARTED"}"#
        );
        let long = "x".repeat(1_000_000);
        let job =
            Job::decode(&format!(r#"{{"status":"SYNC_FAILED","message":"{long}"}}"#)).unwrap();
        assert!(job.message.unwrap().as_str().len() < MAX_TEXT_BYTES + 64);
    }

    proptest! {
        #[test]
        fn no_body_panics(body in ".*") {
            let _ = Job::decode(&body);
        }

        #[test]
        fn no_truncated_response_panics(end in 0..EXAMPLE.len(), junk in ".{0,8}") {
            let _ = Job::decode(&format!("{}{junk}", &EXAMPLE[..end]));
        }
    }
}
