//! What is written of an observation.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::observation::{COUNTS, Observation};
use super::row_counts;
use super::rows::{outcome, stage_durations_json, steps};
use super::run::RunStep;
use super::texts::{intern, intern_some};
use crate::hotglue::{EnvId, FlowId, JobStatus, Text, stage_spans};

/// Enters when the last run finished that was unfinished when a forecast was
/// made, in the forecasts of a flow for which it is known by now.
const ENTER_FINISH: &str = "UPDATE forecasts SET finish = \
      (SELECT MAX(last) FROM runs \
       WHERE env = ?1 AND flow = ?2 AND COALESCE(started, last) BETWEEN since AND made \
         AND started IS NOT NULL AND outcome IS NOT NULL AND last > made) \
    WHERE env = ?1 AND flow = ?2 AND finish IS NULL AND NOT EXISTS \
      (SELECT 1 FROM runs WHERE env = ?1 AND flow = ?2 AND outcome IS NULL \
         AND started BETWEEN since AND made)";

/// A status time is believed when it is at most this much later than when it
/// was seen, in milliseconds.
const MAX_CLOCK_SKEW: i64 = 24 * 60 * 60 * 1000;

/// Writes an observation: the run, its steps, and how long the stages of a
/// finished run took.
pub(super) fn write(
    transaction: &Transaction<'_>,
    observation: &Observation,
) -> rusqlite::Result<()> {
    if is_known(transaction, observation)? {
        return Ok(());
    }
    let run = write_run(transaction, observation)?;
    write_steps(transaction, run, observation)?;
    write_silences(transaction, run, observation)?;
    if observation.status.is_finished() {
        write_stages(transaction, run)?;
    }
    write_service_time(transaction, observation)
}

/// Whether a finished run was recorded before with everything that is observed
/// now: listings repeat their runs at every start.
fn is_known(transaction: &Transaction<'_>, observation: &Observation) -> rusqlite::Result<bool> {
    if !observation.status.is_finished() || !observation.silences.is_empty() {
        return Ok(false);
    }
    let known = transaction
        .prepare_cached(
            "SELECT 1 FROM runs WHERE job_root = ?2 \
               AND env = (SELECT id FROM texts WHERE text = ?1) \
               AND status = (SELECT id FROM texts WHERE text = ?3) AND last = ?4 \
               AND (stages IS NOT NULL OR ?5) AND (row_counts IS NOT NULL OR ?6) \
               AND (tap_version IS NOT NULL OR ?7)",
        )?
        .query_row(
            params![
                observation.env_id.as_str(),
                observation.address.job_root.as_str(),
                observation.status.as_str(),
                observation.last().as_millisecond(),
                observation.times.is_empty(),
                observation.rows.is_none(),
                observation.tap_version.is_none(),
            ],
            |_| Ok(()),
        )
        .optional()?;
    Ok(known.is_some())
}

fn write_run(transaction: &Transaction<'_>, observation: &Observation) -> rusqlite::Result<i64> {
    let address = &observation.address;
    let last = observation.last();
    let text = |text: &str| intern(transaction, text);
    let optional = |text: Option<&str>| intern_some(transaction, text);
    let rows = observation.rows.as_ref();
    let in_rows = rows.map(row_counts::fields).unwrap_or_default();
    let (counts, settings): (Vec<_>, Vec<_>) = observation
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, value)| {
            !in_rows
                .iter()
                .any(|(known, text)| known == name && text == value)
        })
        .partition(|(name, _)| COUNTS.contains(name));
    let json = |pairs: Vec<(&str, &str)>| {
        (!pairs.is_empty()).then(|| serde_json::json!(pairs).to_string())
    };
    transaction
        .prepare_cached(
            "INSERT INTO runs (env, job_root, flow, tenant, tap, tap_version, started, last, \
               status, outcome, message, settings, counts, row_counts) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
             ON CONFLICT (env, job_root) DO UPDATE SET \
               tap = excluded.tap, tap_version = COALESCE(excluded.tap_version, tap_version), \
               started = COALESCE(excluded.started, started), \
               last = excluded.last, status = excluded.status, outcome = excluded.outcome, \
               message = excluded.message, settings = COALESCE(excluded.settings, settings), \
               counts = COALESCE(excluded.counts, counts), \
               row_counts = COALESCE(excluded.row_counts, row_counts) \
             RETURNING id",
        )?
        .query_row(
            params![
                text(observation.env_id.as_str())?,
                address.job_root.as_str(),
                text(address.flow.as_str())?,
                text(address.tenant.as_str())?,
                text(observation.tap.as_str())?,
                optional(observation.tap_version.as_ref().map(Text::as_str))?,
                observation.started.map(Timestamp::as_millisecond),
                last.as_millisecond(),
                text(observation.status.as_str())?,
                outcome(observation.status.state()),
                optional(observation.message.as_ref().map(Text::as_str))?,
                optional(json(settings).as_deref())?,
                json(counts),
                rows.map(row_counts::to_column),
            ],
            |row| row.get(0),
        )
}

/// Writes the status as a step. The times that the service reports of a job are
/// added to its steps; a status that was not seen at its time
/// counts as seen with this observation.
fn write_steps(
    transaction: &Transaction<'_>,
    run: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let known = steps(transaction, run)?;
    let message = observation.message.as_ref().map(Text::as_str);
    let message = intern_some(transaction, message)?;
    let add = |number: i64, step: &RunStep, message: Option<i64>| {
        transaction
            .prepare_cached(
                "INSERT INTO steps (run, number, status, seen, updated, message) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                run,
                number,
                intern(transaction, step.status.as_str())?,
                step.seen.as_millisecond(),
                step.updated.map(Timestamp::as_millisecond),
                message,
            ])
    };
    let (status, seen) = (&observation.status, observation.seen);
    if observation.times.is_empty() {
        if known.last().is_none_or(|step| step.status != *status) {
            let step = RunStep {
                status: status.clone(),
                seen,
                updated: observation.updated,
            };
            add(
                i64::try_from(known.len()).unwrap_or(i64::MAX),
                &step,
                message,
            )?;
        }
        return Ok(());
    }
    let mut all: Vec<RunStep> = Vec::new();
    let mut unmatched = known.clone();
    for (status, time) in &observation.times {
        let seen_before = unmatched.iter().position(|step| step.status == *status);
        all.push(RunStep {
            status: status.clone(),
            seen: seen_before.map_or(seen, |index| unmatched.remove(index).seen),
            updated: Some(*time),
        });
    }
    unmatched.retain(|step| {
        !observation
            .times
            .iter()
            .any(|(status, _)| *status == step.status)
    });
    all.append(&mut unmatched);
    if !all.iter().any(|step| step.status == *status) {
        all.push(RunStep {
            status: status.clone(),
            seen,
            updated: observation.updated,
        });
    }
    all.sort_by_key(RunStep::time);
    if all == known {
        return Ok(());
    }
    if all.starts_with(&known) {
        for (number, step) in (0..).zip(&all).skip(known.len()) {
            let is_current = step.status == observation.status;
            add(number, step, message.filter(|_| is_current))?;
        }
        return Ok(());
    }
    let mut messages = step_messages(transaction, run)?;
    transaction
        .prepare_cached("DELETE FROM steps WHERE run = ?1")?
        .execute(params![run])?;
    for (number, step) in (0..).zip(&all) {
        let status = intern(transaction, step.status.as_str())?;
        let seen = step.seen.as_millisecond();
        let known = messages
            .iter()
            .position(|known| (known.0, known.1) == (status, seen));
        let of_now = message.filter(|_| step.status == observation.status);
        add(
            number,
            step,
            known.map_or(of_now, |index| messages.remove(index).2),
        )?;
    }
    Ok(())
}

/// The status, the time it was seen and the message of each step.
fn step_messages(
    transaction: &Transaction<'_>,
    run: i64,
) -> rusqlite::Result<Vec<(i64, i64, Option<i64>)>> {
    transaction
        .prepare_cached("SELECT status, seen, message FROM steps WHERE run = ?1")?
        .query_map(params![run], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect()
}

fn write_silences(
    transaction: &Transaction<'_>,
    run: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    if observation.silences.is_empty() {
        return Ok(());
    }
    let silences = observation.silences.iter();
    let silences = silences.map(|(stage, longest)| (*stage, *longest));
    transaction
        .prepare_cached(
            "UPDATE runs SET silences = json_patch(COALESCE(silences, '{}'), ?2) WHERE id = ?1",
        )?
        .execute(params![run, stage_durations_json(silences)])?;
    Ok(())
}

/// Writes how long the stages of a finished run took.
fn write_stages(transaction: &Transaction<'_>, run: i64) -> rusqlite::Result<()> {
    let steps = steps(transaction, run)?;
    // The first stage that was seen may have begun earlier.
    let is_seen_from_the_start = steps
        .first()
        .is_some_and(|step| step.status == JobStatus::JobCreated || step.updated.is_some());
    let spans = if is_seen_from_the_start {
        stage_spans(steps.iter().map(|step| (step.status.clone(), step.time())))
    } else {
        Vec::new()
    };
    let spans = spans
        .iter()
        .filter_map(|span| Some((span.stage, span.to?.duration_since(span.from))));
    let stages = stage_durations_json(spans);
    transaction
        .prepare_cached("UPDATE runs SET stages = ?2 WHERE id = ?1 AND stages IS NOT ?2")?
        .execute(params![run, (stages != "{}").then_some(stages)])?;
    Ok(())
}

/// Writes the newest time of the service, which old runs are removed by.
fn write_service_time(connection: &Connection, observation: &Observation) -> rusqlite::Result<()> {
    let latest = observation.seen.as_millisecond() + MAX_CLOCK_SKEW;
    let updated = observation.updated.map(Timestamp::as_millisecond);
    if let Some(updated) = updated.filter(|updated| *updated <= latest) {
        connection
            .prepare_cached(
                "INSERT INTO clock (id, service_time) VALUES (1, ?1) \
                 ON CONFLICT (id) DO UPDATE SET \
                   service_time = MAX(service_time, excluded.service_time)",
            )?
            .execute(params![updated])?;
    }
    Ok(())
}

/// Enters the finish in the forecasts of a flow where it is known.
pub(super) fn enter_finish(
    transaction: &Transaction<'_>,
    env_id: &EnvId,
    flow: &FlowId,
) -> rusqlite::Result<()> {
    transaction.prepare_cached(ENTER_FINISH)?.execute(params![
        intern(transaction, env_id.as_str())?,
        intern(transaction, flow.as_str())?,
    ])?;
    Ok(())
}
