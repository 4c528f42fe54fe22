//! What is read back: the steps of a job, earlier runs, baselines. Every query
//! follows an index, so that its cost grows with its result and not with the
//! history. Rows that hold no valid ids, as after damage, are left out.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};

use super::baseline::{Baseline, Percentiles, StageBaseline};
use super::error::HistoryError;
use super::rows::{TOTAL, steps, timestamp};
use super::run::{Run, RunStep};
use super::store::Store;
use crate::hotglue::{EnvId, FlowId, JobRoot, JobStatus, STAGES, Stage, TenantId, Text};

/// How many of the newest runs make a baseline.
const BASELINE_RUNS: u32 = 100;

/// The newest runs of a flow.
const RUNS_OF_FLOW: &str = "SELECT id, job_root, tenant, started, status, last, message, fields \
    FROM runs WHERE env_id = ?1 AND flow = ?2 \
    ORDER BY COALESCE(started, last) DESC LIMIT ?3";
/// The newest runs of a tenant in a flow.
const RUNS_OF_TENANT: &str = "SELECT id, job_root, tenant, started, status, last, message, fields \
    FROM runs WHERE env_id = ?1 AND flow = ?2 AND tenant = ?4 \
    ORDER BY COALESCE(started, last) DESC LIMIT ?3";
/// The newest completed run of a tenant in a flow.
const LAST_COMPLETED: &str = "SELECT id, job_root, tenant, started, status, last, message, fields \
    FROM runs WHERE env_id = ?1 AND flow = ?2 AND tenant = ?3 AND status = 'JOB_COMPLETED' \
    ORDER BY COALESCE(started, last) DESC LIMIT 1";
/// The first stage after another one, by tap and name.
const NEXT_STAGE: &str = "SELECT tap, stage FROM durations \
    WHERE env_id = ?1 AND flow = ?2 AND (tap, stage) > (?3, ?4) \
    ORDER BY tap, stage LIMIT 1";
/// The newest durations of a stage, with its longest silences.
const DURATIONS: &str = "SELECT durations.took, silences.longest FROM durations \
    LEFT JOIN silences ON silences.run = durations.run AND silences.stage = durations.stage \
    WHERE env_id = ?1 AND flow = ?2 AND tap = ?3 AND durations.stage = ?4 \
    ORDER BY ended DESC LIMIT ?5";

/// Of each stage, how long it took and was silent, in milliseconds.
type Times = BTreeMap<String, (Vec<i64>, Vec<i64>)>;

impl Store {
    /// The statuses that a job went through, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn steps(&self, env_id: &EnvId, root: &JobRoot) -> Result<Vec<RunStep>, HistoryError> {
        let run = self
            .connection
            .prepare_cached("SELECT id FROM runs WHERE env_id = ?1 AND job_root = ?2")?
            .query_row(params![env_id.as_str(), root.as_str()], |row| row.get(0))
            .optional()?;
        Ok(match run {
            Some(run) => steps(&self.connection, run)?,
            None => Vec::new(),
        })
    }

    /// The newest runs of a flow, of one tenant where one is given; newest
    /// first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn runs(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Run>, HistoryError> {
        let (env_id, flow) = (env_id.as_str(), flow.as_str());
        let rows = match tenant {
            None => self
                .connection
                .prepare_cached(RUNS_OF_FLOW)?
                .query_map(params![env_id, flow, limit], read_run)?
                .collect::<Result<Vec<_>, _>>()?,
            Some(tenant) => self
                .connection
                .prepare_cached(RUNS_OF_TENANT)?
                .query_map(params![env_id, flow, limit, tenant.as_str()], read_run)?
                .collect::<Result<Vec<_>, _>>()?,
        };
        rows.into_iter()
            .flatten()
            .map(|(id, run)| self.with_steps(id, run))
            .collect()
    }

    /// A tenant's newest completed run of a flow.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_completed(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Option<Run>, HistoryError> {
        let key = params![env_id.as_str(), flow.as_str(), tenant.as_str()];
        let run = self
            .connection
            .prepare_cached(LAST_COMPLETED)?
            .query_row(key, read_run)
            .optional()?;
        run.flatten()
            .map(|(id, run)| self.with_steps(id, run))
            .transpose()
    }

    /// The baselines of a flow, by tap.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn baselines(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
    ) -> Result<Vec<(Text, Baseline)>, HistoryError> {
        let (env_id, flow) = (env_id.as_str(), flow.as_str());
        let mut next_stage = self.connection.prepare_cached(NEXT_STAGE)?;
        let mut durations = self.connection.prepare_cached(DURATIONS)?;
        let mut by_tap: BTreeMap<String, Times> = BTreeMap::new();
        let mut key = (String::new(), String::new());
        while let Some(next) = next_stage
            .query_row(params![env_id, flow, key.0, key.1], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?
        {
            key = next;
            let (tap, stage) = &key;
            let mut rows = durations.query(params![env_id, flow, tap, stage, BASELINE_RUNS])?;
            let times = by_tap.entry(tap.clone()).or_default();
            let (took, silent) = times.entry(stage.clone()).or_default();
            while let Some(row) = rows.next()? {
                took.push(row.get(0)?);
                silent.extend(row.get::<_, Option<i64>>(1)?);
            }
        }
        let baselines = by_tap.into_iter();
        Ok(baselines
            .map(|(tap, times)| (Text::new(&tap), baseline(times)))
            .collect())
    }

    fn with_steps(&self, id: i64, run: Run) -> Result<Run, HistoryError> {
        let steps = steps(&self.connection, id)?;
        Ok(Run { steps, ..run })
    }
}

fn baseline(mut times: Times) -> Baseline {
    let total = times.remove(TOTAL).unwrap_or_default().0;
    let runs = total.len().max(1);
    let stages = times.into_iter().filter_map(|(name, (took, silent))| {
        let share = took.len() * 100 / runs;
        let baseline = StageBaseline {
            duration: Percentiles::of(took)?,
            silence: Percentiles::of(silent),
            share,
        };
        Some((stage_of_name(&name)?, baseline))
    });
    Baseline {
        stages: stages.collect(),
        total: Percentiles::of(total),
    }
}

/// A run without its steps, and its row; `None` where its ids are not valid.
fn read_run(row: &Row<'_>) -> rusqlite::Result<Option<(i64, Run)>> {
    let job_root = JobRoot::parse(&row.get::<_, String>(1)?);
    let tenant = TenantId::parse(&row.get::<_, String>(2)?);
    let (Ok(job_root), Ok(tenant)) = (job_root, tenant) else {
        return Ok(None);
    };
    let fields: Option<String> = row.get(7)?;
    let fields: Vec<(String, String)> = fields
        .and_then(|fields| serde_json::from_str(&fields).ok())
        .unwrap_or_default();
    let run = Run {
        job_root,
        tenant,
        started: row.get::<_, Option<i64>>(3)?.map(timestamp),
        status: JobStatus::parse(&row.get::<_, String>(4)?),
        last: timestamp(row.get(5)?),
        message: row
            .get::<_, Option<String>>(6)?
            .map(|text| Text::new(&text)),
        fields: fields
            .into_iter()
            .map(|(name, value)| (Text::new(&name), Text::new(&value)))
            .collect(),
        steps: Vec::new(),
    };
    Ok(Some((row.get(0)?, run)))
}

fn stage_of_name(name: &str) -> Option<Stage> {
    std::iter::once(Stage::Queued)
        .chain(STAGES)
        .find(|stage| stage.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_follows_an_index() {
        let store = Store::in_memory().unwrap();
        for sql in [
            RUNS_OF_FLOW,
            RUNS_OF_TENANT,
            LAST_COMPLETED,
            NEXT_STAGE,
            DURATIONS,
        ] {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let mut statement = store.connection.prepare(&explain).unwrap();
            let mut rows = statement.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan.push_str(&row.get::<_, String>(3).unwrap());
                plan.push('\n');
            }
            assert!(plan.contains("SEARCH"), "{sql}:\n{plan}");
            assert!(
                !plan.contains("SCAN") && !plan.contains("TEMP"),
                "{sql}:\n{plan}"
            );
        }
    }
}
