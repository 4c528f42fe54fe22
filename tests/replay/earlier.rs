//! Runs of the days before the rollout.
#![allow(unreachable_pub, reason = "shared within this test")]

use std::sync::Arc;

use hgtop::history::{Observation, Store};
use hgtop::hotglue::{EnvId, Job, JobAddress, JobRoot, TenantId};

use crate::live::at;

/// The tenants with runs of the days before, which the baselines are made of.
const KNOWN: [&str; 5] = ["acme", "globex", "initech", "umbrella", "hooli"];

pub fn earlier_runs(store: &mut Store) {
    let env_id = EnvId::parse("prod.example.xyz").unwrap();
    for tenant in KNOWN {
        for number in 1..12 {
            let (address, job) = earlier_run(tenant, number);
            let seen = at(-number * 86_400 + 100);
            let observation = Observation::new(env_id.clone(), address, &job, seen);
            store.record(&[observation]).unwrap();
        }
    }
}

/// The newest run before the rollout.
pub fn old_run(tenant: &str) -> Option<(Arc<JobAddress>, Arc<Job>)> {
    KNOWN
        .contains(&tenant)
        .then(|| earlier_run(tenant, 1))
        .map(|(address, job)| (address, Arc::new(job)))
}

fn earlier_run(tenant: &str, number: i64) -> (Arc<JobAddress>, Job) {
    let start = -number * 86_400;
    let (sync, etl, end) = (10, 40 + number % 5, 80 + number);
    let times = [
        ("JOB_CREATED", 0),
        ("SYNC_STARTED", sync),
        ("ETL_STARTED", etl),
        ("JOB_COMPLETED", end),
    ];
    let times = times.map(|(status, second)| format!(r#""{status}":"{}""#, at(start + second)));
    let body = format!(
        r#"{{"status":"JOB_COMPLETED","tap":"shopify","start_time":"{}","last_updated":"{}",
            "processed_rows":1000,"status_timestamp":{{{}}}}}"#,
        at(start),
        at(start + end),
        times.join(",")
    );
    let tenant = TenantId::parse(tenant).unwrap();
    let root = format!("{tenant}/flows/invoices/jobs/old{number}");
    let address = JobAddress::from_root(JobRoot::parse(&root).unwrap()).unwrap();
    (Arc::new(address), Job::decode(&body).unwrap())
}
