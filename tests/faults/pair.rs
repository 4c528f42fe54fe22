//! Two jobs of one environment watched side by side, one healthy and one
//! failing; and a clock that skips idle time, so that time-outs and back-off
//! cost little real time.

use std::sync::Arc;
use std::time::Duration;

use hgtop::hotglue::{ApiKey, BaseUrl, Client, EnvId, FlowId, JobAddress, JobRoot, TenantId};
use hgtop::watch::{
    self, Batch, EnvironmentId, EnvironmentStatus, JobId, JobSelector, Limits, Snapshot, Target,
    Updates, Watcher,
};
use tokio::time;

use crate::support::bad_server::{Act, BadServer};

pub(crate) const LIMITS: Limits = Limits {
    requests_per_second: None,
    concurrent_requests: 4,
};
pub(crate) const HEALTHY: JobId = JobId(0);
pub(crate) const FAILING: JobId = JobId(1);
/// The time between two polls. Shorter than the config allows, to save time.
pub(crate) const INTERVAL: Duration = Duration::from_millis(200);
/// After this long without a batch the clock skips.
const IDLE: Duration = Duration::from_millis(10);
/// By this much it skips.
const SKIP: Duration = Duration::from_millis(100);

pub(crate) fn target(id: JobId, tenant: &str, environment: usize) -> Target {
    Target {
        id,
        environment: EnvironmentId(environment),
        selector: JobSelector::Job(Arc::new(address(tenant))),
        interval: INTERVAL,
        since: None,
    }
}

pub(crate) fn address(tenant: &str) -> JobAddress {
    JobAddress {
        flow: FlowId::parse("flow").unwrap(),
        tenant: TenantId::parse(tenant).unwrap(),
        job_root: JobRoot::parse(&format!("{tenant}/flows/flow/jobs/j")).unwrap(),
    }
}

pub(crate) fn client(base: &str) -> Client {
    let base = BaseUrl::parse(base, false).unwrap();
    let env = EnvId::parse("dev.x.xyz").unwrap();
    Client::new(base, env, &ApiKey::parse("marker-key").unwrap(), 4).unwrap()
}

/// Moves the runtime's clock forward without waiting.
pub(crate) async fn skip(by: Duration) {
    time::pause();
    time::advance(by).await;
    time::resume();
}

/// Waits for the next batch; while none arrives, the clock skips.
pub(crate) async fn next_batch(updates: &mut Updates) -> Batch {
    loop {
        match time::timeout(IDLE, updates.recv()).await {
            Ok(batch) => return batch.expect("the watcher runs"),
            Err(_) => skip(SKIP).await,
        }
    }
}

/// Waits for a future; while it is pending, the clock skips.
pub(crate) async fn skipping<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    loop {
        match time::timeout(IDLE, &mut future).await {
            Ok(output) => return output,
            Err(_) => skip(SKIP).await,
        }
    }
}

/// A healthy and a failing job, watched side by side.
pub(crate) struct Pair {
    _watcher: Watcher,
    updates: Updates,
    pub(crate) healthy: Snapshot,
    pub(crate) failing: Snapshot,
    pub(crate) status: EnvironmentStatus,
    /// The transitions of both, as job and new status.
    pub(crate) transitions: Vec<(JobId, String)>,
}

impl Pair {
    /// Watches both jobs at a base URL.
    pub(crate) fn watch(base: &str) -> Self {
        let (watcher, updates) = watch::start(7);
        watcher.connect(EnvironmentId(0), client(base), LIMITS);
        watcher.add(vec![
            target(HEALTHY, "healthy", 0),
            target(FAILING, "failing", 0),
        ]);
        Self {
            _watcher: watcher,
            updates,
            healthy: Snapshot::default(),
            failing: Snapshot::default(),
            status: EnvironmentStatus::Closed,
            transitions: Vec::new(),
        }
    }

    /// The failing job answers once, and then as `act` says for the number of
    /// the request, from 2 on.
    pub(crate) async fn start(
        act: impl Fn(usize) -> Act + Send + Sync + 'static,
    ) -> (Self, BadServer) {
        let server = BadServer::start(move |path, number| {
            if path.contains("/failing/") && number > 1 {
                act(number)
            } else {
                Act::job("SYNC_STARTED")
            }
        })
        .await;
        (Self::watch(&server.base), server)
    }

    /// Waits until a condition holds, for two minutes on the skipping clock.
    pub(crate) async fn until(&mut self, condition: impl Fn(&Self) -> bool) {
        let reached = time::timeout(Duration::from_mins(2), async {
            while !condition(self) {
                let batch = next_batch(&mut self.updates).await;
                self.apply(batch);
            }
        });
        let reached = reached.await.is_ok();
        assert!(reached, "never reached: {:?}", self.failing);
    }

    fn apply(&mut self, batch: Batch) {
        for (id, snapshot) in batch.snapshots {
            if id == HEALTHY {
                self.healthy = snapshot;
            } else {
                self.failing = snapshot;
            }
        }
        if let Some(status) = batch.environment_statuses.into_values().last() {
            self.status = status;
        }
        let transitions = batch.transitions.into_iter();
        self.transitions
            .extend(transitions.map(|transition| (transition.id, transition.to.to_string())));
    }

    /// The error of the failing job's last poll.
    pub(crate) fn error(&self) -> Option<String> {
        let streak = self.failing.health.failure_streak.as_ref()?;
        Some(streak.error.to_string())
    }

    /// Waits for two more polls of the healthy job, which must succeed.
    pub(crate) async fn expect_healthy(&mut self) {
        let polls = self.healthy.health.polls;
        self.until(|pair| pair.healthy.health.polls > polls + 1)
            .await;
        assert_eq!(self.healthy.health.errors, 0, "the healthy job is affected");
    }
}

/// The failing job shows this error and keeps its last known status; the
/// healthy one is polled as before.
pub(crate) async fn expect_error(
    act: impl Fn(usize) -> Act + Send + Sync + 'static,
    error: &str,
) -> (Pair, BadServer) {
    let (mut pair, server) = Pair::start(act).await;
    pair.until(|pair| pair.error().is_some()).await;
    assert_eq!(pair.error().unwrap(), error);
    let job = pair.failing.job.as_ref().unwrap();
    assert_eq!(job.status.as_str(), "SYNC_STARTED", "the last known status");
    pair.expect_healthy().await;
    assert!(pair.transitions.iter().all(|(_, to)| to == "SYNC_STARTED"));
    (pair, server)
}
