//! A service that is down, answers with server errors, or flaps.

use std::collections::BTreeSet;
use std::time::Duration;

use hgtop::watch::{self, EnvironmentId, EnvironmentStatus, JobId};
use tokio::time::Instant;

use crate::pair::{LIMITS, Pair, client, expect_error, next_batch, target};
use crate::support::bad_server::{Act, BadServer};

#[tokio::test]
async fn a_service_that_is_down_is_one_outage_and_recovers() {
    let server = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    let address = server.base.trim_start_matches("http://").to_owned();
    let (watcher, mut updates) = watch::start(7);
    watcher.connect(EnvironmentId(0), client(&server.base), LIMITS);
    let jobs = (0..50).map(|number| target(JobId(number), &format!("t{number}"), 0));
    watcher.add(jobs.collect());
    let mut known = BTreeSet::new();
    while known.len() < 50 {
        known.extend(next_batch(&mut updates).await.snapshots.into_keys());
    }
    drop(server);
    let mut failed = 0;
    let error = loop {
        let batch = next_batch(&mut updates).await;
        failed += batch
            .snapshots
            .values()
            .filter(|snapshot| snapshot.health.failure_streak.is_some())
            .count();
        if let Some(EnvironmentStatus::Outage { error, .. }) =
            batch.environment_statuses.values().next()
        {
            break error.clone();
        }
    };
    assert!(error.to_string().contains("connection refused"), "{error}");
    assert!(failed < 20, "one outage, not {failed} errors");
    let _server = BadServer::start_at(&address, |_, _| Act::job("ETL_STARTED")).await;
    let back = Instant::now();
    let mut changed = 0;
    while changed < 50 {
        changed += next_batch(&mut updates).await.transitions.len();
    }
    assert!(back.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_server_error_is_shown_with_its_status() {
    for (status, name) in [
        (500, "Internal Server Error"),
        (502, "Bad Gateway"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ] {
        let error = format!("{status} {name}: so it is");
        expect_error(move |_| Act::status(status), &error).await;
    }
}

#[tokio::test]
async fn flapping_keeps_the_row_and_counts_the_errors() {
    let act = |number: usize| match number % 2 {
        0 => Act::status(500),
        _ => Act::job("SYNC_STARTED"),
    };
    let (mut pair, _server) = Pair::start(act).await;
    pair.until(|pair| pair.failing.health.errors >= 3).await;
    assert_eq!(pair.transitions.len(), 2, "the status did not change");
    assert_eq!(pair.status, EnvironmentStatus::Closed);
    pair.until(|pair| pair.error().is_none()).await;
}
