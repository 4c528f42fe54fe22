//! `hgtop export`: watches as the dashboard does, and serves what it sees to
//! Prometheus.
//!
//! Only `GET /metrics` is answered. The metrics name tenants and flows, never
//! a message, a `state` or the key.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{CliError, Exit, output, selection};
use crate::cli::{Export, Global};
use crate::config::{Config, Follow};
use crate::history::Recorder;
use crate::report::{Exposition, Metrics};
use crate::runtime::history::HistoryStore;
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{executor, signals};
use crate::watch::{Batch, EnvironmentId, FollowId, Target, TenantDiscovery};

/// Scrapers at once; more wait.
const CONNECTIONS: usize = 16;
/// So long a connection may take to say what it wants.
const NO_ANSWER_LIMIT: Duration = Duration::from_secs(10);

pub(super) fn run(global: &Global, options: &Export) -> Result<Exit, CliError> {
    let config = selection::load(global, &[])?;
    output::warn(&config.warnings);
    if config.jobs.is_empty() && config.follows.is_empty() {
        let words = "there is nothing to export: watch jobs or follow a flow first (hgtop add)";
        return Err(CliError::Usage(words.to_owned()));
    }
    let executor = executor::build()?;
    let exit = executor.block_on(export(&config, options.listen));
    executor.shutdown_background();
    exit
}

async fn export(config: &Config, address: SocketAddr) -> Result<Exit, CliError> {
    let cannot = |error| CliError::Usage(format!("--listen {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let bound = listener.local_addr()?;
    let mut exporter = Exporter::new(config).await?;
    output::note(&format!("metrics at http://{bound}/metrics"));
    if !bound.ip().is_loopback() {
        output::note("whoever reaches this address can read the names of tenants and flows");
    }
    let (watcher, mut updates) = exporter.list.connected(config);
    watcher.add(exporter.list.targets().collect());
    for (key, follow) in &exporter.follows {
        watcher.add_tenant_discovery(TenantDiscovery {
            id: *key,
            environment: EnvironmentId(follow.environment),
        });
    }
    let run_history = HistoryStore::of(config);
    let recorder = Recorder::start(move || run_history.open(), |_| {});
    let server = tokio::spawn(serve(listener, exporter.exposition.clone()));
    let mut interrupted = std::pin::pin!(signals::termination());
    loop {
        tokio::select! {
            _ = &mut interrupted => break,
            batch = updates.recv() => {
                let batch = batch.ok_or(CliError::WATCHER_LOST)?;
                exporter.list.remember(&recorder, &batch);
                let newcomers = exporter.take(config, batch);
                if !newcomers.is_empty() {
                    watcher.add(newcomers);
                }
            }
        }
    }
    server.abort();
    Ok(Exit::Success)
}

struct Exporter {
    list: Watchlist,
    /// The flows that are followed for everyone.
    follows: BTreeMap<FollowId, Follow>,
    metrics: Metrics,
    exposition: Exposition,
}

impl Exporter {
    async fn new(config: &Config) -> Result<Self, CliError> {
        let list = Watchlist::new(config).await;
        if let Some(problem) = list.problems.values().next() {
            return Err(CliError::NotLearned(problem.clone()));
        }
        let of_everyone = config.follows.iter().filter(|it| it.tenants.is_none());
        let environments: Vec<_> = list
            .clients
            .keys()
            .map(|key| {
                let environment = &config.environments[key.0];
                (environment.name.to_string(), environment.env_id.to_string())
            })
            .collect();
        let (mut metrics, exposition) = Metrics::new(&environments, Timestamp::now());
        for entry in &list.entries {
            metrics.add(entry.target.id, &entry.listed);
        }
        Ok(Self {
            follows: (0..).map(FollowId).zip(of_everyone.cloned()).collect(),
            list,
            metrics,
            exposition,
        })
    }

    /// Takes in what was learned; answers with tenants that are new.
    fn take(&mut self, config: &Config, batch: Batch) -> Vec<Target> {
        for news in &batch.transitions {
            if let Some(entry) = self.list.entry(news.id) {
                self.metrics.take_transition(&entry.listed, news);
            }
        }
        for (key, snapshot) in &batch.snapshots {
            let Some(entry) = self.list.entry(*key) else {
                continue;
            };
            let trouble = snapshot.health.failure_streak.as_ref();
            if trouble.is_some_and(|trouble| entry.is_unlinked_tenant(&trouble.error)) {
                self.metrics.forget(*key, &entry.listed);
            } else {
                self.metrics.add(*key, &entry.listed);
                self.metrics.take_snapshot(*key, &entry.listed, snapshot);
            }
        }
        for (environment, status) in &batch.environment_statuses {
            if let Some(environment) = config.environments.get(environment.0) {
                self.metrics
                    .take_environment_status(environment.name.as_str(), status);
            }
        }
        let mut newcomers = Vec::new();
        for (key, tenants) in batch.discoveries {
            if let (Some(follow), Ok(tenants)) = (self.follows.get(&key), tenants) {
                newcomers.extend(self.list.welcome(config, follow, tenants));
            }
        }
        for target in &newcomers {
            if let Some(entry) = self.list.entry(target.id) {
                self.metrics.add(target.id, &entry.listed);
            }
        }
        newcomers
    }
}

async fn serve(listener: TcpListener, exposition: Exposition) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let exposition = exposition.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&request, &exposition);
                async { Ok::<_, Infallible>(response) }
            });
            // A broken connection is the scraper's affair.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(NO_ANSWER_LIMIT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

fn answer(request: &Request<Incoming>, exposition: &Exposition) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "The metrics are at /metrics\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Only GET is answered\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    let Ok(text) = exposition.text() else {
        let words = "The metrics could not be written\n";
        return plain(StatusCode::INTERNAL_SERVER_ERROR, words);
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    let kind = HeaderValue::from_static(Exposition::CONTENT_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode, words: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(words.as_bytes())));
    *response.status_mut() = status;
    response
}
