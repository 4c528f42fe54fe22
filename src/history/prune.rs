//! Removing old runs: by age and by size, and never many at a time.
//!
//! The age of a run is measured with the newest time that the service reported,
//! and with this machine's clock only where that is earlier: a clock that is
//! set ahead removes nothing.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::error::HistoryError;
use super::store::Store;
use super::texts::remove_unused;

/// How long a run is kept, in milliseconds.
pub(super) const MAX_AGE: i64 = 90 * 24 * 60 * 60 * 1000;
/// How large the database may grow, in bytes.
const MAX_BYTES: i64 = 200 * 1024 * 1024;
/// One in this many runs is removed at a time, at most.
const MAX_SHARE: i64 = 10;
/// The most runs removed in one transaction.
const CHUNK: i64 = 500;

impl Store {
    /// Removes runs that are older than 90 days, and the oldest ones while the
    /// database is larger than 200 MiB; at most a tenth of all runs. Returns
    /// how many were removed.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn prune(&mut self, now: Timestamp) -> Result<usize, HistoryError> {
        if self.is_read_only() {
            return Ok(0);
        }
        let count = "SELECT COUNT(*) FROM runs";
        let count: i64 = self.connection.query_row(count, [], |row| row.get(0))?;
        let mut allowance = count / MAX_SHARE;
        let mut removed = 0;
        if let Some(service_time) = self.service_time()? {
            let oldest = service_time.min(now.as_millisecond()) - MAX_AGE;
            while allowance > 0 && !self.is_stopped() {
                let chunk = allowance.min(CHUNK);
                let count = remove_oldest(&self.connection, oldest, chunk)?;
                allowance -= count;
                removed += count;
                if count < chunk {
                    break;
                }
            }
        }
        if let Some(service_time) = self.service_time()? {
            let oldest = service_time.min(now.as_millisecond()) - MAX_AGE;
            let sql = "DELETE FROM events WHERE id IN \
                       (SELECT id FROM events WHERE time < ?1 ORDER BY time LIMIT ?2)";
            self.write(|transaction| transaction.execute(sql, params![oldest, CHUNK]))?;
            let sql = "DELETE FROM forecasts WHERE id IN \
                       (SELECT id FROM forecasts WHERE made < ?1 ORDER BY made LIMIT ?2)";
            self.write(|transaction| transaction.execute(sql, params![oldest, CHUNK]))?;
        }
        while allowance > 0 && self.used_bytes()? > MAX_BYTES && !self.is_stopped() {
            let count = remove_oldest(&self.connection, i64::MAX, allowance.min(CHUNK))?;
            allowance -= count;
            removed += count;
        }
        if removed > 0 && !self.is_stopped() {
            self.remove_unused_texts()?;
        }
        Ok(usize::try_from(removed).unwrap_or_default())
    }

    /// The number of runs whose last change was before a time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn count_before(&self, time: Timestamp) -> Result<i64, HistoryError> {
        let sql = "SELECT COUNT(*) FROM runs WHERE last < ?1";
        let count = self
            .connection
            .query_row(sql, [time.as_millisecond()], |row| row.get(0))?;
        Ok(count)
    }

    /// Removes every run whose last change was before a time, the events and
    /// forecasts before it, and the texts that only they held; then makes the file smaller,
    /// unless another process is using it. Returns how many runs were removed.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub(crate) fn remove_before(&mut self, time: Timestamp) -> Result<usize, HistoryError> {
        let time = time.as_millisecond();
        let mut removed = 0;
        loop {
            let count = self.write(|transaction| remove_oldest(transaction, time, CHUNK))?;
            removed += count;
            if count < CHUNK {
                break;
            }
        }
        self.write(|transaction| {
            transaction.execute("DELETE FROM events WHERE time < ?1", [time])?;
            transaction.execute("DELETE FROM forecasts WHERE made < ?1", [time])?;
            transaction.execute("DELETE FROM learned WHERE time < ?1", [time])
        })?;
        self.remove_unused_texts()?;
        match self
            .connection
            .execute_batch("VACUUM")
            .map_err(HistoryError::from)
        {
            Err(error) if !error.is_busy() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        Ok(usize::try_from(removed).unwrap_or_default())
    }

    /// The number of runs, and the size of the database in bytes without free
    /// space.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn size(&self) -> Result<(i64, i64), HistoryError> {
        let count = "SELECT COUNT(*) FROM runs";
        let count = self.connection.query_row(count, [], |row| row.get(0))?;
        Ok((count, self.used_bytes()?))
    }

    /// Removes the texts that no run holds any more, unless another process is
    /// writing: the next removal does it then.
    fn remove_unused_texts(&mut self) -> Result<(), HistoryError> {
        match remove_unused(&mut self.connection).map_err(HistoryError::from) {
            Err(error) if error.is_busy() => Ok(()),
            result => result,
        }
    }

    pub(super) fn service_time(&self) -> Result<Option<i64>, HistoryError> {
        let sql = "SELECT service_time FROM clock";
        let time = self.connection.query_row(sql, [], |row| row.get(0));
        Ok(time.optional()?)
    }

    fn used_bytes(&self) -> Result<i64, HistoryError> {
        let pragma = |name| {
            self.connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
        };
        Ok((pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?)
    }
}

/// Removes the oldest runs before a time, and returns how many.
fn remove_oldest(connection: &Connection, before: i64, limit: i64) -> rusqlite::Result<i64> {
    let sql = "DELETE FROM runs WHERE id IN \
               (SELECT id FROM runs WHERE last < ?1 ORDER BY last LIMIT ?2)";
    let removed = connection.execute(sql, params![before, limit])?;
    Ok(i64::try_from(removed).unwrap_or(limit))
}
