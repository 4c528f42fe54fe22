//! The list of what a dashboard watches, without secrets: names, ids and
//! settings that decide what it shows.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::history::error::HistoryError;
use crate::history::rows::timestamp;
use crate::history::store::Store;
use crate::history::texts::intern;

/// The most jobs and tenants of a list that is recorded.
const MAX_ENTRIES: usize = 20_000;

/// The newest list until a time.
const LIST_AT: &str = "SELECT job_lists.time, text FROM job_lists \
    JOIN texts ON texts.id = list WHERE job_lists.time <= ?1 \
    ORDER BY job_lists.time DESC LIMIT 1";
/// The first list of all.
const FIRST_LIST: &str = "SELECT job_lists.time, text FROM job_lists \
    JOIN texts ON texts.id = list ORDER BY job_lists.time LIMIT 1";
/// The newest start of a dashboard until a time.
const START: &str =
    "SELECT time FROM job_lists WHERE time <= ?1 AND is_start ORDER BY time DESC LIMIT 1";

/// What a dashboard watches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobList {
    /// The time between two polls, in seconds.
    pub poll_interval: u64,
    /// The most requests per second to one environment.
    pub max_requests_per_second: u32,
    /// The most requests in flight to one environment.
    pub max_concurrent_requests: usize,
    /// The environments, in the order of the config.
    pub environments: Vec<ListedEnvironment>,
    /// The watched jobs.
    pub jobs: Vec<ListedTarget>,
    /// The followed flows.
    pub follows: Vec<ListedFollow>,
}

/// An environment in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedEnvironment {
    /// The name in the config.
    pub name: String,
    /// The service's id.
    pub env_id: String,
    /// The color, as the config has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
}

/// A watched job in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedTarget {
    /// The name in the config.
    pub name: String,
    /// The index of the environment.
    pub environment: usize,
    /// The flow.
    pub flow: String,
    /// The tenant.
    pub tenant: String,
    /// The `job_root`.
    pub job_root: String,
    /// The time between two polls in seconds, where the job sets its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_interval: Option<u64>,
    /// The tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// A followed flow in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedFollow {
    /// The name in the config.
    pub name: String,
    /// The index of the environment.
    pub environment: usize,
    /// The flow.
    pub flow: String,
    /// The tenants that were watched, named or discovered.
    pub tenants: Vec<String>,
    /// The start of the rollout, in RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The conditions of the gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gate: Vec<String>,
}

/// A list, and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedList {
    /// When the dashboard began to watch what is listed.
    pub time: Timestamp,
    /// Whether the dashboard started then.
    pub is_start: bool,
    /// What it watched.
    pub list: JobList,
}

impl JobList {
    fn len(&self) -> usize {
        let tenants = self.follows.iter().map(|follow| follow.tenants.len());
        self.jobs.len() + tenants.sum::<usize>()
    }
}

impl Store {
    /// Records what a dashboard watches from a time on. A list of more than
    /// 20,000 jobs is not recorded.
    ///
    /// # Errors
    /// When the disk is full, or the database is locked or damaged.
    pub fn record_list(&mut self, recorded: &RecordedList) -> Result<(), HistoryError> {
        if recorded.list.len() > MAX_ENTRIES {
            return Ok(());
        }
        let list = serde_json::json!(recorded.list).to_string();
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO job_lists (time, list, is_start) VALUES (?1, ?2, ?3) \
                     ON CONFLICT (time) DO UPDATE SET list = excluded.list, \
                       is_start = MAX(is_start, excluded.is_start)",
                )?
                .execute(params![
                    recorded.time.as_millisecond(),
                    intern(transaction, &list)?,
                    recorded.is_start,
                ])?;
            Ok(())
        })
    }

    /// The list that was watched at a time, with the time since when; before the
    /// first one, that. `None` without a list that can be read.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn list_at(&self, time: Timestamp) -> Result<Option<(Timestamp, JobList)>, HistoryError> {
        let read = |row: &Row<'_>| Ok((timestamp(row.get(0)?), row.get::<_, String>(1)?));
        let newest = self
            .connection
            .prepare_cached(LIST_AT)?
            .query_row([time.as_millisecond()], read)
            .optional()?;
        let found = match newest {
            Some(newest) => Some(newest),
            None => self
                .connection
                .prepare_cached(FIRST_LIST)?
                .query_row([], read)
                .optional()?,
        };
        Ok(found.and_then(|(time, json)| Some((time, serde_json::from_str(&json).ok()?))))
    }

    /// When the dashboard started that was running at a time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn start_before(&self, time: Timestamp) -> Result<Option<Timestamp>, HistoryError> {
        let start = self
            .connection
            .prepare_cached(START)?
            .query_row([time.as_millisecond()], |row| row.get(0))
            .optional()?;
        Ok(start.map(timestamp))
    }
}
