//! Texts that repeat, such as ids, statuses and messages: each is stored once,
//! and rows hold its number.

use rusqlite::{Connection, OptionalExtension, params};

/// The columns that hold numbers of texts.
const REFERENCES: [(&str, &str); 22] = [
    ("runs", "env"),
    ("runs", "flow"),
    ("runs", "tenant"),
    ("runs", "tap"),
    ("runs", "tap_version"),
    ("runs", "status"),
    ("runs", "message"),
    ("runs", "settings"),
    ("steps", "status"),
    ("steps", "message"),
    ("events", "env"),
    ("events", "kind"),
    ("events", "subject"),
    ("events", "detail"),
    ("learned", "env"),
    ("learned", "flow"),
    ("learned", "tenant"),
    ("forecasts", "env"),
    ("forecasts", "flow"),
    ("updates", "message"),
    ("updates", "error"),
    ("job_lists", "list"),
];

/// The number of a text; `None` where it is not stored, so that no row can
/// have it.
pub(super) fn find(connection: &Connection, text: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM texts WHERE text = ?1")?
        .query_row(params![text], |row| row.get(0))
        .optional()
}

/// The number of a text, which is stored where it is not yet.
pub(super) fn intern(connection: &Connection, text: &str) -> rusqlite::Result<i64> {
    if let Some(id) = find(connection, text)? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO texts (text) VALUES (?1)")?
        .insert(params![text])
}

/// The number of an optional text.
pub(super) fn intern_some(
    connection: &Connection,
    text: Option<&str>,
) -> rusqlite::Result<Option<i64>> {
    text.map(|text| intern(connection, text)).transpose()
}

/// Removes the texts that no row holds. Only the deletion locks the database;
/// it fails as busy when another process wrote since the texts were read, so
/// that no text is lost that was just taken into use.
pub(super) fn remove_unused(connection: &mut Connection) -> rusqlite::Result<()> {
    let used = REFERENCES.map(|(table, column)| format!("SELECT {column} FROM {table}"));
    let sql = format!(
        "SELECT id FROM texts WHERE id NOT IN \
         (SELECT id FROM (SELECT NULL AS id UNION {}) WHERE id IS NOT NULL)",
        used.join(" UNION ")
    );
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Deferred)?;
    let unused: Vec<i64> = transaction
        .prepare(&sql)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in unused {
        transaction
            .prepare_cached("DELETE FROM texts WHERE id = ?1")?
            .execute(params![id])?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::store::Store;

    #[test]
    fn every_column_that_holds_a_text_is_known() {
        let store = Store::in_memory().unwrap();
        let tables = [
            "runs",
            "steps",
            "events",
            "learned",
            "forecasts",
            "updates",
            "job_lists",
        ];
        // Of the other columns with numbers, none is the number of a text.
        let numbers = [
            "id",
            "number",
            "started",
            "last",
            "outcome",
            "run",
            "seen",
            "updated",
            "time",
            "made",
            "since",
            "finished",
            "expected",
            "p50",
            "p90",
            "finish",
            "row_count",
            "is_start",
        ];
        for table in tables {
            let mut columns = store
                .connection
                .prepare(&format!(
                    "SELECT name, type FROM pragma_table_info('{table}')"
                ))
                .unwrap();
            let columns = columns
                .query_map([], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
                })
                .unwrap();
            for (name, kind) in columns.map(Result::unwrap) {
                if kind == "INTEGER" && !numbers.contains(&name.as_str()) {
                    assert!(
                        REFERENCES.contains(&(table, name.as_str())),
                        "{table}.{name}"
                    );
                }
            }
        }
    }
}
