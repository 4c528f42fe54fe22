//! Databases of released versions keep their data.

use jiff::SignedDuration;
use rusqlite::Connection;

use super::support::{database, env, flow, root, run, tenant, time};
use crate::history::schema::version;
use crate::history::store::Store;
use crate::hotglue::{Stage, State, Text};

/// The schema of hgtop 0.1.0. It never changes: such databases exist.
const VERSION_1: &str = include_str!("version_1.sql");

/// A database as hgtop 0.1.0 wrote it, with fields that are no longer recorded.
fn version_1(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    let (begin, end) = (time(0).as_millisecond(), time(60).as_millisecond());
    for number in 1..=5 {
        let facts = r#"[["tap","shopify"],["processed_rows","12"],["target","{\"key\":\"hush-1\"}"],
            ["tap_config","{\"client_secret\":\"hush-2\"}"],["tap_install_uri","https://hush-3@host/t"],
            ["metrics","{\"recordCount\":{}}"]]"#;
        connection
            .execute(
                "INSERT INTO runs VALUES (?1, 'dev.x.xyz', 'acme/flows/f/jobs/' || ?1, 'f', 'acme', \
                 'shopify', ?2, ?3, 'JOB_COMPLETED', 'good', ?4)",
                rusqlite::params![number, begin, end + number, facts],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO steps VALUES (?1, 'SYNC_STARTED', ?2, ?2), (?1, 'JOB_COMPLETED', ?3, ?3)",
                rusqlite::params![number, begin, end],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO durations VALUES (?1, 'dev.x.xyz', 'f', 'shopify', 'sync', 60000, ?2), \
                 (?1, 'dev.x.xyz', 'f', 'shopify', 'whole', 60000, ?2)",
                rusqlite::params![number, end],
            )
            .unwrap();
        connection
            .execute("INSERT INTO silences VALUES (?1, 'sync', 5000)", [number])
            .unwrap();
    }
    let spoiled = "UPDATE runs SET facts = 'not JSON' WHERE id = 2";
    connection.execute(spoiled, []).unwrap();
}

#[test]
fn database_of_0_1_0_keeps_its_data() {
    let (folder, path) = database();
    version_1(&path);
    let mut store = Store::open(&path).unwrap().store;
    assert_eq!(version(&store.connection).unwrap(), 5);
    let runs = store.runs(&env(), &flow(), Some(&tenant()), 10).unwrap();
    assert_eq!(runs.len(), 5);
    let first = runs.iter().find(|run| run.job_root == root("1")).unwrap();
    assert_eq!(first.message.as_ref().unwrap().as_str(), "good");
    assert_eq!(first.steps.len(), 2);
    let fields: Vec<_> = first
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(fields, [("tap", "shopify"), ("processed_rows", "12")]);
    let past = store.past_runs(&env(), &flow(), None, 9).unwrap();
    assert_eq!(past.len(), 5);
    for run in past {
        assert_eq!(run.duration().as_secs(), 60);
        let sync = |took| [(Stage::Sync, SignedDuration::from_secs(took))];
        assert_eq!(
            (&run.stages[..], &run.silences[..]),
            (&sync(60)[..], &sync(5)[..])
        );
    }

    // Old runs count by the times that the service reported for them.
    store.record(&run("new", 40)).unwrap();
    assert_eq!(store.prune(time(0)).unwrap(), 0);
    drop(store);
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains("hush"),
            "a field that is not recorded is still in the file"
        );
    }
    assert_eq!(
        Store::open(&path)
            .unwrap()
            .store
            .runs(&env(), &flow(), None, 10)
            .unwrap()
            .len(),
        6
    );
}

/// A database of schema version 2, which builds of the development branch made.
fn version_2(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection
        .execute_batch(crate::history::schema::VERSION_2)
        .unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    let (begin, end) = (time(0).as_millisecond(), time(60).as_millisecond());
    let fields = r#"[["tap","shopify"],["sync_type","full_sync"],["processed_rows","12"],
        ["tap_install_uri","git+https://host/tap.git@v1.0.12"],["metrics","{\"recordCount\":{}}"]]"#;
    let runs = [
        ("1", "JOB_COMPLETED", Some(fields)),
        ("2", "ETL_FAILED", None),
        ("3", "SYNC_STARTED", None),
        (
            "4",
            "JOB_CANCELLED",
            Some(r#"[["tap_install_uri","git@host:tap.git"]]"#),
        ),
        ("5", "ALL_COMPLETE", Some(r#"[["processed_rows","3"]]"#)),
    ];
    for (id, status, fields) in runs {
        let number: i64 = id.parse().unwrap();
        connection
            .execute(
                "INSERT INTO runs VALUES (?1, 'dev.x.xyz', 'acme/flows/f/jobs/' || ?1, 'f', 'acme', \
                 'shopify', ?2, ?3, ?4, 'same text', ?5)",
                rusqlite::params![number, begin + number, end + number, status, fields],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO steps VALUES (?1, 'SYNC_STARTED', ?2, ?2), (?1, ?4, ?3, ?3)",
                rusqlite::params![number, begin, end, status],
            )
            .unwrap();
    }
    connection
        .execute_batch(
            "INSERT INTO durations VALUES (1, 'dev.x.xyz', 'f', 'shopify', 'sync', 55000, 0), \
               (1, 'dev.x.xyz', 'f', 'shopify', 'whole', 60000, 0); \
             INSERT INTO silences VALUES (1, 'sync', 5000);",
        )
        .unwrap();
}

#[test]
fn database_of_schema_version_2_keeps_its_data() {
    let (_folder, path) = database();
    version_2(&path);
    let store = Store::open(&path).unwrap().store;
    let past = store.past_runs(&env(), &flow(), None, 9).unwrap();
    let read: Vec<_> = past
        .iter()
        .map(|run| {
            (
                run.job_root.job_id(),
                run.state,
                run.tap_version.as_ref().map(Text::as_str),
            )
        })
        .collect();
    let expected = [
        ("5", State::Completed, None),
        ("4", State::Cancelled, Some("git@host:tap.git")),
        ("2", State::Failed, None),
        ("1", State::Completed, Some("v1.0.12")),
    ];
    assert_eq!(read, expected);
    let first = past.last().unwrap();
    assert_eq!(first.stages, [(Stage::Sync, SignedDuration::from_secs(55))]);
    assert_eq!(first.duration().as_secs(), 60);
    assert_eq!(first.message.as_ref().unwrap().as_str(), "same text");
    let runs = store.runs(&env(), &flow(), Some(&tenant()), 9).unwrap();
    let first = runs.iter().find(|run| run.job_root == root("1")).unwrap();
    let names: Vec<_> = first.fields.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "tap",
        "sync_type",
        "tap_install_uri",
        "processed_rows",
        "metrics",
    ];
    assert_eq!(names, expected);
    let steps = store.steps(&env(), &root("3")).unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1].seen, time(60));
    let silences = "SELECT silences FROM runs WHERE id = 1";
    let silences: String = store
        .connection
        .query_row(silences, [], |row| row.get(0))
        .unwrap();
    assert_eq!(silences, r#"{"sync":5000}"#);
    let texts = "SELECT COUNT(*) FROM texts WHERE text = 'same text'";
    let texts: i64 = store
        .connection
        .query_row(texts, [], |row| row.get(0))
        .unwrap();
    assert_eq!(texts, 1, "a message that repeats is stored once");
}

#[test]
fn processes_that_start_together_migrate_once() {
    for _ in 0..10 {
        let (_folder, path) = database();
        version_1(&path);
        std::thread::scope(|scope| {
            for number in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let mut store = Store::open(path).unwrap().store;
                    store.record(&run(&format!("new-{number}"), 40)).unwrap();
                });
            }
        });
        let store = Store::open(&path).unwrap().store;
        assert_eq!(store.runs(&env(), &flow(), None, 99).unwrap().len(), 9);
    }
}

#[test]
fn first_migration_makes_the_schema_of_0_1_0() {
    let schema_of = |sql: &str| {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        let mut query = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(
        schema_of(VERSION_1),
        schema_of(crate::history::schema::VERSION_1)
    );
}
