//! Jobs watched one by one.

use std::collections::BTreeMap;

use super::*;

#[tokio::test(start_paused = true)]
async fn every_transition_is_published_in_order() {
    let script = [
        "JOB_CREATED",
        "SYNC_STARTED",
        "SYNC_STARTED",
        "ETL_STARTED",
        "JOB_COMPLETED",
    ];
    let service = Scripted::new(move |_, count| job(script[(count - 1).min(4)]));
    let (_watcher, mut updates) = watch(service.clone(), (0..10).map(target).collect());
    let mut seen: BTreeMap<JobId, Vec<String>> = BTreeMap::new();
    until(&mut updates, |batch| {
        for transition in &batch.transitions {
            let statuses = seen.entry(transition.id).or_default();
            statuses.push(transition.to.to_string());
        }
        let last = |statuses: &&Vec<String>| statuses.last().is_some_and(|last| last == script[4]);
        seen.values().filter(last).count() == 10
    })
    .await;
    let expected = [script[0], script[1], script[3], script[4]];
    assert!(
        seen.values().all(|statuses| *statuses == expected),
        "{seen:?}"
    );
    assert!(service.most_in_flight.load(Ordering::SeqCst) <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_failed_poll_keeps_the_last_response() {
    let service = Scripted::new(|_, count| match count {
        2 | 3 => Err(FetchError::Server {
            status: 502,
            message: None,
        }),
        _ => job("SYNC_STARTED"),
    });
    let (_watcher, mut updates) = watch(service, vec![target(0)]);
    let (mut streaks, mut transitions) = (Vec::new(), 0);
    until(&mut updates, |batch| {
        transitions += batch.transitions.len();
        let snapshot = &batch.snapshots[&JobId(0)];
        let status = &snapshot.job.as_ref().unwrap().status;
        assert_eq!(status.as_str(), "SYNC_STARTED");
        let streak = snapshot.health.failure_streak.as_ref();
        streaks.push(streak.map(|streak| streak.count));
        streaks.len() == 4
    })
    .await;
    assert_eq!(streaks, [None, Some(1), Some(2), None]);
    assert_eq!(transitions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_removed_job_is_not_published() {
    let service = Scripted::new(|_, _| job("SYNC_STARTED"));
    let (watcher, mut updates) = watch(service, vec![target(0), target(1)]);
    until(&mut updates, |batch| {
        batch.snapshots.contains_key(&JobId(0))
    })
    .await;
    watcher.remove(vec![JobId(0)]);
    watcher.poll_now(vec![JobId(0)]);
    let mut rounds = 0;
    until(&mut updates, |batch| {
        assert!(rounds == 0 || !batch.snapshots.contains_key(&JobId(0)));
        rounds += 1;
        rounds == 5
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_one_poll_is_an_error_of_that_job_only() {
    let service = Scripted::new(|tenant, _| {
        assert!(tenant != "t0", "a bug");
        job("SYNC_STARTED")
    });
    let (_watcher, mut updates) = watch(service, vec![target(0), target(1)]);
    let mut seen = BTreeMap::new();
    until(&mut updates, |batch| {
        seen.extend(batch.snapshots.clone());
        seen.len() == 2
    })
    .await;
    let streak = seen[&JobId(0)].health.failure_streak.as_ref().unwrap();
    assert_eq!(*streak.error, FetchError::Internal);
    assert!(seen[&JobId(1)].job.is_some());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_stops_the_task() {
    let (watcher, mut updates) = start::<Scripted>(1);
    drop(watcher);
    assert_eq!(updates.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn times_are_read_from_the_given_clock() {
    let time: jiff::Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let (watcher, mut updates) = start_with_clock(1, move || time);
    let service = Scripted::new(|_, _| job("SYNC_STARTED"));
    watcher.connect(EnvironmentId(0), service, LIMITS);
    watcher.add(vec![target(0)]);
    until(&mut updates, |batch| {
        let snapshot = &batch.snapshots[&JobId(0)];
        assert_eq!(snapshot.health.last_success, Some(time));
        assert!(snapshot.health.next_poll > Some(time));
        batch.transitions[0].seen == time
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn jobs_that_come_first_are_polled_more_often_under_the_rate_limit() {
    let service = Scripted::new(|_, _| job("SYNC_STARTED"));
    let (watcher, updates) = watch(service.clone(), (0..2_000).map(target).collect());
    drop(updates);
    watcher.poll_first(vec![JobId(1_500), JobId(9_999)]);
    tokio::time::sleep(Duration::from_mins(10)).await;
    assert!(service.requests("t1500") > 60);
    assert!(service.requests("t1501") < 10);
}
