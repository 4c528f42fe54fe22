//! Followed flows: the newest job of each tenant, and the tenants.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use tokio::time::Instant;

use super::*;
use crate::watch::FollowId;

#[tokio::test(start_paused = true)]
async fn a_row_shows_the_newest_job_of_its_tenant() {
    let service = Scripted::new(|request, count| match (request, count) {
        ("list t1", 1) => job("NONE"),
        ("list t1", 2 | 3) => listed("first", "SYNC_STARTED"),
        ("list t1", _) => listed("second", "JOB_CREATED"),
        (_, ..6) => job("SYNC_STARTED"),
        _ => job("JOB_COMPLETED"),
    });
    let (_watcher, mut updates) = watch(service, vec![newest(1)]);
    let (mut transitions, mut was_empty) = (Vec::new(), false);
    until(&mut updates, |batch| {
        if let Some(snapshot) = batch.snapshots.get(&JobId(1)) {
            was_empty |= snapshot.job.is_none() && snapshot.health.last_success.is_some();
        }
        transitions.extend(batch.transitions.iter().map(|transition| {
            let root = transition.address.job_root.to_string();
            (root, transition.to.to_string(), transition.is_new_run)
        }));
        let second = transitions.iter().filter(|(root, ..)| root == "second");
        second.count() == 2
    })
    .await;
    assert!(was_empty, "a tenant without a job has a snapshot");
    let transitions: Vec<_> = transitions
        .iter()
        .map(|(root, to, is_new_run)| (root.as_str(), to.as_str(), *is_new_run))
        .collect();
    let expected = [
        ("first", "SYNC_STARTED", false),
        ("first", "JOB_COMPLETED", false),
        ("second", "JOB_CREATED", true),
        ("second", "JOB_COMPLETED", false),
    ];
    assert_eq!(transitions, expected);
}

#[tokio::test(start_paused = true)]
async fn listing_calls_keep_the_rate_and_leave_room_for_statuses() {
    let service = Scripted::new(|request, _| {
        if request.starts_with("list") {
            listed("j", "JOB_COMPLETED")
        } else {
            job("SYNC_STARTED")
        }
    });
    let targets = (0..2_000).map(newest).chain([target(5_000)]);
    let (_watcher, mut updates) = watch(service.clone(), targets.collect());
    let start = Instant::now();
    let mut known = BTreeSet::new();
    until(&mut updates, |batch| {
        let jobs = batch.snapshots.iter();
        let jobs = jobs.filter(|(_, snapshot)| snapshot.job.is_some());
        known.extend(jobs.map(|(id, _)| *id));
        known.len() == 2_001
    })
    .await;
    let elapsed = start.elapsed();
    let range = Duration::from_secs(99)..Duration::from_secs(150);
    assert!(range.contains(&elapsed), "{elapsed:?}");
    let before = service.requests("t5000");
    drop(updates);
    tokio::time::sleep(Duration::from_secs(100)).await;
    let polls = service.requests("t5000") - before;
    assert!(polls >= 18, "{polls}");
}

#[tokio::test(start_paused = true)]
async fn the_tenants_of_an_environment_are_published() {
    let (watcher, mut updates) = watch(Scripted::new(|_, _| job("SYNC_STARTED")), Vec::new());
    let id = FollowId(3);
    let environment = EnvironmentId(0);
    watcher.add_tenant_discovery(TenantDiscovery { id, environment });
    until(&mut updates, |batch| {
        let tenants = batch.discoveries.get(&id);
        tenants.is_some_and(|tenants| tenants.as_ref().unwrap().len() == 2)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_interval_also_holds_for_the_listing_calls_of_a_row() {
    let service = Scripted::new(|_, _| job("NONE"));
    let (watcher, updates) = watch(service.clone(), vec![newest(1)]);
    drop(updates);
    tokio::time::sleep(Duration::from_mins(10)).await;
    let before = service.requests("list t1");
    assert!(before > 15, "{before}");
    watcher.set_interval(JobId(1), Duration::from_mins(5));
    tokio::time::sleep(Duration::from_mins(20)).await;
    let after = service.requests("list t1") - before;
    assert!((3..=6).contains(&after), "{after}");
}

#[tokio::test(start_paused = true)]
async fn tenants_are_listed_at_their_interval_until_the_run_of_the_rollout_begins() {
    let begin = Arc::new(AtomicBool::new(false));
    let has_begun = Arc::clone(&begin);
    let service = Scripted::new(move |_, _| {
        let created = if has_begun.load(Relaxed) { 24 } else { 23 };
        Ok(Job::decode(&format!(
            r#"{{"status":"JOB_COMPLETED","job_id":"j{created}","start_time":"2026-11-{created}T09:00:00Z"}}"#
        ))
        .unwrap())
    });
    let start = "2026-11-24T09:00:00Z".parse().unwrap();
    let awaited = Target {
        since: Some(start),
        ..newest(1)
    };
    let (watcher, updates) = watch(service.clone(), vec![awaited]);
    drop(updates);
    let listed = async |minutes: u64| {
        let before = service.requests("list t1");
        tokio::time::sleep(Duration::from_mins(minutes)).await;
        service.requests("list t1") - before
    };
    let awaited = listed(10).await;
    assert!((110..=135).contains(&awaited), "{awaited}");
    begin.store(true, Relaxed);
    listed(1).await;
    let begun = listed(10).await;
    assert!((18..=22).contains(&begun), "{begun}");
    let later = "2026-11-25T09:00:00Z".parse().unwrap();
    watcher.set_start(vec![(JobId(1), Some(later))]);
    listed(1).await;
    let awaited = listed(10).await;
    assert!((110..=135).contains(&awaited), "{awaited}");
}
