//! `hgtop history learn`, `export` and `prune`, against a service on loopback
//! and a database on disk.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod export;
#[cfg(unix)]
mod kills;
mod learn;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

use rusqlite::Connection;
use support::Home;
use support::bad_server::{Act, BadServer};

/// A time that is this many seconds ago, as the service writes it.
fn ago(seconds: i64) -> String {
    let span = jiff::SignedDuration::from_secs(seconds);
    (jiff::Timestamp::now() - span).to_string()
}

/// A finished job of a tenant, with values that must never be recorded.
fn job(tenant: &str, flow: &str, number: i64, status: &str) -> String {
    let start = (number + 1) * 3_600;
    format!(
        r#"{{"status":"{status}","job_id":"{number}","s3_root":"{tenant}/flows/{flow}/jobs/{number}",
            "tap":"shopify","tenant":"{tenant}","start_time":"{}","last_updated":"{}",
            "status_timestamp":{{"JOB_CREATED":"{}","SYNC_STARTED":"{}","{status}":"{}"}},
            "processed_rows":{number},"tap_install_uri":"git+https://u:hush-1@host/tap.git@v1.2.{number}",
            "message":"run {number} of {tenant}","state":{{"token":"hush-2"}},
            "override_start_date":"hush-3"}}"#,
        ago(start),
        ago(start - 60),
        ago(start),
        ago(start - 10),
        ago(start - 60)
    )
}

/// A service with tenants, of which the last one does not use the flow, and
/// with jobs of each other one; the newest one of them runs.
async fn service(tenants: &'static [&'static str], jobs: i64) -> BadServer {
    BadServer::start(move |path, _| {
        let parts: Vec<_> = path.trim_start_matches('/').split('/').collect();
        match parts[..] {
            ["tenants", _] => Act::body(&serde_json::json!(tenants).to_string()),
            [_, flow @ ("f1" | "f2"), tenant, "jobs"] if Some(&tenant) != tenants.last() => {
                let mut list = vec![job(tenant, flow, 0, "SYNC_STARTED")];
                list.extend((1..=jobs).map(|number| job(tenant, flow, number, "JOB_COMPLETED")));
                Act::body(&format!("[{}]", list.join(",")))
            }
            [_, "flows", "supported"] => Act::body(r#"[{"id":"f1","name":"invoices"}]"#),
            _ => Act::status(404),
        }
    })
    .await
}

fn home(server: &BadServer, follows: &str) -> Home {
    Home::with_config(&format!(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{}\"\napi_key = \"hush-key\"\n\
         {follows}",
        server.base
    ))
}

const FOLLOW: &str = "[[follow]]\nname = \"invoices\"\nflow = \"f1\"\ntenants = \"*\"\n\
    since = 2026-11-24T09:00:00Z\n";

fn database(home: &Home) -> PathBuf {
    home.path(".local/state/hgtop/history.db")
}

fn count(path: &PathBuf, table: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    let sql = format!("SELECT COUNT(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}
