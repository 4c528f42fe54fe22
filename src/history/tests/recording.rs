//! What is recorded, and read back.

use super::support::{database, env, flow, observation, root, run, time};
use crate::history::run::RunStep;
use crate::history::store::Store;
use crate::hotglue::{JobStatus, Stage, Text};

#[test]
fn run_is_recorded_step_by_step() {
    let mut store = Store::in_memory().unwrap();
    for observation in run("1", 40) {
        store.record(&[observation]).unwrap();
    }
    // Seen again after a restart, nothing is recorded twice.
    store
        .record(&[observation("1", "JOB_COMPLETED", 70)])
        .unwrap();
    let steps = store.steps(&env(), &root("1")).unwrap();
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
    assert_eq!(steps[1].updated, Some(time(10)));
    assert_eq!(steps[1].seen, time(11));

    let runs = store.runs(&env(), &flow(), None, 10).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].message.as_ref().unwrap().as_str(), "first line");
    let spans = runs[0].spans();
    assert_eq!(spans[1].stage, Stage::Sync);
    assert_eq!(spans[1].duration(time(0)).as_secs(), 40);
}

#[test]
fn secrets_of_an_answer_never_reach_the_file() {
    let (folder, path) = database();
    let mut store = Store::open(&path).unwrap().store;
    store.record(&run("1", 40)).unwrap();
    let runs = store.runs(&env(), &flow(), None, 1).unwrap();
    let fields = format!("{:?}", runs[0].fields);
    for field in ["processed_rows", "orders", "tap.git"] {
        assert!(fields.contains(field), "{fields}");
    }
    let check = |names: &[&str]| {
        for name in names {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("hush"), "{name}");
        }
    };
    check(&["history.db", "history.db-wal", "history.db-shm"]);
    drop(store);
    check(&["history.db"]);
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("first line"), "the run is in the file");
}

#[test]
fn past_runs_have_the_durations_and_silences_of_their_stages() {
    let mut store = Store::in_memory().unwrap();
    store.record(&run("one", 40)).unwrap();
    let silent = observation("one", "ETL_STARTED", 45);
    let silent = silent.with_silence(Stage::Sync, jiff::SignedDuration::from_secs(7));
    store.record(&[silent]).unwrap();
    store.record(&run("one", 40)).unwrap();
    let past = store.past_runs(&env(), &flow(), None, 9).unwrap();
    let seconds = |durations: &[(Stage, jiff::SignedDuration)]| -> Vec<(Stage, i64)> {
        let durations = durations.iter();
        durations
            .map(|(stage, took)| (*stage, took.as_secs()))
            .collect()
    };
    let stages = seconds(&past[0].stages);
    assert!(stages.contains(&(Stage::Sync, 40)), "{stages:?}");
    assert_eq!(seconds(&past[0].silences), [(Stage::Sync, 7)]);
}

#[test]
fn times_of_the_service_replace_the_times_of_polls() {
    let mut store = Store::in_memory().unwrap();
    store
        .record(&[observation("1", "SYNC_STARTED", 33)])
        .unwrap();
    let mut last = observation("1", "ETL_FAILED", 60);
    let status = JobStatus::parse;
    last.times = vec![
        (status("SYNC_STARTED"), time(5)),
        (status("ETL_STARTED"), time(50)),
        (status("ETL_FAILED"), time(60)),
    ];
    store.record(&[last]).unwrap();
    let steps: Vec<_> = store.steps(&env(), &root("1")).unwrap();
    let times: Vec<_> = steps.iter().map(RunStep::time).collect();
    assert_eq!(times, [time(5), time(50), time(60)]);
}

#[test]
fn steps_keep_the_message_that_was_seen_with_them() {
    let mut store = Store::in_memory().unwrap();
    let mut first = observation("1", "SYNC_STARTED", 33);
    first.message = Some(Text::new("reading"));
    let mut last = observation("1", "ETL_FAILED", 60);
    last.message = Some(Text::new("token expired"));
    last.times = vec![
        (JobStatus::SyncStarted, time(5)),
        (JobStatus::EtlStarted, time(50)),
        (JobStatus::EtlFailed, time(60)),
    ];
    store.record(&[first, last]).unwrap();
    let sql = "SELECT text FROM steps LEFT JOIN texts ON texts.id = message ORDER BY number";
    let mut select = store.connection.prepare(sql).unwrap();
    let messages = select
        .query_map([], |row| row.get::<_, Option<String>>(0))
        .unwrap();
    let messages: Vec<_> = messages.map(Result::unwrap).collect();
    let expected = [Some("reading"), None, Some("token expired")];
    assert_eq!(messages, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn finished_run_is_written_again_only_with_something_new() {
    let mut store = Store::in_memory().unwrap();
    let changes = |store: &Store| {
        let sql = "SELECT total_changes()";
        store
            .connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let run = observation("1", "JOB_COMPLETED", 70);
    store.record(std::slice::from_ref(&run)).unwrap();
    let before = changes(&store);
    store.record(std::slice::from_ref(&run)).unwrap();
    assert_eq!(changes(&store), before);
    let mut with_times = run;
    with_times.times = vec![
        (JobStatus::SyncStarted, time(5)),
        (JobStatus::JobCompleted, time(70)),
    ];
    store.record(&[with_times]).unwrap();
    assert!(changes(&store) > before);
    let past = store.past_runs(&env(), &flow(), None, 1).unwrap();
    assert_eq!(past[0].stages[0].1.as_secs(), 65);
}

#[test]
fn rows_without_valid_ids_are_left_out() {
    let mut store = Store::in_memory().unwrap();
    store.record(&run("1", 40)).unwrap();
    store.record(&run("2", 40)).unwrap();
    let spoil = "UPDATE runs SET tenant = '..' WHERE id = 1";
    store.connection.execute(spoil, []).unwrap();
    assert_eq!(store.runs(&env(), &flow(), None, 10).unwrap().len(), 1);
}
