//! Watches the jobs of a config and serves them as metrics.
//!
//! Only `GET /metrics` is answered. The metrics name tenants and flows, never a
//! message, a `state` or an API key.

use std::collections::BTreeMap;
use std::io::{self, Write};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::net::TcpListener;

use super::forecaster::Forecaster;
use super::history::HistoryStore;
use super::watchlist::Watchlist;
use crate::config::{Config, Follow};
use crate::http_server::{self, AllowedHosts, ConnectionLimits, plain};
use crate::report::{Exposition, FinishTimes, Metrics};
use crate::rollout::ProgressCounts;
use crate::watch::{
    Batch, EnvironmentId, FollowId, JobId, JobSelector, Snapshot, Target, TenantDiscovery,
};

/// The watched jobs and their metrics.
pub(crate) struct Exporter<'a> {
    config: &'a Config,
    list: Watchlist,
    /// The flows that are followed for every tenant.
    follows: BTreeMap<FollowId, &'a Follow>,
    metrics: Metrics,
    /// The latest snapshots of the given jobs.
    given: BTreeMap<JobId, Snapshot>,
    /// The given jobs that are counted as the newest one of a followed tenant,
    /// by the id of the tenant's entry.
    counted_as: BTreeMap<JobId, JobId>,
    exposition: Exposition,
}

impl<'a> Exporter<'a> {
    /// Connects to the environments of a config and lists the tenants of its
    /// followed flows.
    ///
    /// # Errors
    /// The reason why an environment cannot be polled.
    pub(crate) async fn new(config: &'a Config) -> Result<Self, String> {
        let list = Watchlist::new(config).await;
        if let Some(problem) = list.first_problem() {
            return Err(problem.to_owned());
        }
        let environments: Vec<_> = list
            .clients
            .keys()
            .map(|id| {
                let environment = &config.environments[id.0];
                (environment.name.to_string(), environment.env_id.to_string())
            })
            .collect();
        let (mut metrics, exposition) = Metrics::new(&environments, Timestamp::now());
        for entry in &list.entries {
            metrics.add(entry.target.id, &entry.listed);
        }
        let for_all_tenants = config.follows.iter().filter(|it| it.tenants.is_none());
        Ok(Self {
            config,
            follows: (0..).map(FollowId).zip(for_all_tenants).collect(),
            list,
            metrics,
            given: BTreeMap::new(),
            counted_as: BTreeMap::new(),
            exposition,
        })
    }

    /// Polls, records and serves until the watcher stops, which only a defect
    /// makes it do. Dropping the future closes all connections.
    pub(crate) async fn run(mut self, listener: TcpListener, hosts: AllowedHosts) {
        let (watcher, mut updates) = self.list.connected(self.config);
        watcher.add(self.list.targets().collect());
        for (id, follow) in &self.follows {
            watcher.add_tenant_discovery(TenantDiscovery {
                id: *id,
                environment: EnvironmentId(follow.environment),
            });
        }
        let run_history = HistoryStore::of(self.config);
        let (recorder, baselines) = run_history.record(|notice| {
            let _ = writeln!(io::stderr(), "hgtop: {notice}");
        });
        let exposition = self.exposition.clone();
        let handler = move |request: Request<Incoming>| {
            let response = respond(&request, &exposition);
            async { response }
        };
        let limits = ConnectionLimits::default();
        let server = http_server::serve(listener, limits, hosts, handler);
        let mut forecaster = Forecaster::of_flows(&self.list, baselines);
        let record = async {
            loop {
                tokio::select! {
                    batch = updates.recv() => {
                        let Some(batch) = batch else { break };
                        self.list.record(&recorder, &batch);
                        for (id, snapshot) in &batch.snapshots {
                            forecaster.take_snapshot(&self.list, *id, snapshot);
                        }
                        let new_targets = self.apply(batch);
                        if !new_targets.is_empty() {
                            watcher.add(new_targets);
                        }
                    }
                    () = forecaster.changed(&self.list) => self.record_forecasts(&forecaster),
                }
                let counts = ProgressCounts::default();
                forecaster.refresh(&self.list, &recorder, Timestamp::now(), counts);
            }
        };
        tokio::select! {
            () = server => {}
            () = record => {}
        }
    }

    fn record_forecasts(&mut self, forecaster: &Forecaster) {
        let forecasts = forecaster.flow_etas().map(|(environment, flow, eta)| {
            let finish = FinishTimes {
                p50: eta.p50,
                p90: eta.p90,
            };
            (self.list.environment_name(environment), flow, finish)
        });
        self.metrics.record_forecasts(forecasts);
    }

    /// Applies a batch to the metrics. Returns the targets of new tenants.
    fn apply(&mut self, batch: Batch) -> Vec<Target> {
        for transition in &batch.transitions {
            if let Some(entry) = self.list.entry(transition.id)
                && !self.is_counted_elsewhere(transition.id)
            {
                self.metrics.record_transition(&entry.listed, transition);
            }
        }
        for (id, snapshot) in &batch.snapshots {
            let Some(entry) = self.list.entry(*id) else {
                continue;
            };
            if matches!(entry.target.selector, JobSelector::Job(_)) {
                self.given.insert(*id, snapshot.clone());
            }
            self.record_snapshot(*id, snapshot);
            self.count_once(*id, snapshot);
        }
        for (id, status) in &batch.environment_statuses {
            if let Some(environment) = self.config.environments.get(id.0) {
                self.metrics
                    .record_environment_status(environment.name.as_str(), status);
            }
        }
        let mut new_targets = Vec::new();
        for (id, tenants) in batch.discoveries {
            if let (Some(follow), Ok(tenants)) = (self.follows.get(&id), tenants) {
                new_targets.extend(self.list.add_tenants(self.config, follow, tenants));
            }
        }
        for target in &new_targets {
            if let Some(entry) = self.list.entry(target.id) {
                self.metrics.add(target.id, &entry.listed);
            }
        }
        new_targets
    }

    fn is_counted_elsewhere(&self, id: JobId) -> bool {
        self.counted_as.values().any(|given| *given == id)
    }

    fn record_snapshot(&mut self, id: JobId, snapshot: &Snapshot) {
        let Some(entry) = self.list.entry(id) else {
            return;
        };
        let streak = snapshot.health.failure_streak.as_ref();
        let is_unlinked = streak.is_some_and(|streak| entry.is_unlinked_tenant(&streak.error));
        if is_unlinked || self.is_counted_elsewhere(id) {
            self.metrics.remove(id, &entry.listed);
            return;
        }
        let counts = snapshot.job.as_ref().is_none_or(|job| entry.counts(job));
        self.metrics.add(id, &entry.listed);
        self.metrics
            .record_snapshot(id, &entry.listed, snapshot, counts);
    }

    /// Counts a given job with the followed tenant whose newest job it is, and
    /// separately again when it is that no longer.
    fn count_once(&mut self, id: JobId, snapshot: &Snapshot) {
        let given = self.list.entry(id).and_then(|entry| {
            let given = self.list.given_too(entry, snapshot.address.as_ref()?)?;
            Some(given.target.id)
        });
        let before = match given {
            Some(given) => self.counted_as.insert(id, given),
            None => self.counted_as.remove(&id),
        };
        if before == given {
            return;
        }
        if let Some(entry) = given.and_then(|given| self.list.entry(given)) {
            self.metrics.remove(entry.target.id, &entry.listed);
        }
        if let Some(entry) = before.and_then(|before| self.list.entry(before)) {
            self.metrics.add(entry.target.id, &entry.listed);
        }
        if let Some((id, snapshot)) = before.and_then(|id| Some((id, self.given.get(&id)?.clone())))
        {
            self.record_snapshot(id, &snapshot);
        }
    }
}

fn respond(request: &Request<Incoming>, exposition: &Exposition) -> Response<Full<Bytes>> {
    if request.uri().path() != "/metrics" {
        return plain(StatusCode::NOT_FOUND, "Metrics are served at /metrics\n");
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = plain(StatusCode::METHOD_NOT_ALLOWED, "Use GET\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allowed);
        return response;
    }
    let Ok(text) = exposition.text() else {
        let reason = "The metrics could not be encoded\n";
        return plain(StatusCode::INTERNAL_SERVER_ERROR, reason);
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    let kind = HeaderValue::from_static(Exposition::CONTENT_TYPE);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
