//! The changes of the environments' circuit breakers, as the history records
//! them: once when a state begins, not at each probe.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::snapshot::EnvironmentStatus;
use super::target::EnvironmentId;
use crate::history::{RecordedEvent, RecordedKind};
use crate::hotglue::{EnvId, Text};

/// The last recorded state of each environment.
#[derive(Debug, Default)]
pub(crate) struct CircuitLog(BTreeMap<EnvironmentId, RecordedKind>);

impl CircuitLog {
    /// Returns the events to record of the statuses that were published.
    pub(crate) fn changes(
        &mut self,
        statuses: &BTreeMap<EnvironmentId, EnvironmentStatus>,
        env_id: impl Fn(EnvironmentId) -> Option<EnvId>,
        now: Timestamp,
    ) -> Vec<RecordedEvent> {
        let changes = statuses.iter().filter_map(|(id, status)| {
            let (kind, detail) = match status {
                EnvironmentStatus::Closed => (RecordedKind::Closed, None),
                EnvironmentStatus::RateLimited { .. } => (RecordedKind::RateLimited, None),
                EnvironmentStatus::Unauthorized { error, .. } => {
                    (RecordedKind::Unauthorized, Some(error))
                }
                EnvironmentStatus::Outage { error, .. } => (RecordedKind::Outage, Some(error)),
            };
            // Every environment begins closed.
            let before = self.0.insert(*id, kind).unwrap_or(RecordedKind::Closed);
            if before == kind {
                return None;
            }
            Some(RecordedEvent {
                time: now,
                env_id: env_id(*id)?,
                kind,
                subject: None,
                detail: detail.map(|error| Text::new(&error.to_string())),
            })
        });
        changes.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::hotglue::FetchError;

    #[test]
    fn only_the_beginning_of_a_state_is_recorded() {
        let time = |second| Timestamp::from_second(second).unwrap();
        let outage = |second| EnvironmentStatus::Outage {
            since: time(0),
            error: Arc::new(FetchError::TimedOut),
            next: time(second),
        };
        let limited = EnvironmentStatus::RateLimited { until: time(9) };
        let mut log = CircuitLog::default();
        let mut recorded = Vec::new();
        let closed = EnvironmentStatus::Closed;
        for (second, status) in [
            (1, closed.clone()),
            (2, outage(3)),
            (3, outage(5)),
            (5, limited),
            (6, closed.clone()),
            (7, closed),
        ] {
            let statuses = [(EnvironmentId(0), status)].into();
            let env_id = |_| EnvId::parse("dev.x.xyz").ok();
            recorded.extend(log.changes(&statuses, env_id, time(second)));
        }
        let read: Vec<_> = recorded
            .iter()
            .map(|event| (event.time.as_second(), event.kind, event.detail.is_some()))
            .collect();
        let expected = [
            (2, RecordedKind::Outage, true),
            (5, RecordedKind::RateLimited, false),
            (6, RecordedKind::Closed, false),
        ];
        assert_eq!(read, expected);
    }
}
