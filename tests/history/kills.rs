//! Two dashboards that write one history and are killed at any moment.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::support::Home;
use crate::support::bad_server::{Act, BadServer};
use crate::support::window::Window;

/// Every recorded status of every run, as committed by now.
fn recorded(path: &Path) -> BTreeSet<(String, String, i64)> {
    // Neither the file nor its tables exist at first.
    let Ok(connection) = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    else {
        return BTreeSet::new();
    };
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    let sql = "SELECT job_root, text, seen FROM steps JOIN runs ON runs.id = run \
               JOIN texts ON texts.id = steps.status";
    let Ok(mut select) = connection.prepare(sql) else {
        return BTreeSet::new();
    };
    let rows = select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    rows.map(Result::unwrap).collect()
}

/// Kills dashboards in pairs and checks the database after each pair.
async fn kill_dashboards(pairs: usize) {
    const STATUSES: [&str; 4] = [
        "SYNC_STARTED",
        "SYNC_SUCCESS",
        "ETL_STARTED",
        "EXPORT_STARTED",
    ];
    // Each poll of a job finds another status.
    let server = BadServer::start(|_, number| Act::job(STATUSES[number % STATUSES.len()])).await;
    let jobs: Vec<String> = (0..40)
        .map(|number| format!("[[jobs]]\njob_root = \"t{number}/flows/f/jobs/j{number}\"\n"))
        .collect();
    let jobs = jobs.concat();
    let home = Home::with_config(&format!(
        "poll_interval = \"1s\"\nmax_requests_per_second = 100\n\
         [environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{}\"\napi_key = \"k\"\n{jobs}",
        server.base
    ));
    let path = home.path(".local/state/hgtop/history.db");
    let config = home.path("config.toml");
    let arguments = ["--config", config.to_str().unwrap()];
    let mut random = fastrand::Rng::with_seed(7);
    let mut before = BTreeSet::new();
    for pair in 0..pairs {
        let mut windows = [(); 2].map(|()| Window::open_at(&arguments, &home.path("")));
        let enough = before.len() + 1 + random.usize(0..80);
        while recorded(&path).len() < enough {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(random.u64(0..40))).await;
        let committed = recorded(&path);
        for window in &mut windows {
            window.signal("KILL");
        }
        for window in &mut windows {
            window.wait();
        }
        let after = recorded(&path);
        let lost: Vec<_> = committed.difference(&after).collect();
        assert!(lost.is_empty(), "pair {pair}: {lost:?}");
        let connection = Connection::open(&path).unwrap();
        let check: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "pair {pair}");
        before = after;
    }
    let moved = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let moved: Vec<_> = moved.map(|file| file.unwrap().file_name()).collect();
    let is_damaged = |name: &std::ffi::OsString| name.to_string_lossy().contains("damaged");
    assert!(!moved.iter().any(is_damaged), "{moved:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_committed_transition_is_lost_in_10_kills() {
    kill_dashboards(5).await;
}

/// Takes minutes: `cargo test --test history -- --ignored`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn no_committed_transition_is_lost_in_100_kills() {
    kill_dashboards(50).await;
}
