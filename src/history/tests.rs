//! The past, written and read back.

use std::sync::Arc;

use super::*;
use crate::hotglue::{EnvId, FlowId, Job, JobAddress, Stage};

fn env() -> EnvId {
    EnvId::parse("dev.x.xyz").unwrap()
}

fn flow() -> FlowId {
    FlowId::parse("f").unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn observation(id: &str, status: &str, second: i64) -> Observation {
    let tenant = TenantId::parse("acme").unwrap();
    let address = JobAddress {
        flow: flow(),
        tenant,
        job_root: JobRoot::parse(&format!("acme/flows/f/jobs/{id}")).unwrap(),
    };
    let body = format!(
        r#"{{"status":"{status}","tap":"shopify","start_time":"{}","last_updated":"{}",
            "message":"\nfirst line\nsecond","processed_rows":{second},
            "state":{{"secret":"hush"}},"override_start_date":"hush"}}"#,
        at(0),
        at(second)
    );
    let job = Job::decode(&body).unwrap();
    Observation::new(env(), Arc::new(address), &job, at(second + 1))
}

/// A run whose sync takes so many seconds.
fn run(id: &str, sync: i64) -> Vec<Observation> {
    vec![
        observation(id, "JOB_CREATED", 0),
        observation(id, "SYNC_STARTED", 10),
        observation(id, "SYNC_SUCCESS", 10 + sync),
        observation(id, "ETL_STARTED", 11 + sync),
        observation(id, "EXPORT_STARTED", 20 + sync),
        observation(id, "JOB_COMPLETED", 30 + sync),
    ]
}

#[test]
fn a_run_is_remembered_step_by_step() {
    let mut store = Store::in_memory().unwrap();
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
    }
    // Seen again after a restart, nothing is written twice.
    store
        .record(&[observation("1", "JOB_COMPLETED", 70)])
        .unwrap();
    let root = JobRoot::parse("acme/flows/f/jobs/1").unwrap();
    let steps = store.steps(&env(), &root).unwrap();
    let statuses: Vec<_> = steps.iter().map(|step| step.status.to_string()).collect();
    assert_eq!(
        statuses,
        [
            "JOB_CREATED",
            "SYNC_STARTED",
            "SYNC_SUCCESS",
            "ETL_STARTED",
            "EXPORT_STARTED",
            "JOB_COMPLETED"
        ]
    );
    assert_eq!(steps[1].updated, Some(at(10)));
    assert_eq!(steps[1].seen, at(11));

    let runs = store.runs(&env(), &flow(), None, 10).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].message.as_ref().unwrap().as_str(), "first line");
    let facts = format!("{:?}", runs[0].facts);
    assert!(facts.contains("processed_rows"), "{facts}");
    assert!(!facts.contains("hush"), "{facts}");
    let spans = runs[0].spans();
    assert_eq!(spans[1].stage, Stage::Sync);
    assert_eq!(spans[1].duration(at(0)).as_secs(), 40);
}

#[test]
fn what_is_usual_comes_of_completed_runs_only() {
    let mut store = Store::in_memory().unwrap();
    for number in 1..=9 {
        store
            .record(&run(&number.to_string(), number * 10))
            .unwrap();
    }
    let mut failed = run("bad", 9_000);
    failed.pop();
    failed.push(observation("bad", "EXPORT_FAILED", 9_040));
    store.record(&failed).unwrap();
    let baseline = store.baseline(&env(), &flow()).unwrap();
    let [(tap, baseline)] = &baseline[..] else {
        panic!("{baseline:?}")
    };
    assert_eq!(tap.as_str(), "shopify");
    let sync = baseline.stage(Stage::Sync).unwrap();
    assert_eq!(sync.took.count, 9);
    assert_eq!(sync.took.median.as_secs(), 50);
    assert_eq!(sync.took.p95.as_secs(), 90);
    assert_eq!(sync.share, 100);
    assert_eq!(baseline.whole.unwrap().median.as_secs(), 80);
    assert_eq!(baseline.after(Stage::Sync).as_secs(), 9 + 10);
    let none = store.baseline(&env(), &FlowId::parse("other").unwrap());
    assert!(none.unwrap().is_empty());
}

#[test]
fn the_services_own_times_are_better_than_what_was_seen() {
    let mut store = Store::in_memory().unwrap();
    store
        .record(&[observation("1", "SYNC_STARTED", 33)])
        .unwrap();
    let mut last = observation("1", "ETL_FAILED", 60);
    let status = crate::hotglue::JobStatus::parse;
    last.times = vec![
        (status("SYNC_STARTED"), at(5)),
        (status("ETL_STARTED"), at(50)),
        (status("ETL_FAILED"), at(60)),
    ];
    store.record(&[last]).unwrap();
    let root = JobRoot::parse("acme/flows/f/jobs/1").unwrap();
    let times: Vec<_> = store.steps(&env(), &root).unwrap();
    let times: Vec<_> = times.iter().map(RunStep::at).collect();
    assert_eq!(times, [at(5), at(50), at(60)]);
}

#[test]
fn old_runs_are_forgotten() {
    let mut store = Store::in_memory().unwrap();
    store.record(&run("1", 40)).unwrap();
    let day = 24 * 60 * 60;
    store.prune(at(80 * day)).unwrap();
    assert_eq!(store.runs(&env(), &flow(), None, 10).unwrap().len(), 1);
    store.prune(at(91 * day)).unwrap();
    assert!(store.runs(&env(), &flow(), None, 10).unwrap().is_empty());
    assert!(store.baseline(&env(), &flow()).unwrap().is_empty());
}

/// Fault 32: a damaged database is put aside, one of a newer hgtop is left.
#[test]
fn a_damaged_database_is_put_aside_and_a_newer_one_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deeper").join("history.db");
    let mut store = Store::open(&path).unwrap().store;
    store.record(&run("1", 40)).unwrap();
    drop(store);
    assert_eq!(
        Store::open(&path)
            .unwrap()
            .store
            .runs(&env(), &flow(), None, 9)
            .unwrap()
            .len(),
        1
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    std::fs::write(
        &path,
        "this is no database, it only looks like a file".repeat(99),
    )
    .unwrap();
    let opened = Store::open(&path).unwrap();
    let aside = opened.set_aside.unwrap();
    assert!(
        std::fs::read(&aside)
            .unwrap()
            .starts_with(b"this is no database")
    );
    drop(opened.store);

    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }));
}

#[test]
fn the_recorder_writes_what_it_was_told_before_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let (told, history_answered) = std::sync::mpsc::channel();
    let database = path.clone();
    let recorder = Recorder::start(
        move || Store::open(&database).map(|opened| opened.store),
        move |history_answered| told.send(history_answered).unwrap(),
    );
    recorder.record(run("1", 40));
    recorder.query_history(HistoryQuery::Runs(
        env(),
        flow(),
        TenantId::parse("acme").unwrap(),
    ));
    let HistoryAnswer::Runs {
        runs, last_good, ..
    } = history_answered.recv().unwrap()
    else {
        panic!("something else was recalled");
    };
    assert_eq!(runs.len(), 1);
    assert_eq!(last_good.unwrap().job_root.job_id(), "1");
    recorder.record(run("2", 40));
    drop(recorder);
    let store = Store::open(&path).unwrap().store;
    assert_eq!(store.runs(&env(), &flow(), None, 9).unwrap().len(), 2);
}

/// Fault 32: another program holds the database; that is told once, and
/// nothing waits for it for ever.
#[test]
fn a_locked_database_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(Store::open(&path).unwrap());
    let holder = rusqlite::Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (told, history_answered) = std::sync::mpsc::channel();
    let recorder = Recorder::start(
        move || Store::open(&path).map(|opened| opened.store),
        move |history_answered| told.send(history_answered).unwrap(),
    );
    recorder.record(run("1", 40));
    let HistoryAnswer::Lost(reason) = history_answered.recv().unwrap() else {
        panic!("something was recalled");
    };
    assert!(reason.contains("locked"), "{reason}");
    recorder.record(run("2", 40));
    drop(recorder);
    assert!(history_answered.recv().is_err(), "it was told once");
}
