//! The schema of the database, as migrations from every released version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::error::HistoryError;

/// Version 1, of hgtop 0.1.0.
pub(super) const VERSION_1: &str = "
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    env_id TEXT NOT NULL,
    job_root TEXT NOT NULL,
    flow TEXT NOT NULL,
    tenant TEXT NOT NULL,
    tap TEXT NOT NULL,
    started INTEGER,
    last INTEGER NOT NULL,
    status TEXT NOT NULL,
    message TEXT,
    facts TEXT,
    UNIQUE (env_id, job_root)
);
CREATE INDEX runs_of_a_tenant ON runs (env_id, flow, tenant, started);
CREATE INDEX runs_by_age ON runs (last);
CREATE TABLE steps (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    status TEXT NOT NULL,
    seen INTEGER NOT NULL,
    updated INTEGER
);
CREATE INDEX steps_of_a_run ON steps (run);
CREATE TABLE silences (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    stage TEXT NOT NULL,
    longest INTEGER NOT NULL,
    PRIMARY KEY (run, stage)
) WITHOUT ROWID;
CREATE TABLE durations (
    run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    env_id TEXT NOT NULL,
    flow TEXT NOT NULL,
    tap TEXT NOT NULL,
    stage TEXT NOT NULL,
    took INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    PRIMARY KEY (run, stage)
) WITHOUT ROWID;
CREATE INDEX durations_of_a_flow ON durations (env_id, flow, tap, stage, ended);
";

/// Version 2: indexes for the newest runs, the newest time of the service, and
/// no fields beyond the recorded ones. A later status time than a day after it
/// was seen is not believed.
pub(super) const VERSION_2: &str = "
DROP INDEX runs_of_a_tenant;
CREATE INDEX runs_of_a_tenant ON runs (env_id, flow, tenant, COALESCE(started, last));
CREATE INDEX runs_of_a_flow ON runs (env_id, flow, COALESCE(started, last));
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    service_time INTEGER NOT NULL
);
INSERT INTO clock SELECT 1, newest FROM
    (SELECT MAX(updated) AS newest FROM steps WHERE updated <= seen + 86400000)
    WHERE newest IS NOT NULL;
ALTER TABLE runs RENAME COLUMN facts TO fields;
UPDATE runs SET fields = NULL WHERE NOT json_valid(fields);
UPDATE runs SET fields = (
    SELECT json_group_array(json(value)) FROM json_each(fields)
    WHERE json_extract(value, '$[0]') IN ('connector_id', 'job_type', 'launch_type',
        'processed_rows', 'scheduled_job', 'streaming_job', 'sync_type', 'tap', 'target',
        'task_region', 'task_type')
        AND json_extract(value, '$[1]') NOT GLOB '[[{]*'
) WHERE fields IS NOT NULL;
";

/// Version 3: texts that repeat are stored once; the steps of a run keep the
/// time at which they were seen; the durations of stages are with their run.
/// It adds the version of the tap, row counts, events, and which listings were read.
const VERSION_3: &str = include_str!("version_3.sql");

/// Version 4: forecasts, which later ones are corrected by.
const VERSION_4: &str = include_str!("version_4.sql");

/// Version 5: what the dashboard is shown by as it was: changes of jobs between
/// two statuses, and what was watched.
const VERSION_5: &str = include_str!("version_5.sql");

/// Migrations are never changed once they are released.
static MIGRATIONS: [M<'static>; 5] = [
    M::up(VERSION_1),
    M::up(VERSION_2),
    M::up(VERSION_3),
    M::up(VERSION_4),
    M::up(VERSION_5),
];

/// The version of the current schema.
pub(super) const CURRENT_VERSION: i64 = 5;

/// Sets the connection up and brings the database to the current version.
///
/// # Errors
/// When a newer version of hgtop made the database, or it cannot be written.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is removed, such as fields that are no longer recorded, is
    // overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    migrate(connection, path)
}

/// Brings a database to the current schema.
///
/// # Errors
/// As [`prepare`].
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    let migrations = Migrations::from_slice(&MIGRATIONS);
    let found = version(connection)?;
    if usize::try_from(found).is_ok_and(|found| found > MIGRATIONS.len()) {
        return Err(HistoryError::Newer {
            path: path.to_owned(),
            found,
        });
    }
    match migrations.to_latest(connection) {
        Ok(()) => Ok(()),
        // Another process migrated it since its version was read.
        Err(_) if version(connection)? != found => Ok(migrations.to_latest(connection)?),
        Err(error) => Err(error.into()),
    }
}

/// The schema version of a database; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
