//! Observations to record.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;

use crate::history::observation::Observation;
use crate::hotglue::{EnvId, FlowId, Job, JobAddress, JobRoot, TenantId};

pub(super) fn env() -> EnvId {
    EnvId::parse("dev.x.xyz").unwrap()
}

pub(super) fn flow() -> FlowId {
    FlowId::parse("f").unwrap()
}

pub(super) fn tenant() -> TenantId {
    TenantId::parse("acme").unwrap()
}

pub(super) fn root(id: &str) -> JobRoot {
    JobRoot::parse(&format!("acme/flows/f/jobs/{id}")).unwrap()
}

/// A time, in seconds after the beginning of the test.
pub(super) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

/// An answer that also holds secrets, in fields that are not recorded.
pub(super) fn body(status: &str, second: i64) -> String {
    format!(
        r#"{{"status":"{status}","tap":"shopify","start_time":"{}","last_updated":"{}",
            "message":"\nfirst line\nsecond","processed_rows":{second},
            "state":{{"token":"hush-1"}},"override_start_date":"hush-2",
            "tap_config":{{"client_secret":"hush-3"}},"target":{{"key":"hush-4"}},
            "tap_install_uri":"https://user:hush-5@host/tap.git?token=hush-6",
            "metrics":{{"recordCount":{{"orders":7}},"note":"hush-7"}}}}"#,
        time(0),
        time(second)
    )
}

pub(super) fn observation_of(id: &str, body: &str, seen: Timestamp) -> Observation {
    let address = JobAddress {
        flow: flow(),
        tenant: tenant(),
        job_root: root(id),
    };
    let job = Job::decode(body).unwrap();
    Observation::new(env(), Arc::new(address), &job, seen)
}

/// A status that the service reports for a time, and that is seen a second
/// later.
pub(super) fn observation(id: &str, status: &str, second: i64) -> Observation {
    observation_of(id, &body(status, second), time(second + 1))
}

/// A run whose sync takes `sync` seconds.
pub(super) fn run(id: &str, sync: i64) -> Vec<Observation> {
    vec![
        observation(id, "JOB_CREATED", 0),
        observation(id, "SYNC_STARTED", 10),
        observation(id, "SYNC_SUCCESS", 10 + sync),
        observation(id, "ETL_STARTED", 11 + sync),
        observation(id, "EXPORT_STARTED", 20 + sync),
        observation(id, "JOB_COMPLETED", 30 + sync),
    ]
}

/// A run of one status, at a time.
pub(super) fn short_run(id: &str, second: i64) -> Observation {
    observation(id, "SYNC_FAILED", second)
}

/// A folder, and a path for a database in it.
pub(super) fn database() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    (folder, path)
}
