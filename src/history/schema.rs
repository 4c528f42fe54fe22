//! The tables, and bringing a database to them.

use std::path::Path;

use rusqlite::Connection;

use super::HistoryError;

/// The version that this hgtop writes.
const VERSION: i64 = 1;

const TABLES: &str = "
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

/// Makes the tables where there are none.
pub(super) fn prepare(connection: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    match version(connection)? {
        VERSION => Ok(()),
        0 => {
            // Of two that begin at once, the second finds the tables there.
            let change =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            if version(&change)? == 0 {
                change.execute_batch(TABLES)?;
                change.pragma_update(None, "user_version", VERSION)?;
            }
            change.commit()?;
            Ok(())
        }
        found => Err(HistoryError::Newer {
            path: path.to_owned(),
            found,
        }),
    }
}
