//! The task: one loop that sends the requests of the schedules and handles
//! commands. Finished requests are handled in `completion`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::command::Command;
use super::environment::Environment;
use super::service::Service;
use crate::hotglue::{FetchError, Job, JobAddress, ListedJob, TenantId};
use crate::watch::request::PollRequest;
use crate::watch::schedule::Schedule;
use crate::watch::target::{EnvironmentId, JobId, JobSelector, Target, TenantDiscovery};
use crate::watch::updates::Outbox;
use crate::watch::watched_job::WatchedJob;

/// The interval of listing the tenants of an environment.
const TENANT_DISCOVERY_INTERVAL: Duration = Duration::from_mins(5);

/// Returns the time of the wall clock.
pub(super) type Clock = Box<dyn Fn() -> Timestamp + Send>;

/// The response to a request.
pub(super) enum Response {
    Status(Arc<Job>),
    Jobs(Vec<ListedJob>),
    Tenants(Vec<TenantId>),
}

/// A request in flight.
pub(super) struct InFlight {
    pub(super) request: PollRequest,
    pub(super) environment: EnvironmentId,
    /// The address of the job whose status was requested.
    pub(super) address: Option<Arc<JobAddress>>,
    pub(super) sent: Instant,
}

/// The state of the watcher.
pub(super) struct Task<S> {
    inbox: mpsc::UnboundedReceiver<Command<S>>,
    pub(super) outbox: Outbox,
    seed: u64,
    is_paused: bool,
    pub(super) environments: BTreeMap<EnvironmentId, Environment<S>>,
    pub(super) jobs: HashMap<JobId, WatchedJob>,
    requests: JoinSet<Result<Response, FetchError>>,
    pub(super) in_flight: HashMap<task::Id, InFlight>,
    /// The wall clock.
    pub(super) clock: Clock,
}

impl<S: Service> Task<S> {
    pub(super) fn new(
        inbox: mpsc::UnboundedReceiver<Command<S>>,
        outbox: Outbox,
        seed: u64,
        clock: Clock,
    ) -> Self {
        Self {
            inbox,
            outbox,
            seed,
            clock,
            is_paused: false,
            environments: BTreeMap::new(),
            jobs: HashMap::new(),
            requests: JoinSet::new(),
            in_flight: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let wake_at = self.dispatch();
            tokio::select! {
                // With a fixed order a simulation can be repeated. Commands
                // come from a user, so they never starve the rest.
                biased;
                command = self.inbox.recv() => match command {
                    Some(command) => {
                        self.handle_command(command);
                        // All that was commanded holds before the next request
                        // is sent: limits, and what is watched no longer.
                        while let Ok(command) = self.inbox.try_recv() {
                            self.handle_command(command);
                        }
                    }
                    None => return,
                },
                Some(finished) = self.requests.join_next_with_id(), if !self.requests.is_empty() => {
                    self.on_complete(finished);
                    // Requests that have finished meanwhile are handled with it.
                    while let Some(finished) = self.requests.try_join_next_with_id() {
                        self.on_complete(finished);
                    }
                }
                () = sleep_until(wake_at.unwrap_or_else(Instant::now)), if wake_at.is_some() => {}
            }
        }
    }

    /// Sends every request that may be sent now. Returns when the next one may
    /// be.
    fn dispatch(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut wake_at = None;
        for (&id, environment) in &mut self.environments {
            let Some(service) = &environment.service else {
                continue;
            };
            while let Some(request) = environment.schedule.take(now) {
                let job = match request {
                    PollRequest::Status(id) | PollRequest::Newest(id) => self.jobs.get(&id),
                    PollRequest::Tenants(_) => None,
                };
                let service = service.clone();
                let mut address = None;
                let handle = match (request, job) {
                    (PollRequest::Status(_), Some(job)) if job.snapshot.address.is_some() => {
                        let known = job.snapshot.job.clone();
                        address = job.address();
                        let requested = address.clone();
                        self.requests.spawn(async move {
                            let address = requested.ok_or(FetchError::Internal)?;
                            let job = service.job_status(&address, known.as_ref()).await;
                            job.map(Response::Status)
                        })
                    }
                    (PollRequest::Newest(_), Some(job)) => {
                        let flow = job.selector.flow().clone();
                        let tenant = job.selector.tenant().clone();
                        self.requests.spawn(async move {
                            service.jobs(&flow, &tenant).await.map(Response::Jobs)
                        })
                    }
                    (PollRequest::Tenants(_), _) => self
                        .requests
                        .spawn(async move { service.tenants().await.map(Response::Tenants) }),
                    (PollRequest::Status(_) | PollRequest::Newest(_), _) => {
                        environment.schedule.cancel(request);
                        continue;
                    }
                };
                let in_flight = InFlight {
                    request,
                    environment: id,
                    address,
                    sent: now,
                };
                self.in_flight.insert(handle.id(), in_flight);
            }
            wake_at = wake_at
                .into_iter()
                .chain(environment.schedule.wake_at())
                .min();
        }
        wake_at
    }

    fn handle_command(&mut self, command: Command<S>) {
        let now = Instant::now();
        match command {
            Command::Connect(id, service, limits) => {
                let environment = self.environment(id);
                environment.service = Some(service);
                environment.schedule.reset(limits, now);
                self.publish_status(id, None);
            }
            Command::Add(targets) => {
                for target in targets {
                    self.add(target, now);
                }
            }
            Command::AddTenantDiscovery(TenantDiscovery { id, environment }) => {
                let request = PollRequest::Tenants(id);
                let schedule = &mut self.environment(environment).schedule;
                schedule.add(request, TENANT_DISCOVERY_INTERVAL, now);
            }
            Command::RemoveTenantDiscovery(TenantDiscovery { id, environment }) => {
                let schedule = &mut self.environment(environment).schedule;
                schedule.remove(PollRequest::Tenants(id));
            }
            Command::Remove(ids) => {
                for id in ids {
                    if let Some(schedule) = self.schedule_of(id) {
                        schedule.remove(PollRequest::Status(id));
                        schedule.remove(PollRequest::Newest(id));
                    }
                    self.jobs.remove(&id);
                }
            }
            Command::PollNow(ids) => {
                for id in ids {
                    if let Some(schedule) = self.schedule_of(id) {
                        schedule.poll_now(PollRequest::Newest(id), now);
                        schedule.poll_now(PollRequest::Status(id), now);
                    }
                }
            }
            Command::Learn(ids) => {
                for id in ids {
                    if let Some(job) = self.jobs.get_mut(&id) {
                        job.publish_earlier_again();
                    }
                    if let Some(schedule) = self.schedule_of(id) {
                        schedule.poll_now(PollRequest::Newest(id), now);
                    }
                }
            }
            Command::PollFirst(ids) => self.poll_first(&ids),
            Command::PollAll => {
                for environment in self.environments.values_mut() {
                    environment.schedule.poll_all(now);
                }
            }
            Command::Pause(is_paused) => {
                self.is_paused = is_paused;
                for environment in self.environments.values_mut() {
                    environment.schedule.pause(is_paused);
                }
            }
            Command::SetStart(starts) => {
                for (id, since) in starts {
                    let Some(job) = self.jobs.get_mut(&id) else {
                        continue;
                    };
                    job.since = since;
                    let awaits_run = job.awaits_run();
                    if let Some(schedule) = self.schedule_of(id) {
                        schedule.await_run(PollRequest::Newest(id), awaits_run);
                    }
                }
            }
            Command::SetInterval(id, interval) => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.interval = interval;
                }
                if let Some(schedule) = self.schedule_of(id) {
                    schedule.set_interval(PollRequest::Status(id), interval);
                    schedule.set_interval(PollRequest::Newest(id), interval);
                }
            }
        }
    }

    fn add(&mut self, target: Target, now: Instant) {
        let request = match target.selector {
            JobSelector::Job(_) => PollRequest::Status(target.id),
            JobSelector::Newest { .. } => PollRequest::Newest(target.id),
        };
        let schedule = &mut self.environment(target.environment).schedule;
        schedule.add(request, target.interval, now);
        schedule.await_run(request, target.since.is_some());
        self.jobs.insert(target.id, WatchedJob::new(target));
    }

    fn poll_first(&mut self, ids: &[JobId]) {
        let mut by_environment: BTreeMap<EnvironmentId, HashSet<PollRequest>> = BTreeMap::new();
        for id in ids {
            if let Some(job) = self.jobs.get(id) {
                let requests = by_environment.entry(job.environment).or_default();
                requests.extend([PollRequest::Status(*id), PollRequest::Newest(*id)]);
            }
        }
        for (id, environment) in &mut self.environments {
            let first = by_environment.remove(id).unwrap_or_default();
            environment.schedule.poll_first(first);
        }
    }

    fn environment(&mut self, id: EnvironmentId) -> &mut Environment<S> {
        let seed = self.seed.wrapping_add(id.0 as u64);
        let is_paused = self.is_paused;
        let entry = self.environments.entry(id);
        entry.or_insert_with(|| Environment::new(seed, is_paused))
    }

    pub(super) fn schedule_of(&mut self, id: JobId) -> Option<&mut Schedule> {
        let environment = self.jobs.get(&id)?.environment;
        let environment = self.environments.get_mut(&environment)?;
        Some(&mut environment.schedule)
    }
}
