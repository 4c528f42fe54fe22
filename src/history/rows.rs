//! Columns and rows that both writing and queries read.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::run::RunStep;
use crate::hotglue::{JobStatus, STAGES, Stage, State};

/// The outcome of a completed run.
pub(super) const COMPLETED: i64 = 1;
/// The outcome of a failed run.
const FAILED: i64 = 2;
/// The outcome of a cancelled run.
const CANCELLED: i64 = 3;

/// The outcome of a run in a state; `None` where it is not finished.
pub(super) fn outcome(state: State) -> Option<i64> {
    match state {
        State::Completed => Some(COMPLETED),
        State::Failed => Some(FAILED),
        State::Cancelled => Some(CANCELLED),
        State::Unknown | State::Running | State::Queued => None,
    }
}

/// The state of a run with an outcome; `None` for a number that is none.
pub(super) fn state_of_outcome(outcome: i64) -> Option<State> {
    match outcome {
        COMPLETED => Some(State::Completed),
        FAILED => Some(State::Failed),
        CANCELLED => Some(State::Cancelled),
        _ => None,
    }
}

/// The steps of a run, oldest first.
pub(super) fn steps(connection: &Connection, run: i64) -> rusqlite::Result<Vec<RunStep>> {
    connection
        .prepare_cached(
            "SELECT text, seen, updated FROM steps JOIN texts ON texts.id = steps.status \
             WHERE run = ?1 ORDER BY number",
        )?
        .query_map(params![run], |row| {
            Ok(RunStep {
                status: JobStatus::parse(row.get_ref(0)?.as_str()?),
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

/// Durations of stages as a JSON object of milliseconds; of two durations of a
/// stage, the later one counts.
pub(super) fn stage_durations_json(
    durations: impl IntoIterator<Item = (Stage, SignedDuration)>,
) -> String {
    let durations = durations.into_iter().map(|(stage, duration)| {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        (stage.name(), milliseconds.max(0))
    });
    serde_json::json!(durations.collect::<BTreeMap<_, _>>()).to_string()
}

/// The durations of stages in a JSON object of milliseconds, in the order of
/// the stages; none where it is not one.
pub(super) fn stage_durations(json: Option<&str>) -> Vec<(Stage, i64)> {
    let durations = json.and_then(|json| serde_json::from_str::<BTreeMap<&str, i64>>(json).ok());
    let durations = durations.unwrap_or_default();
    std::iter::once(Stage::Queued)
        .chain(STAGES)
        .filter_map(|stage| Some((stage, *durations.get(stage.name())?)))
        .collect()
}
