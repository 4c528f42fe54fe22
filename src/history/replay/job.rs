//! Jobs as they were known at a time. Every query follows an index.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use crate::history::error::HistoryError;
use crate::history::queries::read_fields;
use crate::history::row_counts;
use crate::history::rows::timestamp;
use crate::history::run::RunStep;
use crate::history::texts::find;
use crate::hotglue::{FlowId, JobAddress, JobRoot, JobStatus, RowCounts, TenantId, Text};

/// A column list of runs, with the texts that it names.
macro_rules! select_run {
    ($from:literal) => {
        concat!(
            "SELECT runs.id, runs.job_root, taps.text, versions.text, runs.started, \
               statuses.text, settings.text, runs.counts, runs.row_counts ",
            $from,
            " CROSS JOIN texts AS statuses ON statuses.id = runs.status \
              CROSS JOIN texts AS taps ON taps.id = runs.tap \
              LEFT JOIN texts AS versions ON versions.id = runs.tap_version \
              LEFT JOIN texts AS settings ON settings.id = runs.settings "
        )
    };
}

/// The run of a job, if it was known at a time.
const RUN_OF_JOB: &str = concat!(
    select_run!("FROM runs"),
    "WHERE runs.env = ?1 AND runs.job_root = ?2 \
       AND EXISTS (SELECT 1 FROM steps WHERE run = runs.id AND seen <= ?3)"
);
/// The newest run of a tenant in a flow that was known at a time.
const NEWEST_RUN: &str = concat!(
    select_run!("FROM runs"),
    "WHERE runs.env = ?1 AND runs.flow = ?2 AND runs.tenant = ?3 \
       AND EXISTS (SELECT 1 FROM steps WHERE run = runs.id AND seen <= ?4) \
     ORDER BY COALESCE(runs.started, runs.last) DESC LIMIT 1"
);
/// The statuses of a run that were seen until a time.
const STEPS_UNTIL: &str = "SELECT statuses.text, seen, updated, messages.text \
     FROM steps CROSS JOIN texts AS statuses ON statuses.id = steps.status \
     LEFT JOIN texts AS messages ON messages.id = steps.message \
     WHERE run = ?1 AND seen <= ?2 ORDER BY number";
/// The newest update of a run until a time.
const UPDATE_AT: &str = "SELECT seen, updated, messages.text, row_count, errors.text FROM updates \
     LEFT JOIN texts AS messages ON messages.id = updates.message \
     LEFT JOIN texts AS errors ON errors.id = updates.error \
     WHERE run = ?1 AND seen <= ?2 ORDER BY seen DESC LIMIT 1";
/// When a run was seen first in a range of times.
const FIRST_SEEN: &str = "SELECT MIN(seen) FROM updates WHERE run = ?1 AND seen BETWEEN ?2 AND ?3";
/// The most runs of a tenant that were the newest ones one after the other.
const MAX_RUNS: usize = 8;
/// When the polls of a run began to fail that failed at a time.
const FAILING_SINCE: &str = "SELECT MIN(seen) FROM updates WHERE run = ?1 AND seen <= ?2 \
     AND error IS NOT NULL AND seen > COALESCE( \
       (SELECT MAX(seen) FROM updates WHERE run = ?1 AND seen <= ?2 AND error IS NULL), 0)";

/// A job as it was known at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedJob {
    /// Its address.
    pub address: JobAddress,
    /// The source of its data; empty where the service named none.
    pub tap: Text,
    /// The version of its tap.
    pub tap_version: Option<Text>,
    /// When it was created.
    pub started: Option<Timestamp>,
    /// The recorded fields of its answer, by name.
    pub fields: Vec<(Text, Text)>,
    /// The rows that it had moved so far.
    pub total_rows: Option<u64>,
    /// The statuses that were seen, oldest first; never empty.
    pub steps: Vec<RunStep>,
    /// The time of its last event.
    pub updated: Option<Timestamp>,
    /// Its message.
    pub message: Option<Text>,
    /// When it was seen first since the dashboard started, where that is known.
    pub first_seen: Option<Timestamp>,
    /// Why its polls failed and since when, if they did.
    pub failure: Option<(Text, Timestamp)>,
}

/// The statements that read jobs.
pub(super) struct Reader<'a> {
    connection: &'a Connection,
    time: i64,
    /// When the dashboard started, in milliseconds.
    started: Option<i64>,
    of_job: Statement<'a>,
    newest: Statement<'a>,
    steps: Statement<'a>,
    update: Statement<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        time: Timestamp,
        started: Option<Timestamp>,
    ) -> Result<Self, HistoryError> {
        Ok(Self {
            connection,
            time: time.as_millisecond(),
            started: started.map(Timestamp::as_millisecond),
            of_job: connection.prepare(RUN_OF_JOB)?,
            newest: connection.prepare(NEWEST_RUN)?,
            steps: connection.prepare(STEPS_UNTIL)?,
            update: connection.prepare(UPDATE_AT)?,
        })
    }

    pub(super) fn job(
        &mut self,
        env: i64,
        address: JobAddress,
    ) -> Result<Option<RecordedJob>, HistoryError> {
        let root = address.job_root.as_str();
        let found = self
            .of_job
            .query_row(params![env, root, self.time], ReadRun::read)
            .optional()?;
        match found {
            Some(run) => self.complete(run, address),
            None => Ok(None),
        }
    }

    /// The runs that were the newest ones of a tenant since the dashboard
    /// started, oldest first.
    pub(super) fn newest_runs(
        &mut self,
        env: i64,
        flow: i64,
        ids: (&str, &str),
    ) -> Result<Vec<RecordedJob>, HistoryError> {
        let time = self.time;
        let mut runs = Vec::new();
        while let Some(run) = self.newest(env, flow, ids)? {
            let first = run.steps.first().map(|step| step.seen.as_millisecond());
            runs.push(run);
            match (self.started, first) {
                (Some(started), Some(first)) if first >= started && runs.len() < MAX_RUNS => {
                    self.time = first - 1;
                }
                _ => break,
            }
        }
        self.time = time;
        runs.reverse();
        Ok(runs)
    }

    fn newest(
        &mut self,
        env: i64,
        flow: i64,
        (flow_id, tenant_id): (&str, &str),
    ) -> Result<Option<RecordedJob>, HistoryError> {
        let Some(tenant) = find(self.connection, tenant_id)? else {
            return Ok(None);
        };
        let found = self
            .newest
            .query_row(params![env, flow, tenant, self.time], ReadRun::read)
            .optional()?;
        let Some(run) = found else { return Ok(None) };
        let ids = (
            FlowId::parse(flow_id),
            TenantId::parse(tenant_id),
            JobRoot::parse(&run.job_root),
        );
        let (Ok(flow), Ok(tenant), Ok(job_root)) = ids else {
            return Ok(None);
        };
        let address = JobAddress {
            flow,
            tenant,
            job_root,
        };
        self.complete(run, address)
    }

    /// Adds what had been seen of a run by then.
    fn complete(
        &mut self,
        run: ReadRun,
        address: JobAddress,
    ) -> Result<Option<RecordedJob>, HistoryError> {
        let mut steps = Vec::new();
        let mut message = None;
        let mut rows = self.steps.query(params![run.id, self.time])?;
        while let Some(row) = rows.next()? {
            steps.push(RunStep {
                status: JobStatus::parse(row.get_ref(0)?.as_str().unwrap_or_default()),
                seen: timestamp(row.get(1)?),
                updated: row.get::<_, Option<i64>>(2)?.map(timestamp),
            });
            message = text_of(row, 3)?;
        }
        drop(rows);
        let Some(last) = steps.last() else {
            return Ok(None);
        };
        let is_final = last.status == run.status && last.status.is_finished();
        let mut job = RecordedJob {
            address,
            tap: run.tap,
            tap_version: run.tap_version,
            started: run.started,
            fields: run.settings,
            total_rows: None,
            updated: last.updated,
            message,
            failure: None,
            first_seen: self.first_seen(run.id)?,
            steps,
        };
        if is_final {
            job.fields.extend(run.counts);
            for (name, value) in run.rows.iter().flat_map(row_counts::fields) {
                if !job.fields.iter().any(|(known, _)| known.as_str() == name) {
                    job.fields.push((Text::new(name), Text::new(&value)));
                }
            }
        }
        self.update(run.id, &mut job)?;
        Ok(Some(job))
    }

    /// When a run was polled first since the dashboard started.
    fn first_seen(&self, run: i64) -> Result<Option<Timestamp>, HistoryError> {
        let Some(started) = self.started else {
            return Ok(None);
        };
        let seen: Option<i64> = self
            .connection
            .prepare_cached(FIRST_SEEN)?
            .query_row(params![run, started, self.time], |row| row.get(0))?;
        Ok(seen.map(timestamp))
    }

    /// Adds the newest update of a run that is not older than its last status.
    fn update(&mut self, run: i64, job: &mut RecordedJob) -> Result<(), HistoryError> {
        let mut rows = self.update.query(params![run, self.time])?;
        let Some(row) = rows.next()? else {
            return Ok(());
        };
        let seen = timestamp(row.get(0)?);
        let error = text_of(row, 4)?;
        if job.steps.last().is_none_or(|last| last.seen <= seen) {
            job.updated = row.get::<_, Option<i64>>(1)?.map(timestamp);
            job.message = text_of(row, 2)?;
            let count = row.get::<_, Option<i64>>(3)?;
            job.total_rows = count.and_then(|count| u64::try_from(count).ok());
            if let Some(error) = error {
                let since: Option<i64> = self
                    .connection
                    .prepare_cached(FAILING_SINCE)?
                    .query_row(params![run, self.time], |row| row.get(0))?;
                job.failure = Some((error, since.map_or(seen, timestamp)));
            }
        }
        Ok(())
    }
}

fn text_of(row: &Row<'_>, column: usize) -> Result<Option<Text>, HistoryError> {
    let text = row.get_ref(column)?.as_str_or_null().unwrap_or_default();
    Ok(text.map(Text::new))
}

/// The columns of a run.
struct ReadRun {
    id: i64,
    job_root: String,
    tap: Text,
    tap_version: Option<Text>,
    started: Option<Timestamp>,
    status: JobStatus,
    settings: Vec<(Text, Text)>,
    counts: Vec<(Text, Text)>,
    rows: Option<RowCounts>,
}

impl ReadRun {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let fields = |column| {
            let json = row.get_ref(column)?.as_str_or_null()?;
            Ok::<_, rusqlite::Error>(json.map(read_fields).unwrap_or_default())
        };
        let rows = row.get_ref(8)?.as_str_or_null()?;
        Ok(Self {
            id: row.get(0)?,
            job_root: row.get(1)?,
            tap: Text::new(row.get_ref(2)?.as_str()?),
            tap_version: row.get_ref(3)?.as_str_or_null()?.map(Text::new),
            started: row.get::<_, Option<i64>>(4)?.map(timestamp),
            status: JobStatus::parse(row.get_ref(5)?.as_str()?),
            settings: fields(6)?,
            counts: fields(7)?,
            rows: rows.and_then(row_counts::of_column),
        })
    }
}
