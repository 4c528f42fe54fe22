//! The task on a paused clock, with a service that answers from a script.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::time::Instant;

use super::*;
use crate::hotglue::{JobRoot, Text};
use crate::watch::{Batch, EnvironmentStatus, FollowId, JobSelector};

type Script = dyn Fn(&str, usize) -> Result<Job, FetchError> + Send + Sync;

/// Answers the n-th question about a tenant's job from a script.
#[derive(Clone)]
struct Scripted {
    script: Arc<Script>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Service for Scripted {
    async fn job_status(
        &self,
        job: &JobAddress,
        _known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let tenant = job.tenant.as_str().to_owned();
        let count = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry(tenant.clone()).or_default();
            *count += 1;
            *count
        };
        (self.script)(&tenant, count).map(Arc::new)
    }

    async fn jobs(&self, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, FetchError> {
        let count = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry(format!("list {tenant}")).or_default();
            *count += 1;
            *count
        };
        let job = (self.script)(&format!("list {tenant}"), count)?;
        // The script names the job in its job_id; without one there is none.
        let Some(id) = job.job_id.clone() else {
            return Ok(Vec::new());
        };
        let address = JobAddress {
            flow: flow.clone(),
            tenant: tenant.clone(),
            job_root: JobRoot::parse(id.as_str()).unwrap(),
        };
        Ok(vec![ListedJob { job, address }])
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        Ok(vec![
            TenantId::parse("acme").unwrap(),
            TenantId::parse("globex").unwrap(),
        ])
    }
}

fn scripted(
    script: impl Fn(&str, usize) -> Result<Job, FetchError> + Send + Sync + 'static,
) -> Scripted {
    Scripted {
        script: Arc::new(script),
        asked: Arc::default(),
        under_way: Arc::default(),
        most: Arc::default(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a source answers")]
fn job(status: &str) -> Result<Job, FetchError> {
    Ok(Job::decode(&format!(r#"{{"status":"{status}"}}"#)).unwrap())
}

fn target(number: u32) -> Target {
    Target {
        id: JobId(number),
        environment: EnvironmentId(0),
        selector: JobSelector::Job(Arc::new(JobAddress {
            flow: FlowId::parse("flow").unwrap(),
            tenant: TenantId::parse(&format!("t{number}")).unwrap(),
            job_root: JobRoot::parse("root").unwrap(),
        })),
        interval: Duration::from_secs(5),
    }
}

const LIMITS: Limits = Limits {
    requests_per_second: Some(20),
    concurrent_requests: 4,
};

async fn until(updates: &mut Updates, mut done: impl FnMut(&Batch) -> bool) {
    loop {
        let batch = updates.recv().await.expect("the watcher goes on");
        if done(&batch) {
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_transition_is_told_in_order() {
    let scenario = [
        "JOB_CREATED",
        "SYNC_STARTED",
        "SYNC_STARTED",
        "ETL_STARTED",
        "JOB_COMPLETED",
    ];
    let source = scripted(move |_, count| job(scenario[(count - 1).min(4)]));
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source.clone(), LIMITS);
    watcher.add((0..10).map(target).collect());
    let mut seen: BTreeMap<JobId, Vec<String>> = BTreeMap::new();
    until(&mut updates, |batch| {
        for transition in &batch.transitions {
            seen.entry(transition.id)
                .or_default()
                .push(transition.to.to_string());
        }
        seen.values()
            .filter(|states| states.last().is_some_and(|last| last == "JOB_COMPLETED"))
            .count()
            == 10
    })
    .await;
    let wanted = [
        "JOB_CREATED",
        "SYNC_STARTED",
        "ETL_STARTED",
        "JOB_COMPLETED",
    ];
    assert!(seen.values().all(|states| *states == wanted), "{seen:?}");
    assert!(source.most.load(Ordering::SeqCst) <= 4);
}

#[tokio::test(start_paused = true)]
async fn a_failed_poll_keeps_the_last_good_answer() {
    let source = scripted(|_, count| match count {
        2 | 3 => Err(FetchError::Server {
            status: 502,
            message: None,
        }),
        _ => job("SYNC_STARTED"),
    });
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source, LIMITS);
    watcher.add(vec![target(0)]);
    let mut troubles = Vec::new();
    let mut transitions = 0;
    until(&mut updates, |batch| {
        transitions += batch.transitions.len();
        let snapshot = &batch.snapshots[&JobId(0)];
        assert_eq!(
            snapshot.job.as_ref().unwrap().status.as_str(),
            "SYNC_STARTED"
        );
        troubles.push(
            snapshot
                .health
                .failure_streak
                .as_ref()
                .map(|trouble| trouble.count),
        );
        troubles.len() == 4
    })
    .await;
    assert_eq!(troubles, [None, Some(1), Some(2), None]);
    assert_eq!(transitions, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_one_condition_and_a_new_one_resumes() {
    let refused = || FetchError::Unauthorized {
        status: 403,
        message: Some(Text::new("Forbidden")),
    };
    let (watcher, mut updates) = start(1);
    watcher.connect(
        EnvironmentId(0),
        scripted(move |_, _| Err(refused())),
        LIMITS,
    );
    watcher.add((0..50).map(target).collect());
    until(&mut updates, |batch| {
        matches!(
            batch.environment_statuses.get(&EnvironmentId(0)),
            Some(EnvironmentStatus::Unauthorized { .. })
        )
    })
    .await;
    watcher.connect(
        EnvironmentId(0),
        scripted(|_, _| job("SYNC_STARTED")),
        LIMITS,
    );
    until(&mut updates, |batch| {
        batch.environment_statuses.get(&EnvironmentId(0)) == Some(&EnvironmentStatus::Closed)
    })
    .await;
    until(&mut updates, |batch| {
        batch
            .snapshots
            .values()
            .any(|snapshot| snapshot.job.is_some())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_removed_job_is_not_told_of_any_more() {
    let (watcher, mut updates) = start(1);
    watcher.connect(
        EnvironmentId(0),
        scripted(|_, _| job("SYNC_STARTED")),
        LIMITS,
    );
    watcher.add(vec![target(0), target(1)]);
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
async fn a_panic_in_one_poll_is_that_jobs_trouble_alone() {
    let source = scripted(|tenant, _| {
        assert!(tenant != "t0", "a bug");
        job("SYNC_STARTED")
    });
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source, LIMITS);
    watcher.add(vec![target(0), target(1)]);
    let mut seen = BTreeMap::new();
    until(&mut updates, |batch| {
        seen.extend(batch.snapshots.clone());
        seen.len() == 2
    })
    .await;
    let trouble = seen[&JobId(0)].health.failure_streak.as_ref().unwrap();
    assert_eq!(*trouble.error, FetchError::Internal);
    assert!(seen[&JobId(1)].job.is_some());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_handle_ends_the_task() {
    let (watcher, mut updates) = start::<Scripted>(1);
    drop(watcher);
    assert_eq!(updates.recv().await, None);
}

fn newest(number: u32) -> Target {
    Target {
        selector: JobSelector::Newest {
            flow: FlowId::parse("flow").unwrap(),
            tenant: TenantId::parse(&format!("t{number}")).unwrap(),
        },
        ..target(number)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a source answers")]
fn named(id: &str, status: &str) -> Result<Job, FetchError> {
    let body = format!(r#"{{"status":"{status}","job_id":"{id}"}}"#);
    Ok(Job::decode(&body).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_followed_flow_moves_on_to_its_newest_job() {
    let source = scripted(|what, count| match (what, count) {
        ("list t1", 1) => job("NONE"),
        ("list t1", 2 | 3) => named("first", "SYNC_STARTED"),
        ("list t1", _) => named("second", "JOB_CREATED"),
        (_, ..6) => job("SYNC_STARTED"),
        _ => job("JOB_COMPLETED"),
    });
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source.clone(), LIMITS);
    watcher.add(vec![newest(1)]);
    let mut news = Vec::new();
    let mut seen_empty = false;
    until(&mut updates, |batch| {
        if let Some(snapshot) = batch.snapshots.get(&JobId(1)) {
            seen_empty |= snapshot.job.is_none() && snapshot.health.last_success.is_some();
        }
        news.extend(batch.transitions.iter().map(|news| {
            let root = news.address.job_root.to_string();
            (root, news.to.to_string(), news.is_new_run)
        }));
        news.iter().filter(|(root, ..)| root == "second").count() == 2
    })
    .await;
    assert!(seen_empty, "no job yet is told as such");
    let told: Vec<_> = news
        .iter()
        .map(|(root, to, is_new_run)| (root.as_str(), to.as_str(), *is_new_run))
        .collect();
    assert_eq!(
        told,
        [
            ("first", "SYNC_STARTED", false),
            ("first", "JOB_COMPLETED", false),
            ("second", "JOB_CREATED", true),
            ("second", "JOB_COMPLETED", false),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn listing_calls_leave_room_for_statuses_and_keep_the_rate() {
    let source = scripted(|what, _| {
        if what.starts_with("list") {
            named("j", "JOB_COMPLETED")
        } else {
            job("SYNC_STARTED")
        }
    });
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source.clone(), LIMITS);
    watcher.add((0..2_000).map(newest).collect());
    watcher.add(vec![target(5_000)]);
    let begin = Instant::now();
    let mut known = std::collections::BTreeSet::new();
    until(&mut updates, |batch| {
        let there = batch
            .snapshots
            .iter()
            .filter(|(_, each)| each.job.is_some());
        known.extend(there.map(|(key, _)| *key));
        known.len() == 2_001
    })
    .await;
    let took = begin.elapsed();
    assert!(
        took >= Duration::from_secs(99),
        "{took:?} is faster than the rate"
    );
    assert!(took < Duration::from_secs(150), "{took:?}");
    let asked = source.asked.lock().unwrap()["t5000"];
    drop(updates);
    // A job that runs is not crowded out by those that are merely listed.
    tokio::time::sleep(Duration::from_secs(100)).await;
    let more = source.asked.lock().unwrap()["t5000"] - asked;
    assert!(more >= 18, "{more}");
}

#[tokio::test(start_paused = true)]
async fn the_tenants_of_an_environment_are_told() {
    let source = scripted(|_, _| job("SYNC_STARTED"));
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), source, LIMITS);
    let key = FollowId(3);
    let environment = EnvironmentId(0);
    watcher.add_tenant_discovery(TenantDiscovery {
        id: key,
        environment,
    });
    until(&mut updates, |batch| {
        let tenants = batch.discoveries.get(&key);
        tenants.is_some_and(|tenants| tenants.as_ref().unwrap().len() == 2)
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn times_are_read_from_the_given_clock() {
    let time: jiff::Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let (watcher, mut updates) = start_with_clock(1, move || time);
    watcher.connect(
        EnvironmentId(0),
        scripted(|_, _| job("SYNC_STARTED")),
        LIMITS,
    );
    watcher.add(vec![target(0)]);
    until(&mut updates, |batch| {
        let snapshot = &batch.snapshots[&JobId(0)];
        assert_eq!(snapshot.health.last_success, Some(time));
        assert!(snapshot.health.next_poll > Some(time));
        batch.transitions[0].seen == time
    })
    .await;
}
