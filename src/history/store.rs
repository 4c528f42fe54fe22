//! The database: what is written of a observation, and what is read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};

use super::{
    Baseline, HistoryError, KEPT_BYTES, KEPT_DAYS, Observation, Percentiles, Run, RunStep,
    StageBaseline, schema,
};
use crate::hotglue::{
    EnvId, FlowId, JobRoot, JobStatus, STAGES, Stage, State, TenantId, Text, stage_spans,
};

/// How long another hgtop may hold the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How many of the latest runs say what is baseline.
const USUAL_OF: u32 = 100;
/// The name of the whole job among the stages.
const WHOLE: &str = "whole";

/// Of each stage how long it took and was silent, in milliseconds.
type Times = BTreeMap<String, (Vec<i64>, Vec<i64>)>;

/// The database of the past. See the module's documentation.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

/// What opening a database came to.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    /// Where an unreadable one was put aside, if there was one.
    pub set_aside: Option<std::path::PathBuf>,
}

impl Store {
    /// Opens the database, made where there is none. One that cannot be read
    /// is put aside, not deleted.
    ///
    /// # Errors
    /// When it is of a newer hgtop, or cannot be used for another reason.
    pub fn open(path: &Path) -> Result<Opened, HistoryError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| HistoryError::Folder {
                path: folder.to_owned(),
                error,
            })?;
        }
        make_private(path);
        match Self::open_as_it_is(path) {
            Ok(store) => Ok(Opened {
                store,
                set_aside: None,
            }),
            Err(HistoryError::Database(rusqlite::Error::SqliteFailure(error, _)))
                if matches!(
                    error.code,
                    ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt
                ) =>
            {
                let stamp = Timestamp::now().as_second();
                let aside = path.with_extension(format!("damaged-{stamp}"));
                fs::rename(path, &aside).map_err(|error| HistoryError::Folder {
                    path: path.to_owned(),
                    error,
                })?;
                for rest in ["db-wal", "db-shm"] {
                    let _ = fs::remove_file(path.with_extension(rest));
                }
                Ok(Opened {
                    store: Self::open_as_it_is(path)?,
                    set_aside: Some(aside),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// A past that is forgotten with the program.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn in_memory() -> Result<Self, HistoryError> {
        let mut connection = Connection::open_in_memory()?;
        schema::prepare(&mut connection, Path::new("memory"))?;
        Ok(Self { connection })
    }

    fn open_as_it_is(path: &Path) -> Result<Self, HistoryError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        schema::prepare(&mut connection, path)?;
        Ok(Self { connection })
    }

    /// Writes observations, all or none.
    ///
    /// # Errors
    /// When the disk is full or the database is damaged.
    pub fn record(&mut self, observations: &[Observation]) -> Result<(), HistoryError> {
        let change = self
            .connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for observation in observations {
            write(&change, observation)?;
        }
        change.commit()?;
        Ok(())
    }

    /// The statuses that a job went through, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn steps(&self, env_id: &EnvId, root: &JobRoot) -> Result<Vec<RunStep>, HistoryError> {
        let id = self
            .connection
            .prepare_cached("SELECT id FROM runs WHERE env_id = ?1 AND job_root = ?2")?
            .query_row(params![env_id.as_str(), root.as_str()], |row| row.get(0))
            .optional()?;
        Ok(match id {
            Some(id) => steps(&self.connection, id)?,
            None => Vec::new(),
        })
    }

    /// The latest runs of a flow, of one tenant where one is given; newest
    /// first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn runs(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: Option<&TenantId>,
        most: u32,
    ) -> Result<Vec<Run>, HistoryError> {
        let sql = "SELECT id, job_root, tenant, started, status, last, message, facts FROM runs \
                   WHERE env_id = ?1 AND flow = ?2 AND (?3 IS NULL OR tenant = ?3) \
                   ORDER BY COALESCE(started, last) DESC LIMIT ?4";
        let tenant = tenant.map(TenantId::as_str);
        let mut query = self.connection.prepare_cached(sql)?;
        let rows = query.query_map(params![env_id.as_str(), flow.as_str(), tenant, most], read)?;
        self.with_steps(rows.collect::<Result<_, _>>()?)
    }

    /// The tenant's last completed run of a flow before another one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_good(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
        tenant: &TenantId,
    ) -> Result<Option<Run>, HistoryError> {
        let sql = "SELECT id, job_root, tenant, started, status, last, message, facts FROM runs \
                   WHERE env_id = ?1 AND flow = ?2 AND tenant = ?3 AND status = 'JOB_COMPLETED' \
                   ORDER BY COALESCE(started, last) DESC LIMIT 1";
        let run = self
            .connection
            .prepare_cached(sql)?
            .query_row(
                params![env_id.as_str(), flow.as_str(), tenant.as_str()],
                read,
            )
            .optional()?;
        Ok(self.with_steps(run.into_iter().collect())?.pop())
    }

    /// What is baseline for a flow, by its tap.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn baseline(
        &self,
        env_id: &EnvId,
        flow: &FlowId,
    ) -> Result<Vec<(Text, Baseline)>, HistoryError> {
        let sql = "SELECT tap, stage, took, longest FROM ( \
                     SELECT tap, durations.stage AS stage, took, longest, \
                            ROW_NUMBER() OVER (PARTITION BY tap, durations.stage ORDER BY ended DESC) AS place \
                     FROM durations LEFT JOIN silences \
                       ON silences.run = durations.run AND silences.stage = durations.stage \
                     WHERE env_id = ?1 AND flow = ?2) \
                   WHERE place <= ?3";
        let mut query = self.connection.prepare_cached(sql)?;
        let mut rows = query.query(params![env_id.as_str(), flow.as_str(), USUAL_OF])?;
        let mut by_tap: BTreeMap<String, Times> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let times = by_tap.entry(row.get(0)?).or_default();
            let (took, silences) = times.entry(row.get(1)?).or_default();
            took.push(row.get(2)?);
            silences.extend(row.get::<_, Option<i64>>(3)?);
        }
        let baseline = |mut times: Times| {
            let whole = times.remove(WHOLE).unwrap_or_default().0;
            let runs = whole.len().max(1);
            let stages = times.into_iter().filter_map(|(name, (took, silences))| {
                let share = took.len() * 100 / runs;
                let baseline = StageBaseline {
                    took: Percentiles::of(took)?,
                    silence: Percentiles::of(silences),
                    share,
                };
                Some((stage_named(&name)?, baseline))
            });
            Baseline {
                stages: stages.collect(),
                whole: Percentiles::of(whole),
            }
        };
        Ok(by_tap
            .into_iter()
            .map(|(tap, times)| (Text::new(&tap), baseline(times)))
            .collect())
    }

    /// Forgets what is too old, and the oldest while there is too much.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn prune(&mut self, now: Timestamp) -> Result<(), HistoryError> {
        let oldest = now.as_millisecond() - KEPT_DAYS * 24 * 60 * 60 * 1000;
        self.connection
            .execute("DELETE FROM runs WHERE last < ?1", params![oldest])?;
        for _ in 0..10 {
            let pragma = |name| {
                self.connection
                    .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            };
            let used = (pragma("page_count")? - pragma("freelist_count")?) * pragma("page_size")?;
            if u64::try_from(used).unwrap_or(0) <= KEPT_BYTES {
                break;
            }
            let tenth = "DELETE FROM runs WHERE id IN (SELECT id FROM runs ORDER BY last \
                         LIMIT (SELECT COUNT(*) / 10 + 1 FROM runs))";
            self.connection.execute(tenth, [])?;
        }
        Ok(())
    }

    fn with_steps(&self, runs: Vec<(i64, Run)>) -> Result<Vec<Run>, HistoryError> {
        runs.into_iter()
            .map(|(id, run)| {
                Ok(Run {
                    steps: steps(&self.connection, id)?,
                    ..run
                })
            })
            .collect()
    }
}

/// The database may hold customers' names: it is its owner's alone.
fn make_private(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        if path.exists() {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o600));
        } else {
            let _ = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(path);
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

fn write(change: &Transaction<'_>, observation: &Observation) -> rusqlite::Result<()> {
    let millis = |at: Timestamp| at.as_millisecond();
    let address = &observation.address;
    let last = observation.updated.unwrap_or(observation.seen);
    let facts = (!observation.facts.is_empty()).then(|| {
        let pairs = observation.facts.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        serde_json::json!(pairs).to_string()
    });
    let id: i64 = change
        .prepare_cached(
            "INSERT INTO runs (env_id, job_root, flow, tenant, tap, started, last, status, message, facts) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
             ON CONFLICT (env_id, job_root) DO UPDATE SET \
               tap = excluded.tap, started = COALESCE(excluded.started, started), \
               last = excluded.last, status = excluded.status, message = excluded.message, \
               facts = COALESCE(excluded.facts, facts) \
             RETURNING id",
        )?
        .query_row(
            params![
                observation.env_id.as_str(),
                address.job_root.as_str(),
                address.flow.as_str(),
                address.tenant.as_str(),
                observation.tap.as_str(),
                observation.started.map(millis),
                millis(last),
                observation.status.as_str(),
                observation.message.as_ref().map(Text::as_str),
                facts,
            ],
            |row| row.get(0),
        )?;
    let known = steps(change, id)?;
    let mut add = change
        .prepare_cached("INSERT INTO steps (run, status, seen, updated) VALUES (?1, ?2, ?3, ?4)")?;
    let known_as_exact =
        |status: &JobStatus| observation.times.iter().any(|(each, _)| each == status);
    if !observation.times.is_empty() && observation.status.is_finished() {
        // The service's own account is better than what was seen.
        change.execute("DELETE FROM steps WHERE run = ?1", params![id])?;
        let seen = known
            .into_iter()
            .filter(|step| !known_as_exact(&step.status))
            .map(|step| (step.status.clone(), step.at()));
        let mut all: Vec<_> = observation.times.iter().cloned().chain(seen).collect();
        if !all.iter().any(|(status, _)| *status == observation.status) {
            all.push((observation.status.clone(), last));
        }
        all.sort_by_key(|(_, at)| *at);
        for (status, at) in all {
            add.execute(params![id, status.as_str(), millis(at), millis(at)])?;
        }
    } else if known
        .last()
        .is_none_or(|step| step.status != observation.status)
    {
        let (status, seen) = (observation.status.as_str(), millis(observation.seen));
        add.execute(params![id, status, seen, observation.updated.map(millis)])?;
    }
    for (stage, longest) in &observation.silences {
        change
            .prepare_cached(
                "INSERT OR REPLACE INTO silences (run, stage, longest) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![
                id,
                stage.name(),
                i64::try_from(longest.as_millis()).unwrap_or(i64::MAX)
            ])?;
    }
    if observation.status.state() == State::Completed {
        write_durations(change, id, observation)?;
    }
    Ok(())
}

/// How long the stages of a completed run took: only those say what is baseline.
fn write_durations(
    change: &Transaction<'_>,
    id: i64,
    observation: &Observation,
) -> rusqlite::Result<()> {
    let steps = steps(change, id)?;
    let ended = observation.updated.unwrap_or(observation.seen);
    let mut add = change.prepare_cached(
        "INSERT OR REPLACE INTO durations (run, env_id, flow, tap, stage, took, ended) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let mut write = |stage: &str, from: Timestamp, to: Timestamp| {
        add.execute(params![
            id,
            observation.env_id.as_str(),
            observation.address.flow.as_str(),
            observation.tap.as_str(),
            stage,
            (to.as_millisecond() - from.as_millisecond()).max(0),
            ended.as_millisecond(),
        ])
    };
    let spans = stage_spans(steps.iter().map(|step| (step.status.clone(), step.at())));
    // The first stage that was seen may have begun before that.
    let whole_course = steps
        .first()
        .is_some_and(|step| step.status == JobStatus::JobCreated || step.updated.is_some());
    for span in spans.iter().filter(|_| whole_course) {
        if let Some(to) = span.to {
            write(span.stage.name(), span.from, to)?;
        }
    }
    if let Some(started) = observation.started {
        write(WHOLE, started, ended)?;
    }
    Ok(())
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Run)> {
    let text = |at: usize| row.get::<_, String>(at);
    let wrong = |at: usize| rusqlite::Error::InvalidColumnName(at.to_string());
    let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default();
    let facts: Option<String> = row.get(7)?;
    let facts: Vec<(String, String)> = facts
        .and_then(|facts| serde_json::from_str(&facts).ok())
        .unwrap_or_default();
    let run = Run {
        job_root: JobRoot::parse(&text(1)?).map_err(|_| wrong(1))?,
        tenant: TenantId::parse(&text(2)?).map_err(|_| wrong(2))?,
        started: row.get::<_, Option<i64>>(3)?.map(time),
        status: JobStatus::parse(&text(4)?),
        last: time(row.get(5)?),
        message: row
            .get::<_, Option<String>>(6)?
            .map(|text| Text::new(&text)),
        facts: facts
            .into_iter()
            .map(|(name, value)| (Text::new(&name), Text::new(&value)))
            .collect(),
        steps: Vec::new(),
    };
    Ok((row.get(0)?, run))
}

fn steps(connection: &Connection, run: i64) -> rusqlite::Result<Vec<RunStep>> {
    let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or_default();
    connection
        .prepare_cached("SELECT status, seen, updated FROM steps WHERE run = ?1 ORDER BY rowid")?
        .query_map(params![run], |row| {
            Ok(RunStep {
                status: JobStatus::parse(&row.get::<_, String>(0)?),
                seen: time(row.get(1)?),
                updated: row.get::<_, Option<i64>>(2)?.map(time),
            })
        })?
        .collect()
}

fn stage_named(name: &str) -> Option<Stage> {
    std::iter::once(Stage::Queued)
        .chain(STAGES)
        .find(|stage| stage.name() == name)
}
