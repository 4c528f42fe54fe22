//! Polls per second of the watcher with its limits lifted, beside a bare loop over
//! the same HTTP client, against the same fast server, in one run.
//! `cargo run --release --example poll_throughput`

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hgtop::hotglue::{ApiKey, BaseUrl, Client, EnvId, FlowId, Job, JobAddress, JobRoot, TenantId};
use hgtop::watch::{self, EnvironmentId, JobId, JobSelector, Limits, Target};
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

const BODY: &str = r#"{"job_id":"lmaEbA","env_id":"dev.x.xyz","tenant":"acme","flow":"l8odS2mce","start_time":"2026-11-23T12:00:00Z","state":{},"tap":"quickbooks:sandbox","status":"SYNC_STARTED","message":"","last_updated":"2026-11-23T12:30:00Z"}"#;
/// Duration of one measurement. They take turns, and the median of the rounds counts.
const TIME: Duration = Duration::from_secs(1);
const ROUNDS: usize = 9;

/// Starts a server on a separate thread that answers immediately.
fn serve() -> String {
    let (sender, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::bind("127.0.0.1:0").await else {
                return;
            };
            let _ = sender.send(listener.local_addr());
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    let answer = service_fn(|_| async {
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(
                            BODY.as_bytes(),
                        ))))
                    });
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), answer)
                        .await;
                });
            }
        });
    });
    match address.recv() {
        Ok(Ok(address)) => format!("http://{address}"),
        _ => String::new(),
    }
}

fn address(number: u32) -> JobAddress {
    let parse = |text: String| JobRoot::parse(&text).ok();
    JobAddress {
        flow: FlowId::parse("l8odS2mce").unwrap_or_else(|_| unreachable!()),
        tenant: TenantId::parse("acme").unwrap_or_else(|_| unreachable!()),
        job_root: parse(format!("acme/flows/l8odS2mce/jobs/j{number}"))
            .unwrap_or_else(|| unreachable!()),
    }
}

/// Polls per second of a loop that only sends requests and decodes responses.
async fn bare(base: &str, concurrency: usize) -> f64 {
    let http = reqwest::Client::builder()
        .http1_only()
        .no_proxy()
        .pool_max_idle_per_host(concurrency)
        .build()
        .unwrap_or_default();
    let count = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..concurrency {
        let (http, count) = (http.clone(), Arc::clone(&count));
        let url = format!(
            "{base}/dev.x.xyz/l8odS2mce/acme/jobs/status?job_root=acme/flows/l8odS2mce/jobs/j{task}"
        );
        tasks.spawn(async move {
            while begin.elapsed() < TIME {
                let Ok(response) = http.get(&url).header("x-api-key", "key").send().await else {
                    return;
                };
                let Ok(body) = response.text().await else {
                    return;
                };
                if Job::decode(&body).is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    rate(count.load(Ordering::Relaxed), begin)
}

/// Polls per second of a loop over hgtop's client.
async fn client(base: &str, concurrency: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let client = connect(base, concurrency)?;
    let count = Arc::new(AtomicUsize::new(0));
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..concurrency {
        let (client, count) = (client.clone(), Arc::clone(&count));
        let address = address(u32::try_from(task)?);
        tasks.spawn(async move {
            while begin.elapsed() < TIME {
                if client.job_status(&address, None).await.is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    Ok(rate(count.load(Ordering::Relaxed), begin))
}

fn connect(base: &str, concurrency: usize) -> Result<Client, Box<dyn std::error::Error>> {
    Ok(Client::new(
        BaseUrl::parse(base, false)?,
        EnvId::parse("dev.x.xyz")?,
        &ApiKey::parse("key")?,
        concurrency,
    )?)
}

/// Polls per second of the watcher with its limits lifted.
async fn watched(base: &str, concurrency: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let client = connect(base, concurrency)?;
    let (watcher, mut updates) = watch::start(7);
    let limits = Limits {
        requests_per_second: None,
        concurrent_requests: concurrency,
    };
    watcher.connect(EnvironmentId(0), client, limits);
    // More jobs than connections, each due again immediately.
    let jobs = u32::try_from(concurrency)? * 4;
    let targets = (0..jobs).map(|number| Target {
        id: JobId(number),
        environment: EnvironmentId(0),
        selector: JobSelector::Job(Arc::new(address(number))),
        interval: Duration::from_micros(1),
        since: None,
    });
    watcher.add(targets.collect());
    let begin = Instant::now();
    let mut polls = vec![0; jobs as usize];
    while begin.elapsed() < TIME {
        let Some(batch) = updates.recv().await else {
            break;
        };
        for (key, snapshot) in batch.snapshots {
            polls[key.0 as usize] = snapshot.health.polls;
        }
    }
    Ok(rate(polls.iter().map(|polls| *polls as usize).sum(), begin))
}

#[expect(clippy::cast_precision_loss, reason = "the figure is printed, rounded")]
fn rate(count: usize, begin: Instant) -> f64 {
    count as f64 / begin.elapsed().as_secs_f64()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base = serve();
    println!("concurrency  bare loop  client  ratio  watcher  ratio");
    for concurrency in [1, 16, 64] {
        let mut rounds: [Vec<f64>; 3] = Default::default();
        for _ in 0..ROUNDS {
            rounds[0].push(bare(&base, concurrency).await);
            rounds[1].push(client(&base, concurrency).await?);
            rounds[2].push(watched(&base, concurrency).await?);
        }
        let [bare, client, watched] = rounds.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[ROUNDS / 2]
        });
        println!(
            "{concurrency:>11}  {bare:>9.0}  {client:>6.0}  {:>5.2}  {watched:>7.0}  {:>5.2}",
            client / bare,
            watched / bare
        );
    }
    Ok(())
}
