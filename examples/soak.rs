//! Runs watcher, model, drawing and history for a long time against a service
//! with faults, to see whether memory is bounded, no transition is lost and the
//! rate limit holds.
//!
//! `cargo run --release --example soak -- 30` runs for thirty minutes and prints
//! a line every minute.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;
use hgtop::app::{ConfigSource, Effect, Message, Model, ModelConfig, update};
use hgtop::config::{self, Config, Overrides};
use hgtop::history::{Recorder, Store};
use hgtop::hotglue::{ApiKey, Client};
use hgtop::ui;
use hgtop::watch::{self, EnvironmentId, JobId, Limits, Target};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Size;

const JOBS: usize = 10_000;
/// Changes of status per second over all jobs.
const CHANGES: u64 = 100;
const RATE: u32 = 250;
/// Seconds between two polls of a job, so that few changes are missed.
const INTERVAL: u64 = 50;
const CYCLE: [&str; 6] = [
    "JOB_CREATED",
    "DISCOVER_STARTED",
    "SYNC_STARTED",
    "SYNC_SUCCESS",
    "ETL_STARTED",
    "EXPORT_STARTED",
];

/// The service, and what it did.
struct Service {
    begin: Instant,
    /// The last status sent for each job.
    last: Vec<Option<usize>>,
    /// Statuses that differ from the last one sent.
    sent: u64,
    requests: u64,
    faults: u64,
    /// The times of the requests of the last second.
    second: VecDeque<Instant>,
    /// The largest number of requests within any second.
    most: usize,
    rng: Rng,
}

impl Service {
    fn answer(&mut self, path: &str) -> Option<Response<Full<Bytes>>> {
        let now = Instant::now();
        self.requests += 1;
        self.second.push_back(now);
        while self
            .second
            .front()
            .is_some_and(|first| now.duration_since(*first) >= Duration::from_secs(1))
        {
            self.second.pop_front();
        }
        self.most = self.most.max(self.second.len());
        let fault = self.rng.u32(0..1_000);
        self.faults += u64::from(fault < 30);
        match fault {
            0..5 => return Some(reply(502, "{\"message\": \"Bad gateway\"}")),
            5..10 => return Some(reply(200, "<html>Sign in</html>")),
            10..15 => return Some(reply(200, "{\"status\": \"SYNC_")),
            15..20 => return Some(reply(200, "{\"job_id\": 1}")),
            20..30 => return None,
            _ => {}
        }
        let number = path
            .split("%2Fjob")
            .nth(1)
            .or_else(|| path.split("/job").last());
        let number: usize = number?.trim_start_matches('/').parse().ok()?;
        let every = JOBS as u64 / CHANGES;
        let age = now.duration_since(self.begin).as_secs() + number as u64 % every;
        let status = usize::try_from(age / every).ok()? % CYCLE.len();
        if self.last[number] != Some(status) {
            self.last[number] = Some(status);
            self.sent += 1;
        }
        let updated = Timestamp::now();
        let body = format!(
            "{{\"status\": \"{}\", \"last_updated\": \"{updated}\", \"start_time\": \"{updated}\", \
             \"tap\": \"shopify\", \"message\": \"{}\"}}",
            CYCLE[status],
            "x".repeat(self.rng.usize(0..400))
        );
        Some(reply(200, &body))
    }
}

fn reply(status: u16, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_owned())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

async fn serve(service: Arc<Mutex<Service>>) -> std::io::Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = Arc::clone(&service);
            tokio::spawn(async move {
                let answer = service_fn(move |request: hyper::Request<_>| {
                    let path = request.uri().to_string();
                    let answer = service
                        .lock()
                        .ok()
                        .and_then(|mut service| service.answer(&path));
                    async move {
                        match answer {
                            Some(answer) => Ok::<_, Infallible>(answer),
                            // No response: the client times out.
                            None => std::future::pending().await,
                        }
                    }
                });
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    Ok(format!("http://{address}"))
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kilobytes: u64 = kilobytes.and_then(|text| text.parse().ok()).unwrap_or(0);
    format!("{} MB", kilobytes / 1024)
}

/// A config that watches every job of the service.
fn config(base_url: &str) -> Result<Config, hgtop::config::ConfigError> {
    let mut text = format!(
        "poll_interval = \"{INTERVAL}s\"\nmax_requests_per_second = {RATE}\nmax_concurrent_requests = 256\n\
         [environments.soak]\nenv_id = \"soak.hgtop.example\"\nbase_url = \"{base_url}\"\napi_key = \"soak\"\n"
    );
    for number in 0..JOBS {
        text.push_str(&format!(
            "[[jobs]]\njob_root = \"t{}/flows/f{}/jobs/job{number}\"\n",
            number % 3_000,
            number % 7
        ));
    }
    config::parse(&text, Path::new("soak.toml"), &Overrides::default())
}

fn model(config: Config) -> Model {
    Model::new(ModelConfig::new(
        config,
        ConfigSource::Demo,
        Timestamp::now(),
        Size::new(200, 50),
    ))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let minutes: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(30), |text| text.parse())?;
    let service = Arc::new(Mutex::new(Service {
        begin: Instant::now(),
        last: vec![None; JOBS],
        sent: 0,
        requests: 0,
        faults: 0,
        second: VecDeque::new(),
        most: 0,
        rng: Rng::with_seed(7),
    }));
    let base_url = serve(Arc::clone(&service)).await?;
    let config = config(&base_url)?;
    let (watcher, mut updates) = watch::start(7);
    let limits = Limits {
        requests_per_second: Some(RATE),
        concurrent_requests: 256,
    };
    let environment = &config.environments[0];
    let client = Client::new(
        environment.base_url.clone(),
        environment.env_id.clone(),
        &ApiKey::parse("soak")?,
        256,
    )?;
    watcher.connect(EnvironmentId(0), client, limits);
    let interval = config.settings.poll_interval;
    let targets = config.jobs.iter().zip(0..);
    watcher.add(
        targets
            .map(|(job, number)| Target::job(JobId(number), job, interval))
            .collect(),
    );
    let folder = tempfile::tempdir()?;
    let database = folder.path().join("history.db");
    let opened = database.clone();
    let recorder = Recorder::start(move || Store::open(&opened), |_| {});
    let mut model = model(config);
    let mut terminal = Terminal::new(TestBackend::new(200, 50))?;
    let begin = Instant::now();
    let (mut recorded, mut minute, mut frames) = (0_u64, 0, 0_u64);
    println!(
        "minute  memory    requests  most/s  faults  changes sent  recorded  frames  database"
    );
    while begin.elapsed() < Duration::from_secs(minutes * 60) {
        let batch = tokio::time::timeout(Duration::from_secs(1), updates.recv()).await;
        let message = match batch {
            Ok(Some(batch)) => {
                recorded += batch.transitions.len() as u64;
                Message::Watched(batch)
            }
            Ok(None) => return Err("the watcher stopped".into()),
            Err(_) => Message::Tick,
        };
        for effect in update(&mut model, Timestamp::now(), message) {
            match effect {
                Effect::Record(observations) => recorder.record(observations),
                Effect::HistoryQuery(query_history) => recorder.query(query_history),
                _ => {}
            }
        }
        terminal.draw(|frame| drop(ui::view(&model, frame)))?;
        frames += 1;
        let now = begin.elapsed().as_secs() / 60;
        if now > minute {
            minute = now;
            let service = service.lock().map_err(|_| "the service crashed")?;
            let size = std::fs::metadata(&database).map_or(0, |file| file.len()) / 1024 / 1024;
            println!(
                "{minute:>6}  {:>8}  {:>8}  {:>6}  {:>6}  {:>12}  {recorded:>8}  {frames:>6}  {size:>5} MB",
                memory(),
                service.requests,
                service.most,
                service.faults,
                service.sent
            );
        }
    }
    Ok(())
}
