//! The status of an environment as a whole.

use std::collections::BTreeSet;

use super::*;
use crate::hotglue::Text;
use crate::watch::EnvironmentStatus;

fn refused() -> FetchError {
    FetchError::Unauthorized {
        status: 403,
        message: Some(Text::new("Forbidden")),
    }
}

fn down() -> FetchError {
    FetchError::Server {
        status: 500,
        message: None,
    }
}

fn status(batch: &Batch) -> Option<&EnvironmentStatus> {
    batch.environment_statuses.get(&EnvironmentId(0))
}

#[tokio::test(start_paused = true)]
async fn a_refused_key_is_one_status_and_a_new_key_resumes() {
    let service = Scripted::new(|_, _| Err(refused()));
    let (watcher, mut updates) = watch(service.clone(), (0..50).map(target).collect());
    until(&mut updates, |batch| {
        matches!(status(batch), Some(EnvironmentStatus::Unauthorized { error, .. })
            if error.is_unauthorized())
    })
    .await;
    let requests: usize = service.requests.lock().unwrap().values().sum();
    assert!(requests <= 4 + 2, "{requests} requests with a refused key");
    let service = Scripted::new(|_, _| job("SYNC_STARTED"));
    watcher.connect(EnvironmentId(0), service, LIMITS);
    until(&mut updates, |batch| {
        status(batch) == Some(&EnvironmentStatus::Closed)
    })
    .await;
    until(&mut updates, |batch| {
        let mut snapshots = batch.snapshots.values();
        snapshots.any(|snapshot| snapshot.job.is_some())
    })
    .await;
}

/// Polls 201 jobs until each has a result. Returns the number of successes, and
/// the statuses of the environment that were published meanwhile.
async fn poll_201(
    script: impl Fn(&str) -> Result<Job, FetchError> + Send + Sync + 'static,
) -> (usize, Vec<EnvironmentStatus>) {
    let service = Scripted::new(move |tenant, _| script(tenant));
    let (_watcher, mut updates) = watch(service, (0..201).map(target).collect());
    let (mut polled, mut succeeded) = (BTreeSet::new(), BTreeSet::new());
    let mut statuses = Vec::new();
    until(&mut updates, |batch| {
        for (id, snapshot) in &batch.snapshots {
            polled.insert(*id);
            if snapshot.job.is_some() {
                succeeded.insert(*id);
            }
        }
        statuses.extend(status(batch).cloned());
        polled.len() == 201
    })
    .await;
    (succeeded.len(), statuses)
}

#[tokio::test(start_paused = true)]
async fn one_refused_job_does_not_silence_the_others() {
    for refused_tenant in ["t0", "t100"] {
        let (succeeded, statuses) = poll_201(move |tenant| {
            if tenant == refused_tenant {
                Err(refused())
            } else {
                job("JOB_COMPLETED")
            }
        })
        .await;
        assert_eq!(succeeded, 200, "{refused_tenant}");
        assert_eq!(statuses, []);
    }
}

#[tokio::test(start_paused = true)]
async fn three_server_errors_at_the_start_cost_three_jobs() {
    let (succeeded, statuses) = poll_201(|tenant| match tenant {
        "t0" | "t1" | "t2" => Err(down()),
        _ => job("JOB_COMPLETED"),
    })
    .await;
    assert_eq!(succeeded, 198);
    assert_eq!(statuses, []);
}

#[tokio::test(start_paused = true)]
async fn a_path_that_does_not_exist_concerns_its_job_only() {
    let (succeeded, statuses) = poll_201(|tenant| match tenant {
        "t0" | "t1" | "t2" | "t3" => Err(FetchError::NoSuchPath),
        _ => job("JOB_COMPLETED"),
    })
    .await;
    assert_eq!(succeeded, 197);
    assert_eq!(statuses, []);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_published_with_its_own_error() {
    let service = Scripted::new(|tenant, count| match (tenant, count) {
        (_, ..3) => job("SYNC_STARTED"),
        ("t9", 3) => Err(FetchError::TooLarge),
        _ => Err(down()),
    });
    let (_watcher, mut updates) = watch(service, (0..10).map(target).collect());
    until(&mut updates, |batch| {
        matches!(status(batch), Some(EnvironmentStatus::Outage { error, .. })
            if **error == down())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn limits_hold_before_the_next_request_when_several_commands_wait() {
    let service = Scripted::new(|_, _| job("SYNC_STARTED"));
    let lenient = Limits {
        requests_per_second: None,
        concurrent_requests: 4,
    };
    let (watcher, mut updates) = start(1);
    watcher.connect(EnvironmentId(0), service.clone(), lenient);
    watcher.add((0..8).map(target).collect());
    let mut polled = async |polls: u32| {
        let mut jobs = BTreeSet::new();
        until(&mut updates, |batch| {
            let batch = batch.snapshots.iter();
            jobs.extend(batch.filter_map(|(id, it)| (it.health.polls >= polls).then_some(*id)));
            jobs.len() == 8
        })
        .await;
    };
    polled(1).await;
    assert_eq!(service.most_in_flight.load(Ordering::SeqCst), 4);
    service.most_in_flight.store(0, Ordering::SeqCst);
    let strict = Limits {
        concurrent_requests: 1,
        ..lenient
    };
    // None of these commands is handled before the last one is sent.
    watcher.poll_all();
    watcher.connect(EnvironmentId(0), service.clone(), strict);
    polled(2).await;
    assert_eq!(service.most_in_flight.load(Ordering::SeqCst), 1);
}
