//! Finding a moment: a time, the next change or failure; and when jobs failed
//! over the whole record.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::moment::RecordedMoment;
use crate::history::error::HistoryError;
use crate::history::rows::timestamp;
use crate::history::store::Store;
use crate::hotglue::{JobStatus, State};

/// The most failures of a span.
const MAX_FAILURES: usize = 100_000;
/// The first status that was seen when it was reached.
const FIRST_CHANGE: &str = "SELECT seen FROM steps \
    WHERE updated IS NULL OR seen - updated < 600000 ORDER BY seen LIMIT 1";
/// Statuses by time, from a time on. One that comes from a listing is no
/// change that was seen: it was reached more than ten minutes before, and no
/// earlier status of its run was seen earlier.
macro_rules! select_changes {
    ($range:literal, $order:literal) => {
        concat!(
            "SELECT seen, status FROM steps AS step WHERE ",
            $range,
            " AND (updated IS NULL OR seen - updated < 600000 OR EXISTS \
                (SELECT 1 FROM steps AS earlier WHERE earlier.run = step.run \
                   AND earlier.number < step.number AND earlier.seen < step.seen)) \
              ORDER BY seen ",
            $order
        )
    };
}
const CHANGES_AFTER: &str = select_changes!("seen > ?1 AND seen <= ?2", "ASC");
const CHANGES_BEFORE: &str = select_changes!("seen < ?1 AND seen >= ?2", "DESC");

/// Where to go in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seek {
    /// To a time, or to the end of the record where it is later.
    Time(Timestamp),
    /// To the end of the record.
    End,
    /// To the first change after a time; of a status to a failed one where only
    /// failures count.
    Next {
        /// The time.
        after: Timestamp,
        /// Whether only failures count.
        failures: bool,
    },
    /// To the last change before a time.
    Previous {
        /// The time.
        before: Timestamp,
        /// Whether only failures count.
        failures: bool,
    },
}

/// A query for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MomentQuery {
    /// Its number, which the answer has too.
    pub number: u64,
    /// Where to go.
    pub seek: Seek,
    /// The part of the record to stay in.
    pub within: Within,
}

/// The part of the record that a query stays in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// A known part.
    Known(Timestamp, Timestamp),
    /// The whole record, or what is between these times: the answer says what
    /// that is.
    Find(Option<Timestamp>, Option<Timestamp>),
}

/// The part of the record that can be visited, and its failures over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first recorded moment.
    pub from: Timestamp,
    /// The last one.
    pub to: Timestamp,
    /// When jobs failed, oldest first; of many the newest.
    pub failures: Vec<Timestamp>,
}

impl Store {
    /// The moment that a query leads to; `None` where there is no such change.
    /// The span is read only where the query asks for it: it takes time that
    /// grows with the record.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn seek(
        &self,
        query: &MomentQuery,
    ) -> Result<(Option<Span>, Option<RecordedMoment>), HistoryError> {
        let (from, to, span) = match query.within {
            Within::Known(from, to) => (from, to, None),
            Within::Find(from, to) => {
                let span = self.span(from, to)?;
                (span.from, span.to, Some(span))
            }
        };
        let time = match query.seek {
            Seek::Time(time) => Some(time.min(to).max(from)),
            Seek::End => Some(to),
            Seek::Next { after, failures } => self.change(CHANGES_AFTER, after, to, failures)?,
            Seek::Previous { before, failures } => {
                self.change(CHANGES_BEFORE, before, from, failures)?
            }
        };
        let moment = time.map(|time| self.moment(time)).transpose()?;
        Ok((span, moment))
    }

    /// The part of the record between two times.
    fn span(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Span, HistoryError> {
        let one = |sql: &str| {
            let time: Option<Option<i64>> = self
                .connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok::<_, HistoryError>(time.flatten().map(timestamp))
        };
        let firsts = [one(FIRST_CHANGE)?, one("SELECT MIN(time) FROM job_lists")?];
        let lasts = [
            one("SELECT MAX(seen) FROM steps")?,
            one("SELECT MAX(time) FROM job_lists")?,
            one("SELECT MAX(time) FROM events")?,
            one("SELECT MAX(seen) FROM updates")?,
        ];
        let last = lasts.into_iter().flatten().max().unwrap_or_default();
        let first = firsts.into_iter().flatten().min().unwrap_or(last);
        let to = to.map_or(last, |to| to.min(last)).max(first);
        let from = from.map_or(first, |from| from.max(first)).min(to);
        let mut failed = FailedStatuses::new(self);
        let mut failures = Vec::new();
        let mut select = self.connection.prepare_cached(CHANGES_BEFORE)?;
        let range = [to.as_millisecond() + 1, from.as_millisecond()];
        let mut rows = select.query(range)?;
        while let Some(row) = rows.next()?
            && failures.len() < MAX_FAILURES
        {
            if failed.contains(row.get(1)?)? {
                failures.push(timestamp(row.get(0)?));
            }
        }
        failures.reverse();
        Ok(Span { from, to, failures })
    }

    /// The time of the first change of a statement.
    fn change(
        &self,
        sql: &str,
        from: Timestamp,
        until: Timestamp,
        failures: bool,
    ) -> Result<Option<Timestamp>, HistoryError> {
        let mut failed = FailedStatuses::new(self);
        let mut select = self.connection.prepare_cached(sql)?;
        let mut rows = select.query(params![from.as_millisecond(), until.as_millisecond()])?;
        while let Some(row) = rows.next()? {
            if !failures || failed.contains(row.get(1)?)? {
                return Ok(Some(timestamp(row.get(0)?)));
            }
        }
        Ok(None)
    }
}

/// Which statuses mean that a job failed, by the number of their text.
struct FailedStatuses<'a> {
    store: &'a Store,
    known: HashMap<i64, bool>,
}

impl<'a> FailedStatuses<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            known: HashMap::new(),
        }
    }

    fn contains(&mut self, status: i64) -> Result<bool, HistoryError> {
        if let Some(known) = self.known.get(&status) {
            return Ok(*known);
        }
        let text: Option<String> = self
            .store
            .connection
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")?
            .query_row([status], |row| row.get(0))
            .optional()?;
        let state = text.map(|text| JobStatus::parse(&text).state());
        let is_failed = state == Some(State::Failed);
        self.known.insert(status, is_failed);
        Ok(is_failed)
    }
}
