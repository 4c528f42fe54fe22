//! What is written of an observation.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::observation::Observation;
use super::rows::{TOTAL, steps};
use crate::hotglue::{JobStatus, State, Text, stage_spans};

/// A status time is believed when it is at most this much later than when it
/// was seen, in milliseconds.
const MAX_CLOCK_SKEW: i64 = 24 * 60 * 60 * 1000;

/// Writes an observation: the run, its steps, and the durations of a completed
/// run.
pub(super) fn write(
    transaction: &Transaction<'_>,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let run = write_run(transaction, observation)?;
    write_steps(transaction, run, observation)?;
    write_silences(transaction, run, observation)?;
    if observation.status.state() == State::Completed {
        write_durations(transaction, run, observation)?;
    }
    write_service_time(transaction, observation)
}

fn write_run(transaction: &Transaction<'_>, observation: &Observation) -> rusqlite::Result<i64> {
    let address = &observation.address;
    let last = observation.updated.unwrap_or(observation.seen);
    let fields = (!observation.fields.is_empty()).then(|| {
        let pairs = observation.fields.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        serde_json::json!(pairs).to_string()
    });
    transaction
        .prepare_cached(
            "INSERT INTO runs (env_id, job_root, flow, tenant, tap, started, last, status, message, fields) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (env_id, job_root) DO UPDATE SET \
               tap = excluded.tap, started = COALESCE(excluded.started, started), \
               last = excluded.last, status = excluded.status, message = excluded.message, \
               fields = COALESCE(excluded.fields, fields) \
             RETURNING id",
        )?
        .query_row(
            params![
                observation.env_id.as_str(),
                address.job_root.as_str(),
                address.flow.as_str(),
                address.tenant.as_str(),
                observation.tap.as_str(),
                observation.started.map(Timestamp::as_millisecond),
                last.as_millisecond(),
                observation.status.as_str(),
                observation.message.as_ref().map(Text::as_str),
                fields,
            ],
            |row| row.get(0),
        )
}

/// Writes the status as a step. A finished job's own times, where the service
/// reports them, replace the times at which its statuses were seen.
fn write_steps(
    transaction: &Transaction<'_>,
    run: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let mut add = transaction
        .prepare_cached("INSERT INTO steps (run, status, seen, updated) VALUES (?1, ?2, ?3, ?4)")?;
    let known = steps(transaction, run)?;
    if observation.times.is_empty() || !observation.status.is_finished() {
        let last = known.last();
        if last.is_none_or(|step| step.status != observation.status) {
            let updated = observation.updated.map(Timestamp::as_millisecond);
            let seen = observation.seen.as_millisecond();
            add.execute(params![run, observation.status.as_str(), seen, updated])?;
        }
        return Ok(());
    }
    transaction
        .prepare_cached("DELETE FROM steps WHERE run = ?1")?
        .execute(params![run])?;
    let mut all: Vec<(JobStatus, Timestamp)> = observation.times.clone();
    for step in known {
        if !observation
            .times
            .iter()
            .any(|(status, _)| *status == step.status)
        {
            let time = step.time();
            all.push((step.status, time));
        }
    }
    if !all.iter().any(|(status, _)| *status == observation.status) {
        let last = observation.updated.unwrap_or(observation.seen);
        all.push((observation.status.clone(), last));
    }
    all.sort_by_key(|(_, time)| *time);
    for (status, time) in all {
        let time = time.as_millisecond();
        add.execute(params![run, status.as_str(), time, time])?;
    }
    Ok(())
}

fn write_silences(
    transaction: &Transaction<'_>,
    run: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let mut add = transaction.prepare_cached(
        "INSERT OR REPLACE INTO silences (run, stage, longest) VALUES (?1, ?2, ?3)",
    )?;
    for (stage, longest) in &observation.silences {
        let longest = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
        add.execute(params![run, stage.name(), longest])?;
    }
    Ok(())
}

/// Writes how long the stages of a completed run took. Only completed runs
/// make a baseline.
fn write_durations(
    transaction: &Transaction<'_>,
    run: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let ended = observation.updated.unwrap_or(observation.seen);
    let mut add = transaction.prepare_cached(
        "INSERT OR REPLACE INTO durations (run, env_id, flow, tap, stage, took, ended) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut write = |stage: &str, from: Timestamp, to: Timestamp| {
        add.execute(params![
            run,
            observation.env_id.as_str(),
            observation.address.flow.as_str(),
            observation.tap.as_str(),
            stage,
            (to.as_millisecond() - from.as_millisecond()).max(0),
            ended.as_millisecond(),
        ])
    };
    let steps = steps(transaction, run)?;
    // The first stage that was seen may have begun earlier.
    let is_seen_from_the_start = steps
        .first()
        .is_some_and(|step| step.status == JobStatus::JobCreated || step.updated.is_some());
    if is_seen_from_the_start {
        for span in stage_spans(steps.iter().map(|step| (step.status.clone(), step.time()))) {
            if let Some(to) = span.to {
                write(span.stage.name(), span.from, to)?;
            }
        }
    }
    if let Some(started) = observation.started {
        write(TOTAL, started, ended)?;
    }
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
