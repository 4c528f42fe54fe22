//! What is recorded beside the runs: the state of environments, tenants that
//! are discovered, and the results of gates.

use jiff::Timestamp;
use rusqlite::{Transaction, params};
use strum::{EnumString, IntoStaticStr};

use super::error::HistoryError;
use super::rows::timestamp;
use super::store::Store;
use super::texts::{intern, intern_some};
use crate::hotglue::{EnvId, Text};

/// The longest recorded detail, in bytes.
const MAX_DETAIL_BYTES: usize = 200;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum RecordedKind {
    /// Polling works again. Events of the same environment up to here belong
    /// to one problem.
    Closed,
    /// The service limits the rate.
    #[strum(serialize = "rate limited")]
    RateLimited,
    /// The API key is refused.
    Unauthorized,
    /// The service is down.
    Outage,
    /// A tenant of a followed flow was discovered; the subject is the tenant.
    #[strum(serialize = "tenant added")]
    TenantAdded,
    /// A wait ended with a gate; the detail is the condition and its result.
    Gate,
}

/// Something that happened beside the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// When it was noticed.
    pub(crate) time: Timestamp,
    /// The environment.
    pub(crate) env_id: EnvId,
    /// What happened.
    pub(crate) kind: RecordedKind,
    /// What it happened to, where the kind has such a thing.
    pub(crate) subject: Option<Text>,
    /// The error or the result.
    pub(crate) detail: Option<Text>,
}

impl Store {
    /// Records events, all or none.
    ///
    /// # Errors
    /// When the disk is full, or the database is locked or damaged.
    pub fn record_events(&mut self, events: &[RecordedEvent]) -> Result<(), HistoryError> {
        self.write(|transaction| {
            events
                .iter()
                .try_for_each(|event| write(transaction, event))
        })
    }

    /// The events of a range of times, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn events(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<RecordedEvent>, HistoryError> {
        let mut select = self.connection.prepare_cached(
            "SELECT time, envs.text, kinds.text, subjects.text, details.text FROM events \
             CROSS JOIN texts AS envs ON envs.id = events.env \
             CROSS JOIN texts AS kinds ON kinds.id = events.kind \
             LEFT JOIN texts AS subjects ON subjects.id = events.subject \
             LEFT JOIN texts AS details ON details.id = events.detail \
             WHERE time BETWEEN ?1 AND ?2 ORDER BY time, events.id",
        )?;
        let range = [from, to].map(Timestamp::as_millisecond);
        let rows = select.query_map(range, |row| {
            let env_id = EnvId::parse(row.get_ref(1)?.as_str()?);
            let kind = row.get_ref(2)?.as_str()?.parse();
            let (Ok(env_id), Ok(kind)) = (env_id, kind) else {
                return Ok(None);
            };
            Ok(Some(RecordedEvent {
                time: timestamp(row.get(0)?),
                env_id,
                kind,
                subject: row.get_ref(3)?.as_str_or_null()?.map(Text::new),
                detail: row.get_ref(4)?.as_str_or_null()?.map(Text::new),
            }))
        })?;
        Ok(rows
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?)
    }
}

fn write(transaction: &Transaction<'_>, event: &RecordedEvent) -> rusqlite::Result<()> {
    let kind: &str = event.kind.into();
    let detail = event.detail.as_ref();
    let detail = detail.map(|detail| Text::cut(&detail.one_line(), MAX_DETAIL_BYTES));
    transaction
        .prepare_cached(
            "INSERT INTO events (time, env, kind, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            event.time.as_millisecond(),
            intern(transaction, event.env_id.as_str())?,
            intern(transaction, kind)?,
            intern_some(transaction, event.subject.as_ref().map(Text::as_str))?,
            intern_some(transaction, detail.as_ref().map(Text::as_str))?,
        ])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_back_in_their_range() {
        let mut store = Store::in_memory().unwrap();
        let time = |second| Timestamp::from_second(second).unwrap();
        let event = |second, kind, detail: Option<&str>| RecordedEvent {
            time: time(second),
            env_id: EnvId::parse("dev.x.xyz").unwrap(),
            kind,
            subject: (kind == RecordedKind::Gate).then(|| Text::new("failed<=2%")),
            detail: detail.map(Text::new),
        };
        let events = [
            event(1, RecordedKind::Outage, Some("503 Service Unavailable")),
            event(5, RecordedKind::Closed, None),
            event(9, RecordedKind::Gate, Some("hold")),
            event(10, RecordedKind::RateLimited, None),
        ];
        store.record_events(&events).unwrap();
        assert_eq!(store.events(time(0), time(99)).unwrap(), events);
        assert_eq!(store.events(time(5), time(9)).unwrap(), events[1..3]);
        let long = event(11, RecordedKind::Outage, Some(&"x".repeat(5_000)));
        store.record_events(&[long]).unwrap();
        let read = store.events(time(11), time(11)).unwrap();
        assert!(read[0].detail.as_ref().unwrap().as_str().len() < 300);
    }
}
