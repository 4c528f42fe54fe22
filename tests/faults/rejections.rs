//! Requests that the service rejects: unknown jobs, refused API keys, rate
//! limits, redirects.

use hgtop::watch::{self, EnvironmentId, EnvironmentStatus, JobId};
use jiff::Timestamp;

use crate::pair::{LIMITS, Pair, client, expect_error, next_batch, target};
use crate::support::bad_server::{Act, BadServer};

#[tokio::test]
async fn a_job_that_is_gone_is_polled_once_a_minute() {
    let gone = r#"{"Code":"Error","Message":"Invalid job_root supplied - job does not exist!"}"#;
    let (pair, server) = expect_error(
        move |_| Act::Answer(400, &[], gone.to_owned()),
        "Invalid job_root supplied - job does not exist!",
    )
    .await;
    assert_eq!(server.asked("/failing/"), 2);
    assert_eq!(pair.status, EnvironmentStatus::Closed);
}

#[tokio::test]
async fn a_refused_key_affects_its_own_environment_only() {
    let refusing = BadServer::start(|_, _| Act::status(403)).await;
    let healthy = BadServer::start(|_, _| Act::job("SYNC_STARTED")).await;
    let (watcher, mut updates) = watch::start(7);
    watcher.connect(EnvironmentId(0), client(&healthy.base), LIMITS);
    watcher.connect(EnvironmentId(1), client(&refusing.base), LIMITS);
    let job = |key: u32, environment| target(JobId(key), &format!("t{key}"), environment);
    watcher.add((0..5).map(|key| job(key, 0)).collect());
    watcher.add((5..55).map(|key| job(key, 1)).collect());
    let (mut polls, mut refused) = (0, None);
    while polls < 25 {
        let batch = next_batch(&mut updates).await;
        let answered = batch
            .snapshots
            .values()
            .filter(|snapshot| snapshot.job.is_some());
        polls += answered.count();
        refused = batch
            .environment_statuses
            .get(&EnvironmentId(1))
            .cloned()
            .or(refused);
    }
    let Some(EnvironmentStatus::Unauthorized { error, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        error.to_string().contains("API key refused (403"),
        "{error}"
    );
    assert!(refusing.asked("GET") <= 7, "{}", refusing.asked("GET"));
}

#[tokio::test]
async fn a_429_pauses_the_environment_whatever_retry_after_says() {
    for (value, at_least, at_most) in [
        ("2", 1, 2),
        ("31536000", 500, 600),
        ("-5", 0, 60),
        ("soon", 0, 60),
        ("99999999999999999999999", 500, 600),
        ("Tue, 31 Dec 2999 00:00:00 GMT", 500, 600),
    ] {
        let headers: &'static [_] = Box::leak(Box::new([("retry-after", value)]));
        let act = move |_| Act::Answer(429, headers, "{}".to_owned());
        let (mut pair, _server) = Pair::start(act).await;
        pair.until(|pair| matches!(pair.status, EnvironmentStatus::RateLimited { .. }))
            .await;
        let EnvironmentStatus::RateLimited { until } = pair.status else {
            unreachable!()
        };
        let wait = until.duration_since(Timestamp::now()).as_secs();
        assert!((at_least..=at_most).contains(&wait), "{value}: {wait} s");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays() {
    let trap = BadServer::start(|_, _| Act::job("JOB_COMPLETED")).await;
    for status in [301, 302, 307, 308] {
        let to = trap.base.replace("127.0.0.1", "localhost") + "/caught";
        let headers: &'static [_] =
            Box::leak(Box::new([("location", &*Box::leak(to.into_boxed_str()))]));
        expect_error(
            move |_| Act::Answer(status, headers, String::new()),
            "redirected to localhost, not followed: check base_url, or sign in to the network",
        )
        .await;
    }
    assert_eq!(trap.asked("GET"), 0);
}
