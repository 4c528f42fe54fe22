//! The finished runs of a flow, which conclusions about its tenants are drawn
//! from.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::error::HistoryError;
use super::row_counts;
use super::rows::{stage_durations, state_of_outcome, timestamp};
use super::store::Store;
use super::texts::find;
use crate::hotglue::{EnvId, FlowId, JobRoot, RowCounts, Stage, State, TenantId, Text};

/// The first tenant after another one that has runs of a flow.
pub(super) const NEXT_TENANT: &str = "SELECT tenant FROM runs \
    WHERE env = ?1 AND flow = ?2 AND tenant > ?3 ORDER BY tenant LIMIT 1";
/// The newest finished runs of a tenant that started before a time.
pub(super) const PAST_RUNS: &str = "SELECT job_root, tap, tap_version, started, last, outcome, stages, \
      text, row_counts, silences \
    FROM runs LEFT JOIN texts ON texts.id = runs.message \
    WHERE env = ?1 AND flow = ?2 AND tenant = ?3 AND COALESCE(started, last) < ?4 \
      AND started IS NOT NULL AND outcome IS NOT NULL \
    ORDER BY COALESCE(started, last) DESC LIMIT ?5";

/// A finished run of a tenant in a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastRun {
    /// The tenant it ran for.
    pub tenant: TenantId,
    /// The source of its data; empty where the service named none.
    pub tap: Text,
    /// The version of the tap, or its address where that names no version.
    pub tap_version: Option<Text>,
    /// The job's root.
    pub job_root: JobRoot,
    /// When the job was created.
    pub started: Timestamp,
    /// When it finished.
    pub finished: Timestamp,
    /// Completed, failed or cancelled.
    pub state: State,
    /// How long its finished stages took, in their order; none where its
    /// statuses have no times.
    pub stages: Vec<(Stage, SignedDuration)>,
    /// The longest times without an event in its stages, where it was watched.
    pub silences: Vec<(Stage, SignedDuration)>,
    /// The rows that it moved, where it counted them.
    pub rows: Option<RowCounts>,
    /// The first line of its message.
    pub message: Option<Text>,
}

impl PastRun {
    /// The time from its creation to its end.
    pub fn duration(&self) -> SignedDuration {
        self.finished
            .duration_since(self.started)
            .max(SignedDuration::ZERO)
    }
}

impl Store {
    /// The newest finished runs of each tenant in a flow, at most `per_tenant`
    /// of each, newest first; of those that started before a time where one is
    /// given. The runs of a tenant are next to each other.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn past_runs(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        before: Option<Timestamp>,
        per_tenant: usize,
    ) -> Result<Vec<PastRun>, HistoryError> {
        let Some((env, flow)) = self.flow_ids(env_id, flow)? else {
            return Ok(Vec::new());
        };
        let before = before.map_or(i64::MAX, Timestamp::as_millisecond);
        let limit = i64::try_from(per_tenant).unwrap_or(i64::MAX);
        let mut next_tenant = self.connection.prepare_cached(NEXT_TENANT)?;
        let mut past_runs = self.connection.prepare_cached(PAST_RUNS)?;
        let mut runs = Vec::new();
        let mut texts = Texts::new(self);
        let mut tenant = 0_i64;
        while let Some(next) = next_tenant
            .query_row(params![env, flow, tenant], |row| row.get(0))
            .optional()?
        {
            tenant = next;
            let Ok(tenant_id) = TenantId::parse(self.text(tenant)?.as_str()) else {
                continue;
            };
            let mut rows = past_runs.query(params![env, flow, tenant, before, limit])?;
            while let Some(row) = rows.next()? {
                runs.extend(read_past_run(row, &tenant_id, &mut texts)?);
            }
        }
        Ok(runs)
    }

    /// The newest finished runs of one tenant in a flow that started before a
    /// time, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) fn past_runs_of_tenant(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<PastRun>, HistoryError> {
        let Some((env, flow)) = self.flow_ids(env_id, flow)? else {
            return Ok(Vec::new());
        };
        let id = find(&self.connection, tenant.as_str())?;
        let mut texts = Texts::new(self);
        let mut statement = self.connection.prepare_cached(PAST_RUNS)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![env, flow, id, before.as_millisecond(), limit])?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next()? {
            runs.extend(read_past_run(row, tenant, &mut texts)?);
        }
        Ok(runs)
    }
}

/// A row of [`PAST_RUNS`]; `None` where it holds no valid root.
fn read_past_run(
    row: &Row<'_>,
    tenant: &TenantId,
    texts: &mut Texts<'_>,
) -> Result<Option<PastRun>, HistoryError> {
    let root = JobRoot::parse(row.get_ref(0)?.as_str().unwrap_or_default());
    let (Ok(job_root), Some(state)) = (root, state_of_outcome(row.get(5)?)) else {
        return Ok(None);
    };
    let version: Option<i64> = row.get(2)?;
    let stages = row.get_ref(6)?.as_str_or_null().unwrap_or_default();
    let message = row.get_ref(7)?.as_str_or_null().unwrap_or_default();
    let silences = row.get_ref(9)?.as_str_or_null().unwrap_or_default();
    let rows = row.get_ref(8)?.as_str_or_null().unwrap_or_default();
    Ok(Some(PastRun {
        tenant: tenant.clone(),
        tap: texts.get(row.get(1)?)?,
        tap_version: version.map(|version| texts.get(version)).transpose()?,
        job_root,
        started: timestamp(row.get(3)?),
        finished: timestamp(row.get(4)?),
        state,
        stages: durations(stages),
        silences: durations(silences),
        rows: rows.and_then(row_counts::of_column),
        message: message.map(Text::new),
    }))
}

fn durations(json: Option<&str>) -> Vec<(Stage, SignedDuration)> {
    stage_durations(json)
        .into_iter()
        .map(|(stage, took)| (stage, SignedDuration::from_millis(took)))
        .collect()
}

/// Texts of which few differ, each read once.
struct Texts<'a> {
    store: &'a Store,
    known: HashMap<i64, Text>,
}

impl<'a> Texts<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            known: HashMap::new(),
        }
    }

    fn get(&mut self, id: i64) -> Result<Text, HistoryError> {
        if let Some(text) = self.known.get(&id) {
            return Ok(text.clone());
        }
        let text = self.store.text(id)?;
        self.known.insert(id, text.clone());
        Ok(text)
    }
}
