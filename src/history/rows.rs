//! Rows that both writing and queries read.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::run::RunStep;
use crate::hotglue::JobStatus;

/// The name of the whole job among the stages.
pub(super) const TOTAL: &str = "whole";

/// The steps of a run, oldest first.
pub(super) fn steps(connection: &Connection, run: i64) -> rusqlite::Result<Vec<RunStep>> {
    connection
        .prepare_cached("SELECT status, seen, updated FROM steps WHERE run = ?1 ORDER BY rowid")?
        .query_map(params![run], |row| {
            Ok(RunStep {
                status: JobStatus::parse(&row.get::<_, String>(0)?),
                seen: timestamp(row.get(1)?),
                updated: row.get::<_, Option<i64>>(2)?.map(timestamp),
            })
        })?
        .collect()
}

/// The time of a number of milliseconds; the epoch for one out of range.
pub(super) fn timestamp(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}
