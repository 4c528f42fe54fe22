//! Deviations from the baseline as records.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::hotglue::{RowCounts, StreamRows};

/// A deviation of a job from its baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnomalyRecord {
    /// The tenant.
    pub(crate) tenant: String,
    /// What deviates: "slow", "silent" or "rows".
    pub(crate) kind: &'static str,
    /// The value of the job: rows, or seconds.
    pub(crate) value: u64,
    /// The value that is typical, in the same unit; `null` where no earlier
    /// runs are known.
    pub(crate) baseline: Option<u64>,
    /// The stream whose rows deviate; `null` for the whole job.
    pub(crate) stream: Option<String>,
    /// The anomaly in one sentence.
    pub(crate) description: String,
}

/// The rows of a stream. What is not counted is `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct StreamRecord {
    read: Option<u64>,
    success: Option<u64>,
    fail: Option<u64>,
    existing: Option<u64>,
    updated: Option<u64>,
}

/// The rows of each stream, by name.
pub(super) fn stream_records(rows: Option<RowCounts>) -> BTreeMap<String, StreamRecord> {
    let streams = rows.map(|rows| rows.streams).unwrap_or_default();
    let record = |stream: StreamRows| StreamRecord {
        read: stream.read,
        success: stream.success,
        fail: stream.fail,
        existing: stream.existing,
        updated: stream.updated,
    };
    let streams = streams.into_iter();
    streams
        .map(|(name, stream)| (name.to_string(), record(stream)))
        .collect()
}
