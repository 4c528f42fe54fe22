//! What is read back: the steps of a job, earlier runs. Every query
//! follows an index, so that its cost grows with its result and not with the
//! history. Rows that hold no valid ids, as after damage, are left out.

use rusqlite::{OptionalExtension, Row, params};

use super::error::HistoryError;
use super::row_counts;
use super::rows::{steps, timestamp};
use super::run::{Run, RunStep};
use super::store::Store;
use super::texts::find;
use crate::hotglue::{EnvId, FlowId, JobRoot, JobStatus, TenantId, Text};

/// The columns of a run, and the texts they name.
macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "SELECT runs.id, job_root, tenants.text, started, statuses.text, last, \
               messages.text, settings.text, counts, row_counts \
             FROM runs CROSS JOIN texts AS tenants ON tenants.id = runs.tenant \
             CROSS JOIN texts AS statuses ON statuses.id = runs.status \
             LEFT JOIN texts AS messages ON messages.id = runs.message \
             LEFT JOIN texts AS settings ON settings.id = runs.settings \
             WHERE runs.env = ?1 AND runs.flow = ?2 ",
            $rest
        )
    };
}

/// The newest runs of a flow.
const RUNS_OF_FLOW: &str = select_runs!("ORDER BY COALESCE(started, last) DESC LIMIT ?3");
/// The newest runs of a tenant in a flow.
const RUNS_OF_TENANT: &str =
    select_runs!("AND runs.tenant = ?4 ORDER BY COALESCE(started, last) DESC LIMIT ?3");
/// The newest completed run of a tenant in a flow.
const LAST_COMPLETED: &str = select_runs!(
    "AND runs.tenant = ?3 AND outcome = 1 ORDER BY COALESCE(started, last) DESC LIMIT 1"
);
impl Store {
    /// The statuses that a job went through, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn steps(&self, env_id: &EnvId, root: &JobRoot) -> Result<Vec<RunStep>, HistoryError> {
        let run = self
            .connection
            .prepare_cached(
                "SELECT id FROM runs WHERE job_root = ?2 \
                   AND env = (SELECT id FROM texts WHERE text = ?1)",
            )?
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
    pub(crate) fn runs(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: Option<&TenantId>,
        limit: u32,
    ) -> Result<Vec<Run>, HistoryError> {
        let Some((env, flow)) = self.flow_ids(env_id, flow)? else {
            return Ok(Vec::new());
        };
        let rows = match tenant {
            None => self
                .connection
                .prepare_cached(RUNS_OF_FLOW)?
                .query_map(params![env, flow, limit], read_run)?
                .collect::<Result<Vec<_>, _>>()?,
            Some(tenant) => {
                let tenant = find(&self.connection, tenant.as_str())?;
                self.connection
                    .prepare_cached(RUNS_OF_TENANT)?
                    .query_map(params![env, flow, limit, tenant], read_run)?
                    .collect::<Result<Vec<_>, _>>()?
            }
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
    pub(crate) fn last_completed(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Option<Run>, HistoryError> {
        let Some((env, flow)) = self.flow_ids(env_id, flow)? else {
            return Ok(None);
        };
        let tenant = find(&self.connection, tenant.as_str())?;
        let run = self
            .connection
            .prepare_cached(LAST_COMPLETED)?
            .query_row(params![env, flow, tenant], read_run)
            .optional()?;
        run.flatten()
            .map(|(id, run)| self.with_steps(id, run))
            .transpose()
    }

    /// The numbers of an environment and a flow; `None` where the history has
    /// nothing of them.
    pub(super) fn flow_ids(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
    ) -> Result<Option<(i64, i64)>, HistoryError> {
        let env = find(&self.connection, env_id.as_str())?;
        let flow = find(&self.connection, flow.as_str())?;
        Ok(env.zip(flow))
    }

    /// The text with a number.
    pub(super) fn text(&self, id: i64) -> Result<Text, HistoryError> {
        let mut text = self
            .connection
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
        Ok(text.query_row(params![id], |row| Ok(Text::new(row.get_ref(0)?.as_str()?)))?)
    }

    fn with_steps(&self, id: i64, run: Run) -> Result<Run, HistoryError> {
        let steps = steps(&self.connection, id)?;
        Ok(Run { steps, ..run })
    }
}

/// A run without its steps, and its row; `None` where its ids are not valid.
fn read_run(row: &Row<'_>) -> rusqlite::Result<Option<(i64, Run)>> {
    let job_root = JobRoot::parse(&row.get::<_, String>(1)?);
    let tenant = TenantId::parse(&row.get::<_, String>(2)?);
    let (Ok(job_root), Ok(tenant)) = (job_root, tenant) else {
        return Ok(None);
    };
    let mut fields = Vec::new();
    for column in [7, 8] {
        let json = row.get_ref(column)?.as_str_or_null()?;
        fields.extend(json.map(read_fields).unwrap_or_default());
    }
    let rows = row.get_ref(9)?.as_str_or_null()?;
    let rows = rows.and_then(row_counts::of_column);
    for (name, value) in rows.iter().flat_map(row_counts::fields) {
        if !fields.iter().any(|(known, _)| known.as_str() == name) {
            fields.push((Text::new(name), Text::new(&value)));
        }
    }
    let run = Run {
        job_root,
        tenant,
        started: row.get::<_, Option<i64>>(3)?.map(timestamp),
        status: JobStatus::parse(&row.get::<_, String>(4)?),
        last: timestamp(row.get(5)?),
        message: row
            .get::<_, Option<String>>(6)?
            .map(|text| Text::new(&text)),
        fields,
        rows: row
            .get_ref(9)?
            .as_str_or_null()?
            .and_then(row_counts::of_column),
        steps: Vec::new(),
    };
    Ok(Some((row.get(0)?, run)))
}

/// Reads the recorded fields of a run; none where another program damaged them.
pub fn read_fields(json: &str) -> Vec<(Text, Text)> {
    let fields: Vec<(String, String)> = serde_json::from_str(json).unwrap_or_default();
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (Text::new(&name), Text::new(&value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::past_runs::{NEXT_TENANT, PAST_RUNS};

    #[test]
    fn every_query_follows_an_index() {
        let store = Store::in_memory().unwrap();
        for sql in [
            RUNS_OF_FLOW,
            RUNS_OF_TENANT,
            LAST_COMPLETED,
            NEXT_TENANT,
            PAST_RUNS,
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
