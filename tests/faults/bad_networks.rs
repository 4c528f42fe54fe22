//! Bad networks, by a proxy that delays, throttles, stalls, cuts, resets and
//! forgets connections.

use std::sync::Arc;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hgtop::hotglue::{Client, FetchError, Job};
use hgtop::watch::{self, EnvironmentId, JobId};
use tokio::time::Instant;

use crate::pair::{LIMITS, Pair, address, client, next_batch, skipping, target};
use crate::support::Home;
use crate::support::bad_server::{Act, BadServer};
use crate::support::fault_proxy::{FaultProxy, Script, Step};

/// A service that answers well.
async fn service() -> BadServer {
    BadServer::start(|_, _| Act::job("SYNC_STARTED")).await
}

async fn poll(client: &Client) -> Result<Arc<Job>, FetchError> {
    skipping(client.job_status(&address("acme"), None)).await
}

/// Polls once through a proxy whose first connection follows a script.
async fn poll_through(script: Script) -> (Result<Arc<Job>, FetchError>, Duration) {
    let service = service().await;
    let proxy = FaultProxy::start(&service.base, move |_| script.clone()).await;
    let begin = Instant::now();
    let result = poll(&client(&proxy.base)).await;
    (result, begin.elapsed())
}

#[tokio::test]
async fn latency_and_jitter_delay_a_poll_and_fail_nothing() {
    let slow = [
        Step::Latency(Duration::from_millis(300)),
        Step::Jitter(Duration::from_millis(200)),
    ];
    let script = Script {
        to_server: slow.to_vec(),
        to_client: slow.to_vec(),
    };
    let (result, took) = poll_through(script).await;
    assert_eq!(result.unwrap().status.as_str(), "SYNC_STARTED");
    assert!(took >= Duration::from_millis(600), "{took:?}");
}

#[tokio::test]
async fn a_throttled_body_is_read_if_it_arrives_within_ten_seconds() {
    let pieces = |pause| Script::to_client(&[Step::Throttle(8, Duration::from_millis(pause))]);
    let (result, took) = poll_through(pieces(100)).await;
    assert_eq!(result.unwrap().status.as_str(), "SYNC_STARTED");
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let (result, took) = poll_through(pieces(2_000)).await;
    assert_eq!(result, Err(FetchError::TimedOut));
    assert!(took < Duration::from_millis(10_500), "{took:?}");
}

#[tokio::test]
async fn lost_packets_delay_a_poll_and_fail_nothing() {
    // What TCP waits before it sends a packet again, doubling each time.
    let lost = [200, 400, 800, 1_600].map(|millis| Step::Stall(Duration::from_millis(millis)));
    let mut steps = vec![Step::Forward(30)];
    steps.extend(lost);
    let (result, took) = poll_through(Script::to_client(&steps)).await;
    assert_eq!(result.unwrap().status.as_str(), "SYNC_STARTED");
    assert!(took >= Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn a_connection_that_is_accepted_and_forgotten_fails_after_ten_seconds() {
    for steps in [vec![Step::Vanish], vec![Step::Forward(60), Step::Vanish]] {
        let (result, took) = poll_through(Script::to_client(&steps)).await;
        assert_eq!(result, Err(FetchError::TimedOut));
        assert!(took < Duration::from_millis(10_500), "{took:?}");
    }
    let (result, _) = poll_through(Script::to_server(&[Step::Vanish])).await;
    assert_eq!(result, Err(FetchError::TimedOut));
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_not_used() {
    for ending in [Step::Reset, Step::Close, Step::Shutdown] {
        // The head is whole, the body is not.
        let steps = [Step::Forward(100), ending.clone()];
        let (result, _) = poll_through(Script::to_client(&steps)).await;
        assert_eq!(result, Err(FetchError::Interrupted), "{ending:?}");
    }
}

#[tokio::test]
async fn the_next_poll_after_a_broken_one_uses_a_new_connection() {
    let service = service().await;
    let proxy = FaultProxy::start(&service.base, |number| match number {
        1 => Script::to_client(&[Step::Forward(100), Step::Reset]),
        _ => Script::clean(),
    })
    .await;
    let client = client(&proxy.base);
    assert_eq!(poll(&client).await, Err(FetchError::Interrupted));
    assert_eq!(poll(&client).await.unwrap().status.as_str(), "SYNC_STARTED");
    assert_eq!(proxy.connections(), 2);
}

#[tokio::test]
async fn a_connection_closed_while_idle_costs_no_poll() {
    for ending in [Step::Reset, Step::Close, Step::Shutdown] {
        let service = service().await;
        let whole = whole_answer(&service).await;
        let steps = [Step::Forward(whole), ending.clone()];
        let proxy = FaultProxy::start(&service.base, move |number| match number {
            1 => Script::to_client(&steps),
            _ => Script::clean(),
        })
        .await;
        let client = client(&proxy.base);
        for _ in 0..3 {
            let status = poll(&client).await.unwrap().status.clone();
            assert_eq!(status.as_str(), "SYNC_STARTED", "{ending:?}");
        }
        assert_eq!(proxy.connections(), 2, "{ending:?}");
    }
}

/// The length of the service's answer, head and body, in bytes.
async fn whole_answer(service: &BadServer) -> usize {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = service.base.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut bytes = [0; 1024];
    let mut count = 0;
    while !bytes[..count].ends_with(b"}") {
        count += stream.read(&mut bytes[count..]).await.unwrap();
    }
    count
}

/// After a suspend the router has forgotten the connections: they are open on
/// this side only.
#[tokio::test]
async fn half_open_connections_cost_one_poll_each() {
    let service = service().await;
    let proxy = FaultProxy::start(&service.base, |_| Script::clean()).await;
    let mut pair = Pair::watch(&proxy.base);
    pair.until(|pair| pair.healthy.health.polls > 3 && pair.failing.health.polls > 3)
        .await;
    let open = u32::try_from(proxy.connections()).unwrap();
    let polls = (pair.healthy.health.polls, pair.failing.health.polls);
    proxy.vanish();
    let begin = Instant::now();
    pair.until(|pair| pair.healthy.health.errors + pair.failing.health.errors > 0)
        .await;
    let both = [&pair.healthy, &pair.failing];
    assert!(both.iter().all(|snapshot| snapshot.job.is_some()), "stale");
    pair.until(|pair| {
        let recovered = |now: &watch::Snapshot, before| {
            now.health.failure_streak.is_none() && now.health.polls > before + 2
        };
        recovered(&pair.healthy, polls.0) && recovered(&pair.failing, polls.1)
    })
    .await;
    let errors = pair.healthy.health.errors + pair.failing.health.errors;
    assert!(errors <= open, "{errors} errors by {open} connections");
    // Ten seconds until the request times out, and one of back-off.
    assert!(begin.elapsed() < Duration::from_secs(13));
    assert!(proxy.connections() > open as usize);
}

#[tokio::test]
async fn an_environment_behind_a_dead_network_delays_no_other() {
    let service = service().await;
    let dead = FaultProxy::start(&service.base, |_| Script::to_client(&[Step::Vanish])).await;
    let (watcher, mut updates) = watch::start(7);
    watcher.connect(EnvironmentId(0), client(&service.base), LIMITS);
    watcher.connect(EnvironmentId(1), client(&dead.base), LIMITS);
    watcher.add(vec![target(JobId(0), "healthy", 0)]);
    watcher.add((1..20).map(|key| target(JobId(key), "dead", 1)).collect());
    let begin = Instant::now();
    let mut last = begin;
    while begin.elapsed() < Duration::from_secs(30) {
        let batch = next_batch(&mut updates).await;
        if let Some(snapshot) = batch.snapshots.get(&JobId(0)) {
            assert!(snapshot.health.failure_streak.is_none());
            // Twice the interval, and what the clock skips.
            let gap = last.elapsed();
            assert!(gap < Duration::from_millis(600), "{gap:?}");
            last = Instant::now();
        }
    }
    assert!(last.elapsed() < Duration::from_millis(600));
}

/// A config of one job, polled every second.
fn config(base: &str) -> String {
    format!(
        "history = false\npoll_interval = \"1s\"\n[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
         base_url = \"{base}\"\napi_key = \"marker-key\"\n\
         [[jobs]]\njob_root = \"acme/flows/f/jobs/1\"\n"
    )
}

#[tokio::test]
async fn the_status_command_succeeds_on_a_slow_lossy_network() {
    let service = service().await;
    let proxy = FaultProxy::start(&service.base, |_| {
        Script::to_client(&[
            Step::Latency(Duration::from_millis(50)),
            Step::Throttle(40, Duration::from_millis(20)),
            Step::Forward(30),
            Step::Stall(Duration::from_millis(200)),
        ])
    })
    .await;
    let home = Home::with_config(&config(&proxy.base));
    let run = tokio::task::spawn_blocking(move || home.run(&["status"]));
    let run = run.await.unwrap();
    assert_eq!(run.code(), 0, "{}", run.error());
    assert!(run.out().contains("SYNC_STARTED"), "{}", run.out());
}

#[cfg(unix)]
#[tokio::test]
async fn the_wait_command_survives_a_suspend_that_loses_its_connections() {
    let finished = Arc::new(AtomicBool::new(false));
    let is_finished = Arc::clone(&finished);
    let service = BadServer::start(move |_, _| {
        let finished = is_finished.load(Ordering::SeqCst);
        Act::job(if finished {
            "JOB_COMPLETED"
        } else {
            "SYNC_STARTED"
        })
    })
    .await;
    let proxy = FaultProxy::start(&service.base, |_| Script::clean()).await;
    let home = Home::with_config(&config(&proxy.base));
    let command = home.command(&["wait", "--timeout", "60s", "--quiet"]);
    let mut child = tokio::process::Command::from(command).spawn().unwrap();
    while service.asked("GET") < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let id = child.id().unwrap().to_string();
    let signal = async |name: &str| {
        let mut kill = tokio::process::Command::new("kill");
        kill.args([name, &id]).status().await.unwrap();
    };
    signal("-STOP").await;
    proxy.vanish();
    finished.store(true, Ordering::SeqCst);
    signal("-CONT").await;
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
    assert_eq!(proxy.connections(), 2);
}
