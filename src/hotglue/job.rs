//! One answer of the status call, decoded with patience: only the status must
//! be there; a field of another type than expected is kept as its text, an
//! unknown field as it came.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::value::RawValue;
use thiserror::Error;

use super::json::{Fields, shown};
use super::status::JobStatus;
use super::text::{MAX_TEXT_BYTES, Text};
use super::time::Moment;

/// Longest value of a short field (an id, a name, a tap), in bytes.
const MAX_FIELD_BYTES: usize = 512;
/// A longer answer is kept without its fields that are longer than this.
const MAX_RAW_FIELD_BYTES: usize = 16 * 1024;

/// A job as the service last told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where the job stands.
    pub status: JobStatus,
    /// Its id, generally unique.
    pub job_id: Option<Text>,
    /// The name the service gave it.
    pub job_name: Option<Text>,
    /// The tenant it runs for.
    pub tenant: Option<Text>,
    /// The flow it belongs to (`flow`, or `flow_id` in other answers).
    pub flow: Option<Text>,
    /// Its root in storage, which is its `job_root`.
    pub s3_root: Option<Text>,
    /// Where data is read from, such as `quickbooks:sandbox`.
    pub tap: Option<Text>,
    /// Where data is written to; not in the API document, seen in answers.
    pub target: Option<Text>,
    /// What the service says of it, often the cause of a failure.
    pub message: Option<Text>,
    /// When it was created.
    pub start_time: Option<Moment>,
    /// When the service last registered an event of the job; of a completed
    /// one, when it completed.
    pub last_updated: Option<Moment>,
    /// The whole answer; of one over 16 kB only the fields that are not.
    pub raw: Arc<str>,
}

/// Why an answer is not a job.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// No JSON at all.
    #[error("the answer is not JSON{}", if *.html { ": it looks like a web page, perhaps the network's sign-in page" } else { "" })]
    NotJson {
        /// Whether it looks like HTML.
        html: bool,
    },
    /// Nothing in the body.
    #[error("the answer is empty")]
    Empty,
    /// JSON that breaks off or is malformed.
    #[error("the answer is broken JSON (line {line}, column {column})")]
    Broken {
        /// Line of the first fault, from 1.
        line: usize,
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// JSON, but an array, a string or a number.
    #[error("the answer is JSON of an unexpected shape, not an object")]
    NotAnObject,
    /// Valid JSON, but no list where one was asked for.
    #[error("the answer is JSON of an unexpected shape, not a list")]
    NotAList,
    /// An object without a status.
    #[error("the answer has no status")]
    NoStatus,
    /// An error object where a job was expected.
    #[error("{0}")]
    Refused(Text),
}

impl Job {
    /// Decodes the body of a 200 answer.
    ///
    /// # Errors
    /// When it is no JSON object, or an object without a status.
    pub fn decode(body: &str) -> Result<Self, DecodeError> {
        let body = trimmed(body);
        let fields = read_fields(body)?;
        let text = |name: &str, limit| fields.get(name).and_then(|value| shown(value, limit));
        let field =
            |name: &str| text(name, MAX_FIELD_BYTES).filter(|text| !text.as_str().is_empty());
        let moment = |name: &str| field(name).map(|text| Moment::new(text.as_str()));

        let status = fields
            .get("status")
            .and_then(|value| serde_json::from_str::<String>(value.get()).ok())
            .filter(|status| !status.trim().is_empty());
        let Some(status) = status else {
            return Err(match error_text(&fields) {
                Some(message) => DecodeError::Refused(message),
                None => DecodeError::NoStatus,
            });
        };
        Ok(Self {
            status: JobStatus::parse(&status),
            job_id: field("job_id"),
            job_name: field("job_name"),
            tenant: field("tenant"),
            flow: field("flow").or_else(|| field("flow_id")),
            s3_root: field("s3_root").or_else(|| field("job_root")),
            tap: field("tap"),
            target: field("target"),
            message: text("message", MAX_TEXT_BYTES)
                .filter(|text| !text.as_str().trim().is_empty()),
            start_time: moment("start_time"),
            last_updated: moment("last_updated"),
            raw: if body.len() <= MAX_RAW_FIELD_BYTES {
                Arc::from(body)
            } else {
                keep(&fields)
            },
        })
    }

    /// Decodes the body of a 200 answer, unless it is the one already known:
    /// most polls of a job bring nothing new.
    ///
    /// # Errors
    /// As [`Job::decode`].
    pub fn decode_after(known: Option<&Arc<Self>>, body: &str) -> Result<Arc<Self>, DecodeError> {
        match known {
            Some(known) if *known.raw == *trimmed(body) => Ok(Arc::clone(known)),
            _ => Self::decode(body).map(Arc::new),
        }
    }

    /// The fields that can be compared between two runs of a flow: settings,
    /// counts, versions. Not what names a run or its times, nor what may hold
    /// secrets (`state`, `override_*`).
    pub fn facts(&self) -> Vec<(Text, Text)> {
        const OF_ONE_RUN: [&str; 17] = [
            "job_id",
            "env_id",
            "job_name",
            "tenant",
            "flow",
            "flow_id",
            "s3_root",
            "job_root",
            "start_time",
            "last_updated",
            "status",
            "status_timestamp",
            "message",
            "error",
            "state",
            "task_id",
            "duration",
        ];
        let Ok(fields) = Fields::read(&self.raw) else {
            return Vec::new();
        };
        fields
            .iter()
            .filter(|(name, _)| !OF_ONE_RUN.contains(name) && !name.starts_with("override_"))
            .filter_map(|(name, value)| Some((Text::cut(name, 64), shown(value, 200)?)))
            .take(40)
            .collect()
    }

    /// When each status was reached, as `status_timestamp` has it (seen in
    /// answers, its shape not documented); oldest first, empty where it is
    /// missing.
    pub fn status_times(&self) -> Vec<(JobStatus, Timestamp)> {
        let Ok(fields) = Fields::read(&self.raw) else {
            return Vec::new();
        };
        let times = fields
            .get("status_timestamp")
            .and_then(|times| Fields::read(times.get()).ok());
        let mut times: Vec<_> = times
            .iter()
            .flat_map(Fields::iter)
            .filter_map(|(status, at)| {
                let at = Moment::new(shown(at, MAX_FIELD_BYTES)?.as_str()).at?;
                Some((JobStatus::parse(status), at))
            })
            .collect();
        times.sort_by_key(|(_, at)| *at);
        times
    }
}

/// The error text of an answer: `Message`, `message` or `error`, whatever the
/// status code. The framework's own prefix is dropped.
pub(super) fn error_message(body: &str) -> Option<Text> {
    error_text(&Fields::read(trimmed(body)).ok()?)
}

fn trimmed(body: &str) -> &str {
    body.trim_start_matches('\u{feff}').trim()
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
    if body.is_empty() {
        return Err(DecodeError::Empty);
    }
    Fields::read(body).map_err(|error| match body.as_bytes()[0] {
        b'{' => DecodeError::Broken {
            line: error.line(),
            column: error.column(),
        },
        _ if serde_json::from_str::<&RawValue>(body).is_ok() => DecodeError::NotAnObject,
        first => DecodeError::NotJson {
            html: first == b'<',
        },
    })
}

fn keep(fields: &Fields) -> Arc<str> {
    let mut kept = String::from("{");
    for (name, value) in fields.iter() {
        let mut value = value.get();
        let note;
        if value.len() > MAX_RAW_FIELD_BYTES {
            note = format!("\"({} bytes, not kept)\"", value.len());
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
    fn an_answer_that_is_known_is_not_decoded_again() {
        let known = Arc::new(Job::decode(EXAMPLE).unwrap());
        let again = Job::decode_after(Some(&known), &format!("{EXAMPLE}\n")).unwrap();
        assert!(Arc::ptr_eq(&known, &again));
        let other = EXAMPLE.replace("ETL_FAILED", "JOB_COMPLETED");
        let other = Job::decode_after(Some(&known), &other).unwrap();
        assert_eq!(other.status, JobStatus::JobCompleted);
    }

    #[test]
    fn the_example_of_the_api_document() {
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
    fn a_status_is_enough_and_wrong_types_are_kept_as_text() {
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
    fn the_times_of_statuses_are_read_where_they_are_there() {
        let job = Job::decode(
            r#"{"status":"ETL_STARTED","status_timestamp":{"ETL_STARTED":"2026-11-23T12:01:00Z",
                "SYNC_STARTED":"2026-11-23T12:00:00Z","ODD":null,"EVEN":{"x":1}}}"#,
        )
        .unwrap();
        let times = job.status_times();
        assert_eq!(times.len(), 2);
        assert_eq!(times[0].0, JobStatus::SyncStarted);
        let without = Job::decode(r#"{"status":"ETL_STARTED","status_timestamp":[1]}"#).unwrap();
        assert!(without.status_times().is_empty());
    }

    #[test]
    fn what_is_no_job_says_why() {
        for (body, wanted) in [
            ("", DecodeError::Empty),
            ("<html>", DecodeError::NotJson { html: true }),
            ("oops", DecodeError::NotJson { html: false }),
            ("[1]", DecodeError::NotAnObject),
            ("null", DecodeError::NotAnObject),
            (r#"{"status":null}"#, DecodeError::NoStatus),
            (r#"{"status":7}"#, DecodeError::NoStatus),
            (
                r#"{"Code":"Error","Message":"ChaliceViewError: gone"}"#,
                DecodeError::Refused(Text::new("gone")),
            ),
        ] {
            assert_eq!(Job::decode(body), Err(wanted), "{body}");
        }
        let half = &EXAMPLE[..200];
        assert!(matches!(Job::decode(half), Err(DecodeError::Broken { .. })));
    }

    #[test]
    fn deep_and_large_fields_do_no_harm() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        let job = Job::decode(&format!(r#"{{"state":{deep},"status":"SYNC_STARTED"}}"#)).unwrap();
        assert_eq!(
            &*job.raw,
            r#"{"state":"(400000 bytes, not kept)","status":"SYNC_STARTED"}"#
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
        fn no_cut_of_an_answer_panics(end in 0..EXAMPLE.len(), junk in ".{0,8}") {
            let _ = Job::decode(&format!("{}{junk}", &EXAMPLE[..end]));
        }
    }
}
