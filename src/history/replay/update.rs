//! Changes of a job that are no change of its status.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::history::error::HistoryError;
use crate::history::store::Store;
use crate::history::texts::intern_some;
use crate::hotglue::{EnvId, JobAddress, Text};

/// The longest recorded message, in bytes.
const MAX_MESSAGE_BYTES: usize = 4_096;
/// The longest recorded error, in bytes.
const MAX_ERROR_BYTES: usize = 200;

/// The state of a job at a poll at which its status did not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobUpdate {
    /// The environment.
    pub env_id: EnvId,
    /// The job.
    pub address: Arc<JobAddress>,
    /// When the answer came.
    pub seen: Timestamp,
    /// The time of the job's last event.
    pub updated: Option<Timestamp>,
    /// The whole message.
    pub message: Option<Text>,
    /// The rows that it moved so far.
    pub rows: Option<u64>,
    /// Why the poll failed, if it did.
    pub error: Option<Text>,
}

impl Store {
    /// Records updates, all or none. One of a job that has no recorded status
    /// is left out.
    ///
    /// # Errors
    /// When the disk is full, or the database is locked or damaged.
    pub fn record_updates(&mut self, updates: &[JobUpdate]) -> Result<(), HistoryError> {
        let cut = |text: Option<&Text>, limit| text.map(|text| Text::cut(text.as_str(), limit));
        self.write(|transaction| {
            for update in updates {
                let run: Option<i64> = transaction
                    .prepare_cached(
                        "SELECT id FROM runs WHERE job_root = ?2 \
                           AND env = (SELECT id FROM texts WHERE text = ?1)",
                    )?
                    .query_row(
                        params![update.env_id.as_str(), update.address.job_root.as_str()],
                        |row| row.get(0),
                    )
                    .optional()?;
                let Some(run) = run else { continue };
                let message = cut(update.message.as_ref(), MAX_MESSAGE_BYTES);
                let error = cut(update.error.as_ref(), MAX_ERROR_BYTES);
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO updates \
                           (run, seen, updated, message, row_count, error) \
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        run,
                        update.seen.as_millisecond(),
                        update.updated.map(Timestamp::as_millisecond),
                        intern_some(transaction, message.as_ref().map(Text::as_str))?,
                        update.rows.and_then(|rows| i64::try_from(rows).ok()),
                        intern_some(transaction, error.as_ref().map(Text::as_str))?,
                    ])?;
            }
            Ok(())
        })
    }
}
