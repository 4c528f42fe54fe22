//! The rows that a job moved, as far as its response counts them.
//!
//! None of the fields is in the API document. `processed_rows` and
//! `metrics.recordCount` are in hotglue's documentation of job details;
//! `summary` is what its targets write. Only counts and the names of streams
//! are read, wherever those three fields appear, but never from `state`,
//! `override_*` or a configuration.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::hotglue::json::{Fields, plain_text};
use crate::hotglue::text::Text;

/// The number of streams that are kept; the rest only counts in the total.
const MAX_STREAMS: usize = 64;
/// The longest name of a stream, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// The deepest object that is searched, counted from the response.
const MAX_DEPTH: usize = 4;
/// The largest count that is believed.
const MAX_COUNT: u64 = 1_000_000_000_000_000;
/// The stream of counts that name none.
const UNNAMED: &str = "all";

/// The rows that a job moved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All rows: `processed_rows` where present, else what was read, else what
    /// was written.
    pub total: Option<u64>,
    /// The rows of at most 64 streams, by name.
    pub streams: BTreeMap<Text, StreamRows>,
}

/// The rows of a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamRows {
    /// Records read from the source (`metrics.recordCount`).
    pub read: Option<u64>,
    /// Records created in the target (`summary.{stream}.success`).
    pub success: Option<u64>,
    /// Records that the target refused (`fail`).
    pub fail: Option<u64>,
    /// Records that the target already had (`existing`).
    pub existing: Option<u64>,
    /// Records changed in the target (`updated`).
    pub updated: Option<u64>,
}

impl StreamRows {
    /// The records that are in the target afterwards; `None` where none of
    /// them is counted.
    pub(crate) fn written(&self) -> Option<u64> {
        sum([self.success, self.existing, self.updated])
    }

    /// The records written, else the records read.
    pub(crate) fn rows(&self) -> Option<u64> {
        self.written().or(self.read)
    }

    /// Whether the target refused every record.
    pub(crate) fn all_failed(&self) -> bool {
        self.fail.is_some_and(|failed| failed > 0) && self.written().unwrap_or(0) == 0
    }
}

impl RowCounts {
    /// Reads the counts of a response.
    pub(super) fn read(fields: &Fields) -> Self {
        let reader = Reader::of(fields);
        Self {
            total: reader.total(),
            streams: reader.streams,
        }
    }
}

/// Returns all rows that a response counts, or `None`.
pub(super) fn total_rows(body: &str, fields: &Fields) -> Option<u64> {
    // Most responses of running jobs count nothing.
    mentions_counts(body).then(|| Reader::of(fields).total())?
}

fn mentions_counts(json: &str) -> bool {
    ["processed_rows", "recordCount", "summary"]
        .iter()
        .any(|name| json.contains(name))
}

/// Formats a count in at most four characters where it is below a trillion,
/// such as `950`, `8.1k` and `12M`.
pub(crate) fn compact_count(count: u64) -> String {
    if count < 1_000 {
        return count.to_string();
    }
    let mut tenths = count;
    for unit in ["k", "M", "G"] {
        tenths = (tenths + 50) / 100;
        if tenths < 100 {
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return match tenth {
                0 => format!("{whole}{unit}"),
                _ => format!("{whole}.{tenth}{unit}"),
            };
        }
        tenths = (tenths + 5) / 10;
        if tenths < 1_000 {
            return format!("{tenths}{unit}");
        }
    }
    format!("{}T", (tenths + 500) / 1_000)
}

/// Whether a field may contain secrets or customer data.
fn is_private(name: &str) -> bool {
    name == "state" || name.starts_with("override_") || name.contains("config")
}

/// What was found so far. The first field of a name counts.
#[derive(Default)]
struct Reader {
    processed: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
    streams: BTreeMap<Text, StreamRows>,
}

impl Reader {
    fn of(fields: &Fields) -> Self {
        let mut reader = Self::default();
        reader.search(fields, 1);
        reader
    }

    fn total(&self) -> Option<u64> {
        self.processed.or(self.read).or(self.written)
    }

    /// Searches an object, and then the objects in it.
    fn search(&mut self, fields: &Fields, depth: usize) {
        for (name, value) in fields.iter() {
            match name {
                "processed_rows" => self.processed = self.processed.or_else(|| count(value)),
                "recordCount" if self.read.is_none() => self.read = self.read_records(value, depth),
                "summary" if self.written.is_none() => {
                    self.written = self.read_summary(None, value, depth);
                }
                _ => {}
            }
        }
        for (name, value) in fields.iter() {
            let is_known = matches!(name, "processed_rows" | "recordCount" | "summary");
            if depth < MAX_DEPTH
                && !is_known
                && !is_private(name)
                && mentions_counts(value.get())
                && let Some(inner) = object(value)
            {
                self.search(&inner, depth + 1);
            }
        }
    }

    /// Reads a count, or counts by stream. Returns their sum.
    fn read_records(&mut self, value: &RawValue, depth: usize) -> Option<u64> {
        let Some(fields) = object(value) else {
            return count(value);
        };
        let mut total = None;
        for (name, value) in fields.iter() {
            let rows = match count(value) {
                Some(rows) => {
                    if let Some(stream) = self.stream(name) {
                        stream.read = Some(rows);
                    }
                    Some(rows)
                }
                None if depth < MAX_DEPTH => self.read_records(value, depth + 1),
                None => None,
            };
            total = sum([total, rows]);
        }
        total
    }

    /// Reads the counts of a stream, or an object of streams. Returns the sum
    /// of what was written.
    fn read_summary(&mut self, name: Option<&str>, value: &RawValue, depth: usize) -> Option<u64> {
        let fields = object(value)?;
        let field = |name| fields.get(name).and_then(count);
        let rows = StreamRows {
            read: None,
            success: field("success"),
            fail: field("fail"),
            existing: field("existing"),
            updated: field("updated"),
        };
        if rows != StreamRows::default() {
            if let Some(stream) = self.stream(name.unwrap_or(UNNAMED)) {
                *stream = StreamRows {
                    read: stream.read,
                    ..rows
                };
            }
            return Some(rows.written().unwrap_or(0));
        }
        let mut total = None;
        for (name, value) in fields.iter().filter(|_| depth < MAX_DEPTH) {
            total = sum([total, self.read_summary(Some(name), value, depth + 1)]);
        }
        total
    }

    /// The stream of a name; `None` when there are too many.
    fn stream(&mut self, name: &str) -> Option<&mut StreamRows> {
        let name = Text::new(&Text::cut(name, MAX_NAME_BYTES).one_line());
        let is_room = self.streams.len() < MAX_STREAMS || self.streams.contains_key(&name);
        is_room.then(|| self.streams.entry(name).or_default())
    }
}

fn object(value: &RawValue) -> Option<Fields<'_>> {
    let json = value.get();
    json.starts_with('{').then(|| Fields::read(json).ok())?
}

/// Reads a count that is a number or a text; `None` for one that is negative,
/// too large, or not a number.
fn count(value: &RawValue) -> Option<u64> {
    let text = plain_text(value)?;
    let text = text.trim();
    let count = text.parse::<u64>().ok().or_else(|| {
        let count: f64 = text.parse().ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was checked"
        )]
        (0.0..=1e15).contains(&count).then_some(count as u64)
    })?;
    (count <= MAX_COUNT).then_some(count)
}

/// The sum of the counts that are known; `None` where none is.
fn sum<const N: usize>(counts: [Option<u64>; N]) -> Option<u64> {
    counts.into_iter().flatten().reduce(u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotglue::Job;
    use proptest::prelude::*;

    fn rows(fields: &str) -> Option<RowCounts> {
        let body = format!(r#"{{"status":"JOB_COMPLETED",{fields}}}"#);
        Job::decode(&body).unwrap().rows()
    }

    fn total(fields: &str) -> Option<u64> {
        rows(fields)?.total
    }

    #[test]
    fn counts_are_read_wherever_they_appear() {
        let counts = rows(
            r#""metrics":{"recordCount":{"orders":7000,"customers":"1100"}},
               "result":{"summary":{"orders":{"success":6000,"fail":3,"existing":900,"updated":97}}}"#,
        )
        .unwrap();
        assert_eq!(counts.total, Some(8_100));
        let orders = counts.streams[&Text::new("orders")];
        assert_eq!(orders.read, Some(7_000));
        assert_eq!(orders.fail, Some(3));
        assert_eq!(orders.written(), Some(6_997));
        let customers = counts.streams[&Text::new("customers")];
        assert_eq!((customers.read, customers.written()), (Some(1_100), None));
        assert_eq!(customers.rows(), Some(1_100));
    }

    #[test]
    fn processed_rows_come_before_read_and_written_ones() {
        let read = r#""metrics":{"recordCount":{"a":2,"b":3}}"#;
        let written = r#""summary":{"a":{"success":4,"updated":1},"b":{"fail":9}}"#;
        assert_eq!(
            total(&format!(r#"{read},"processed_rows":0,{written}"#)),
            Some(0)
        );
        assert_eq!(total(&format!("{written},{read}")), Some(5));
        assert_eq!(total(&written.replace('4', "6")), Some(7));
        assert_eq!(total(&format!(r#"{read},"processed_rows":null"#)), Some(5));
    }

    #[test]
    fn numbers_of_any_form_are_read_and_nonsense_is_not() {
        for (value, expected) in [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("1.2e3", Some(1_200)),
            ("\" 12 \"", Some(12)),
            ("0", Some(0)),
            ("-1", None),
            ("1e300", None),
            ("99999999999999999999999", None),
            ("\"NaN\"", None),
            ("\"many\"", None),
            ("null", None),
            ("true", None),
            ("[5]", None),
            ("{}", None),
        ] {
            let field = format!(r#""processed_rows":{value}"#);
            assert_eq!(total(&field), expected, "{value}");
        }
        assert_eq!(total(r#""metrics":{"recordCount":41.0}"#), Some(41));
        assert_eq!(
            total(r#""metrics":{"recordCount":{"x":{"orders":4}}}"#),
            Some(4)
        );
        assert_eq!(
            total(r#""metrics":{"estimatedRecordCount":{"orders":4}}"#),
            None
        );
    }

    #[test]
    fn counts_have_a_compact_form() {
        for (count, expected) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1k"),
            (8_149, "8.1k"),
            (9_960, "10k"),
            (12_345, "12k"),
            (999_700, "1M"),
            (3_400_000, "3.4M"),
            (12_000_000_000, "12G"),
            (MAX_COUNT, "1000T"),
        ] {
            assert_eq!(compact_count(count), expected, "{count}");
        }
    }

    #[test]
    fn a_summary_without_streams_is_one_stream() {
        let counts = rows(r#""summary":{"success":0,"fail":12}"#).unwrap();
        assert_eq!(counts.total, Some(0));
        assert!(counts.streams[&Text::new("all")].all_failed());
        assert!(!StreamRows::default().all_failed());
    }

    #[test]
    fn private_fields_are_not_searched() {
        for name in ["state", "override_x", "tap_config"] {
            let field = format!(r#""{name}":{{"summary":{{"orders":{{"success":5}}}}}}"#);
            assert_eq!(rows(&field), None, "{name}");
        }
    }

    #[test]
    fn a_hostile_response_is_bounded() {
        let streams: Vec<_> = (0..5_000)
            .map(|number| format!(r#""{}\u001b{number}":1"#, "x".repeat(number % 90)))
            .collect();
        let field = format!(r#""metrics":{{"recordCount":{{{}}}}}"#, streams.join(","));
        let counts = rows(&field).unwrap();
        assert_eq!(counts.total, Some(5_000));
        assert!(counts.streams.len() <= MAX_STREAMS);
        let few = format!(
            r#""metrics":{{"recordCount":{{{}}}}}"#,
            streams[..100].join(",")
        );
        let counts = rows(&few).unwrap();
        assert_eq!(
            (counts.total, counts.streams.len()),
            (Some(100), MAX_STREAMS)
        );
        let clean = |name: &Text| !name.as_str().contains(char::is_control);
        assert!(counts.streams.keys().all(clean));
        let deep = format!("{}1{}", r#"{"summary":"#.repeat(10_000), "}".repeat(10_000));
        assert_eq!(rows(&format!(r#""summary":{deep}"#)), None);
        let largest = r#"{"a":1000000000000000,"b":1000000000000000}"#;
        let field = format!(r#""metrics":{{"recordCount":{largest}}}"#);
        assert_eq!(total(&field), Some(2 * MAX_COUNT));
    }

    proptest! {
        #[test]
        fn no_field_panics_and_what_is_read_is_bounded(
            name in "processed_rows|metrics|summary|recordCount",
            value in r#"(\{"(a|recordCount|success|fail)":){0,6}("?-?[0-9]{1,30}(\.[0-9])?"?|null|\[\])\}{0,6}"#,
        ) {
            let body = format!(r#"{{"status":"JOB_COMPLETED","{name}":{value}}}"#);
            if let Ok(job) = Job::decode(&body) {
                let counts = job.rows().unwrap_or_default();
                prop_assert!(counts.total.is_none_or(|total| total <= MAX_COUNT));
                prop_assert!(counts.streams.len() <= 1);
            }
        }
    }
}
