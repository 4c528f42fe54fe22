//! Details read from a response on demand: the fields that are comparable
//! between runs, the times of statuses, and the rows of streams.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::decode::{Job, MAX_FIELD_BYTES};
use super::rows::RowCounts;
use super::status::JobStatus;
use crate::hotglue::json::{Fields, plain_text, shown};
use crate::hotglue::text::Text;
use crate::hotglue::time::Moment;

/// The fields that are comparable between runs. An allow-list: any other field
/// may contain secrets or customer data, and what is comparable is stored.
const COMPARABLE: [&str; 13] = [
    "tap",
    "target",
    "connector_id",
    "job_type",
    "scheduled_job",
    "sync_type",
    "task_type",
    "task_region",
    "launch_type",
    "streaming_job",
    "processed_rows",
    "tap_install_uri",
    "discover_install_uri",
];
/// Comparable objects, of which only the numbers are kept.
const COMPARABLE_NUMBERS: [&str; 4] = ["metrics", "data_sizes", "resources_usage", "summary"];

impl Job {
    /// Whether it was created at the start of a rollout or later. A job whose
    /// time of creation is unknown was not.
    pub(crate) fn has_begun_since(&self, start: Timestamp) -> bool {
        let created = self.start_time.as_ref().and_then(|created| created.at);
        created.is_some_and(|created| created >= start)
    }

    /// Returns the fields that are comparable between two runs of a flow:
    /// settings, counts, versions. Only known fields are included, because any
    /// other may contain secrets.
    pub fn facts(&self) -> Vec<(Text, Text)> {
        let Ok(fields) = Fields::read(&self.raw) else {
            return Vec::new();
        };
        fields
            .iter()
            .filter_map(|(name, value)| {
                let text = if COMPARABLE_NUMBERS.contains(&name) {
                    Text::cut(&numbers(value)?, 200)
                } else if COMPARABLE.contains(&name) && !value.get().starts_with(['{', '[', 'n']) {
                    let text = plain_text(value).unwrap_or(Cow::Borrowed(value.get()));
                    Text::cut(&without_credentials(&text), 200)
                } else {
                    return None;
                };
                Some((Text::new(name), Text::new(&text.one_line())))
            })
            .collect()
    }

    /// Returns the rows that the job moved so far; `None` where the response
    /// counts none. A field that was too long to keep counts in the total only.
    pub fn rows(&self) -> Option<RowCounts> {
        let read = Fields::read(&self.raw).map(|fields| RowCounts::read(&fields));
        let counts = RowCounts {
            total: self.total_rows,
            ..read.unwrap_or_default()
        };
        (counts != RowCounts::default()).then_some(counts)
    }

    /// Returns the version of the tap that `tap_install_uri` names after its
    /// last `@`, as in `git+https://host/tap.git@v1.0.12`; the whole address
    /// without credentials where it names none.
    pub(crate) fn tap_version(&self) -> Option<Text> {
        let fields = Fields::read(&self.raw).ok()?;
        let uri = plain_text(fields.get("tap_install_uri")?)?;
        let uri = without_credentials(&uri);
        let version = uri.rsplit_once('@').map(|(_, version)| version);
        let version =
            version.filter(|version| !version.is_empty() && !version.contains(['/', ':']));
        let text = Text::cut(version.unwrap_or(&uri), 200);
        (!text.as_str().is_empty()).then_some(text)
    }

    /// Returns how long the job took, as read from `duration` (listed, its
    /// unit is not documented): a number, or a text with one, of seconds.
    pub(crate) fn duration(&self) -> Option<SignedDuration> {
        let fields = Fields::read(&self.raw).ok()?;
        let seconds: f64 = plain_text(fields.get("duration")?)?.trim().parse().ok()?;
        let seconds = SignedDuration::try_from_secs_f64(seconds).ok()?;
        (!seconds.is_negative()).then_some(seconds)
    }

    /// Returns when each status was reached, oldest first, as read from
    /// `status_timestamp` (seen in responses, its shape is not documented);
    /// empty where it is missing.
    pub fn status_times(&self) -> Vec<(JobStatus, Timestamp)> {
        // Most responses lack it, and reading one takes as long as decoding it.
        if !self.raw.contains("status_timestamp") {
            return Vec::new();
        }
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
                let time = Moment::new(shown(at, MAX_FIELD_BYTES)?.as_str()).at?;
                Some((JobStatus::parse(status), time))
            })
            .collect();
        times.sort_by_key(|(_, at)| *at);
        times
    }
}

/// Returns the numbers of an object, as JSON; `None` where there are none.
fn numbers(value: &RawValue) -> Option<String> {
    fn only_numbers(value: Value) -> Option<Value> {
        match value {
            Value::Number(number) => Some(Value::Number(number)),
            Value::Object(fields) => {
                let kept: Map<_, _> = fields
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, only_numbers(value)?)))
                    .collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) => None,
        }
    }
    let value = serde_json::from_str(value.get()).ok()?;
    only_numbers(value).map(|value| value.to_string())
}

/// Returns the text without the user name, password, query and fragment of a
/// URL.
fn without_credentials(text: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Cow::Borrowed(text);
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit('@').next().unwrap_or_default();
    Cow::Owned(format!("{scheme}://{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_statuses_are_read_where_present() {
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
    fn tap_version_is_the_tag_of_the_address() {
        for (uri, expected) in [
            (
                r#""git+https://u:SECRET@host/tap.git@v1.0.12""#,
                Some("v1.0.12"),
            ),
            (r#""git+https://host/tap.git@v2#egg=tap""#, Some("v2")),
            (r#""git@host:org/tap.git""#, Some("git@host:org/tap.git")),
            (
                r#""https://u:SECRET@host/tap.git""#,
                Some("https://host/tap.git"),
            ),
            (r#""tap-shopify==1.2""#, Some("tap-shopify==1.2")),
            (r#""""#, None),
            ("null", None),
            (r#"{"x":"SECRET"}"#, None),
        ] {
            let body = format!(r#"{{"status":"SYNC_STARTED","tap_install_uri":{uri}}}"#);
            let version = Job::decode(&body).unwrap().tap_version();
            assert_eq!(version.as_ref().map(Text::as_str), expected, "{uri}");
        }
    }

    #[test]
    fn duration_is_a_number_of_seconds() {
        for (duration, expected) in [
            ("99.5", Some(99_500)),
            (r#""60""#, Some(60_000)),
            ("-1", None),
            ("1e300", None),
            (r#""5 min""#, None),
            ("null", None),
            (r#"{"s":1}"#, None),
        ] {
            let body = format!(r#"{{"status":"JOB_COMPLETED","duration":{duration}}}"#);
            let read = Job::decode(&body).unwrap().duration();
            assert_eq!(read.map(|read| read.as_millis()), expected, "{duration}");
        }
    }

    #[test]
    fn facts_are_on_one_line() {
        let job = Job::decode(r#"{"status":"ETL_STARTED","target":"a\nb"}"#).unwrap();
        assert!(!job.facts()[0].1.as_str().contains('\n'));
    }

    #[test]
    fn facts_contain_known_fields_only() {
        let job = Job::decode(
            r#"{"status":"ETL_STARTED","job_id":"j","state":{"token":"SECRET"},"override_x":"SECRET",
                "tap_config":{"client_secret":"SECRET"},"unheard_of":"SECRET","message":"m",
                "sync_type":"full_sync","scheduled_job":true,"target":null,"task_type":{"x":"SECRET"},
                "tap_install_uri":"git+https://SECRET:SECRET@host/tap.git@v1.0.12?token=SECRET",
                "metrics":{"recordCount":{"invoices":7},"note":"SECRET","list":["SECRET"]},
                "summary":"SECRET"}"#,
        )
        .unwrap();
        let facts: Vec<_> = job
            .facts()
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let expected = [
            "sync_type=full_sync",
            "scheduled_job=true",
            "tap_install_uri=git+https://host/tap.git@v1.0.12",
            r#"metrics={"recordCount":{"invoices":7}}"#,
        ];
        assert_eq!(facts, expected);
    }
}
