//! The finished runs of a flow.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::support::{env, flow, observation, root, run, time};
use crate::history::observation::Observation;
use crate::history::store::Store;
use crate::hotglue::{FlowId, Job, JobAddress, JobRoot, Stage, State, TenantId, Text};

/// A completed run of a tenant that starts at a second.
fn run_of(tenant: &str, number: i64, start: i64) -> Observation {
    let moment = |second: i64| Timestamp::from_second(1_790_000_000 + start + second).unwrap();
    let body = format!(
        r#"{{"status":"JOB_COMPLETED","tap":"shopify","start_time":"{}","last_updated":"{}",
            "tap_install_uri":"git+https://host/tap.git@v{number}","message":"fine",
            "processed_rows":7,"metrics":{{"recordCount":{{"orders":7}}}},
            "status_timestamp":{{"JOB_CREATED":"{}","SYNC_STARTED":"{}","ETL_STARTED":"{}",
                "JOB_COMPLETED":"{}"}}}}"#,
        moment(0),
        moment(60),
        moment(0),
        moment(10),
        moment(40),
        moment(60)
    );
    let address = JobAddress {
        flow: flow(),
        tenant: TenantId::parse(tenant).unwrap(),
        job_root: JobRoot::parse(&format!("{tenant}/flows/f/jobs/{number}")).unwrap(),
    };
    let job = Job::decode(&body).unwrap();
    Observation::new(env(), Arc::new(address), &job, time(start + 100))
}

#[test]
fn past_runs_are_the_newest_finished_ones_of_each_tenant() {
    let mut store = Store::in_memory().unwrap();
    for number in 1..=4 {
        let runs = ["globex", "acme"].map(|tenant| run_of(tenant, number, number * 1_000));
        store.record(&runs).unwrap();
    }
    store
        .record(&[observation("running", "SYNC_STARTED", 50)])
        .unwrap();
    let mut failed = observation("failed", "ETL_FAILED", 9_060);
    failed.started = Some(time(9_000));
    store.record(&[failed]).unwrap();
    let past = |before, limit| store.past_runs(&env(), &flow(), before, limit).unwrap();

    let ids: Vec<_> = past(None, 3)
        .iter()
        .map(|run| format!("{} {}", run.tenant, run.job_root.job_id()))
        .collect();
    let expected = [
        "globex 4",
        "globex 3",
        "globex 2",
        "acme failed",
        "acme 4",
        "acme 3",
    ];
    assert_eq!(ids, expected);
    let before = past(Some(time(3_000)), 9);
    assert_eq!(before.len(), 4, "a start at the very time is not before it");
    let run = &before[0];
    assert_eq!(run.state, State::Completed);
    assert_eq!(run.tap.as_str(), "shopify");
    assert_eq!(run.tap_version.as_ref().unwrap().as_str(), "v2");
    assert_eq!((run.started, run.finished), (time(2_000), time(2_060)));
    let seconds = SignedDuration::from_secs;
    let stages = [
        (Stage::Queued, seconds(10)),
        (Stage::Sync, seconds(30)),
        (Stage::Etl, seconds(20)),
    ];
    assert_eq!(run.stages, stages);
    let rows = run.rows.as_ref().unwrap();
    assert_eq!(rows.total, Some(7));
    assert_eq!(rows.streams[&Text::new("orders")].read, Some(7));
    assert_eq!(
        past(None, 9)
            .last()
            .unwrap()
            .message
            .as_ref()
            .unwrap()
            .as_str(),
        "fine"
    );
    let other = FlowId::parse("other").unwrap();
    assert!(store.past_runs(&env(), &other, None, 9).unwrap().is_empty());
}

#[test]
fn restarted_run_is_not_past_until_it_finishes_again() {
    let mut store = Store::in_memory().unwrap();
    store.record(&run("1", 40)).unwrap();
    let count = |store: &Store| store.past_runs(&env(), &flow(), None, 9).unwrap().len();
    assert_eq!(count(&store), 1);
    store
        .record(&[observation("1", "SYNC_STARTED", 200)])
        .unwrap();
    assert_eq!(count(&store), 0);
    store
        .record(&[observation("1", "SYNC_FAILED", 230)])
        .unwrap();
    let past = store.past_runs(&env(), &flow(), None, 9).unwrap();
    assert_eq!(past[0].state, State::Failed);
    let sync = past[0]
        .stages
        .iter()
        .find(|(stage, _)| *stage == Stage::Sync);
    assert_eq!(sync.unwrap().1.as_secs(), 30, "the last time counts");
}

#[test]
fn reported_times_leave_the_times_of_polls() {
    let mut store = Store::in_memory().unwrap();
    store
        .record(&[observation("1", "SYNC_STARTED", 33)])
        .unwrap();
    let mut last = observation("1", "ETL_FAILED", 60);
    last.times = vec![("SYNC_STARTED", 5), ("ETL_STARTED", 50), ("ETL_FAILED", 60)]
        .into_iter()
        .map(|(status, second)| (crate::hotglue::JobStatus::parse(status), time(second)))
        .collect();
    for _ in 0..2 {
        store.record(std::slice::from_ref(&last)).unwrap();
        let steps = store.steps(&env(), &root("1")).unwrap();
        let times: Vec<_> = steps.iter().map(|step| (step.seen, step.updated)).collect();
        let expected = [(34, 5), (61, 50), (61, 60)].map(|(seen, at)| (time(seen), Some(time(at))));
        assert_eq!(times, expected);
    }
}

/// A size that leaves room for a slow machine; a query without its index takes
/// many times longer.
#[test]
fn past_runs_of_many_tenants_are_read_within_a_second() {
    let mut store = Store::in_memory().unwrap();
    for tenant in 0..300 {
        let tenant = format!("tenant-{tenant}");
        let runs: Vec<_> = (0..50)
            .map(|number| run_of(&tenant, number, number * 100))
            .collect();
        store.record(&runs).unwrap();
    }
    let begin = Instant::now();
    let past = store.past_runs(&env(), &flow(), None, 20).unwrap();
    assert_eq!(past.len(), 6_000);
    assert!(begin.elapsed().as_millis() < 1_000, "{:?}", begin.elapsed());
}
