//! The task: one loop that sends what the schedules give out and applies what
//! comes back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::{Command, Service};
use crate::hotglue::{FetchError, Job, JobAddress, ListedJob, State, TenantId};
use crate::watch::schedule::{CircuitState, Limits, PollOutcome, Schedule};
use crate::watch::updates::{Batch, Outbox};
use crate::watch::watched::Watched;
use crate::watch::{EnvironmentId, EnvironmentStatus, JobId, JobSelector, PollRequest, Snapshot};

/// How often the tenants of an environment are listed.
const TENANT_DISCOVERY_INTERVAL: Duration = Duration::from_mins(5);

/// What came back.
enum Answer {
    Status(Arc<Job>),
    Jobs(Vec<ListedJob>),
    Tenants(Vec<TenantId>),
}

struct Environment<S> {
    source: Option<S>,
    schedule: Schedule,
    status: EnvironmentStatus,
}

struct Request {
    ask: PollRequest,
    environment: EnvironmentId,
    /// The job that was asked about, where it was one.
    address: Option<Arc<JobAddress>>,
    sent: Instant,
}

pub(super) struct Task<S> {
    inbox: mpsc::UnboundedReceiver<Command<S>>,
    outbox: Outbox,
    seed: u64,
    paused: bool,
    environments: BTreeMap<EnvironmentId, Environment<S>>,
    jobs: HashMap<JobId, Watched>,
    requests: JoinSet<Result<Answer, FetchError>>,
    under_way: HashMap<task::Id, Request>,
    /// The wall clock.
    clock: Clock,
}

/// Returns the time of the wall clock.
pub(super) type Clock = Box<dyn Fn() -> Timestamp + Send>;

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
            paused: false,
            environments: BTreeMap::new(),
            jobs: HashMap::new(),
            requests: JoinSet::new(),
            under_way: HashMap::new(),
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let wake = self.dispatch();
            tokio::select! {
                // With a fixed order a simulation can be repeated. Commands
                // come from a user, so they never starve the rest.
                biased;
                command = self.inbox.recv() => match command {
                    Some(command) => self.handle_command(command),
                    None => return,
                },
                Some(ended) = self.requests.join_next_with_id(), if !self.requests.is_empty() => {
                    self.on_complete(ended);
                    // Whatever else has come back by now is settled with it.
                    while let Some(ended) = self.requests.try_join_next_with_id() {
                        self.on_complete(ended);
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Sends all that may be sent now; answers when to look again.
    fn dispatch(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut wake = None;
        for (&environment, each) in &mut self.environments {
            let Some(source) = &each.source else { continue };
            while let Some(ask) = each.schedule.take(now) {
                let job = match ask {
                    PollRequest::Status(key) | PollRequest::Newest(key) => self.jobs.get(&key),
                    PollRequest::Tenants(_) => None,
                };
                let source = source.clone();
                let known = job.and_then(|job| job.snapshot.job.clone());
                let mut asked = None;
                let handle = match (ask, job.map(|job| (&job.subject, job.address()))) {
                    (PollRequest::Status(_), Some((_, Some(address)))) => {
                        asked = Some(Arc::clone(&address));
                        self.requests.spawn(async move {
                            let answer = source.job_status(&address, known.as_ref()).await;
                            answer.map(Answer::Status)
                        })
                    }
                    (PollRequest::Newest(_), Some((subject, _))) => {
                        let (flow, tenant) = (subject.flow().clone(), subject.tenant().clone());
                        self.requests.spawn(async move {
                            source.jobs(&flow, &tenant).await.map(Answer::Jobs)
                        })
                    }
                    (PollRequest::Tenants(_), _) => self
                        .requests
                        .spawn(async move { source.tenants().await.map(Answer::Tenants) }),
                    _ => {
                        each.schedule.finish(ask, PollOutcome::Completed, now);
                        continue;
                    }
                };
                let request = Request {
                    ask,
                    environment,
                    address: asked,
                    sent: now,
                };
                self.under_way.insert(handle.id(), request);
            }
            wake = wake.into_iter().chain(each.schedule.wake_at()).min();
        }
        wake
    }

    fn handle_command(&mut self, command: Command<S>) {
        let now = Instant::now();
        match command {
            Command::Connect(environment, source, limits) => {
                let each = self.environment(environment);
                each.source = Some(source);
                each.schedule.reset(limits, now);
                self.publish_status(environment, None);
            }
            Command::Add(targets) => {
                for target in targets {
                    let ask = match target.selector {
                        JobSelector::Job(_) => PollRequest::Status(target.id),
                        JobSelector::Newest { .. } => PollRequest::Newest(target.id),
                    };
                    let each = self.environment(target.environment);
                    each.schedule.add(ask, target.interval, now);
                    self.jobs.insert(target.id, Watched::new(target));
                }
            }
            Command::AddTenantDiscovery(discovery) => {
                self.environment(discovery.environment).schedule.add(
                    PollRequest::Tenants(discovery.id),
                    TENANT_DISCOVERY_INTERVAL,
                    now,
                );
            }
            Command::RemoveTenantDiscovery(discovery) => self
                .environment(discovery.environment)
                .schedule
                .remove(PollRequest::Tenants(discovery.id)),
            Command::Remove(keys) => {
                for key in keys {
                    if let Some(schedule) = self.schedule_of(key) {
                        schedule.remove(PollRequest::Status(key));
                        schedule.remove(PollRequest::Newest(key));
                    }
                    self.jobs.remove(&key);
                }
            }
            Command::PollNow(keys) => {
                for key in keys {
                    if let Some(schedule) = self.schedule_of(key) {
                        schedule.poll_now(PollRequest::Newest(key), now);
                        schedule.poll_now(PollRequest::Status(key), now);
                    }
                }
            }
            Command::PollAll => self
                .environments
                .values_mut()
                .for_each(|each| each.schedule.poll_all(now)),
            Command::Pause(paused) => {
                self.paused = paused;
                self.environments
                    .values_mut()
                    .for_each(|each| each.schedule.pause(paused));
            }
            Command::SetInterval(key, interval) => {
                if let Some(job) = self.jobs.get_mut(&key) {
                    job.interval = interval;
                }
                if let Some(schedule) = self.schedule_of(key) {
                    schedule.set_interval(PollRequest::Status(key), interval);
                }
            }
        }
    }

    fn environment(&mut self, key: EnvironmentId) -> &mut Environment<S> {
        let seed = self.seed.wrapping_add(key.0 as u64);
        let paused = self.paused;
        self.environments.entry(key).or_insert_with(|| {
            // Until it is connected nothing is sent, so the limits do not count.
            let limits = Limits {
                requests_per_second: Some(1),
                concurrent_requests: 1,
            };
            let mut schedule = Schedule::new(limits, seed);
            schedule.pause(paused);
            Environment {
                source: None,
                schedule,
                status: EnvironmentStatus::Closed,
            }
        })
    }

    fn schedule_of(&mut self, key: JobId) -> Option<&mut Schedule> {
        let environment = self.jobs.get(&key)?.environment;
        self.environments
            .get_mut(&environment)
            .map(|each| &mut each.schedule)
    }

    fn on_complete(
        &mut self,
        ended: Result<(task::Id, Result<Answer, FetchError>), task::JoinError>,
    ) {
        let (id, result) = match ended {
            Ok((id, result)) => (id, result),
            Err(error) => {
                tracing::error!(%error, "a poll did not end as it should");
                (error.id(), Err(FetchError::Internal))
            }
        };
        let Some(request) = self.under_way.remove(&id) else {
            return;
        };
        let now = Instant::now();
        let error = result.as_ref().err().cloned().map(Arc::new);
        if let Some(each) = self.environments.get_mut(&request.environment) {
            each.schedule.finish(request.ask, outcome(&result), now);
        }
        self.publish_status(request.environment, error.as_ref());
        match (request.ask, result) {
            (PollRequest::Tenants(discovery), result) => {
                let tenants = match result {
                    Ok(Answer::Tenants(tenants)) => Ok(tenants),
                    _ => Err(error.unwrap_or_else(|| Arc::new(FetchError::Internal))),
                };
                self.outbox.send(|batch| {
                    batch.discoveries.insert(discovery, tenants);
                });
            }
            (PollRequest::Newest(key), Ok(Answer::Jobs(jobs))) => {
                self.take_list(key, request.environment, jobs, now);
            }
            (PollRequest::Newest(key), _) => {
                // Where the newest job is asked about by itself, that is what
                // its row tells of.
                let busy = self
                    .schedule_of(key)
                    .is_some_and(|schedule| schedule.due(PollRequest::Status(key)).is_some());
                if !busy {
                    self.publish_job(&request, key, None, error, now);
                }
            }
            (PollRequest::Status(key), result) => {
                let answer = match result {
                    Ok(Answer::Status(job)) => Some(job),
                    _ => None,
                };
                // The row may have moved on to another job meanwhile.
                let asked_about = self.jobs.get(&key).and_then(Watched::address);
                if asked_about == request.address {
                    self.publish_job(&request, key, answer, error, now);
                }
            }
        }
    }

    /// A list of jobs came back: the row moves on to the newest of them.
    fn take_list(
        &mut self,
        key: JobId,
        environment: EnvironmentId,
        jobs: Vec<ListedJob>,
        now: Instant,
    ) {
        let Some(job) = self.jobs.get_mut(&key) else {
            return;
        };
        let took = job.take_list(jobs, (self.clock)());
        let interval = job.interval;
        if let Some(each) = self.environments.get_mut(&environment) {
            let ask = PollRequest::Status(key);
            if took.is_another && took.is_under_way {
                each.schedule.add(ask, interval, now);
            } else if took.is_another {
                each.schedule.remove(ask);
            } else if took.is_under_way && !each.schedule.has(ask) {
                // It came back to life.
                each.schedule.add(ask, interval, now);
            }
        }
        let news = took.news;
        self.publish(key, now, |batch, snapshot| {
            batch.snapshots.insert(key, snapshot);
            batch.transitions.extend(news);
            let earlier = took.earlier.into_iter();
            batch
                .earlier_jobs
                .extend(earlier.map(|job| (environment, job)));
        });
    }

    fn publish_job(
        &mut self,
        request: &Request,
        key: JobId,
        answer: Option<Arc<Job>>,
        error: Option<Arc<FetchError>>,
        now: Instant,
    ) {
        let Some(job) = self.jobs.get_mut(&key) else {
            return;
        };
        let latency = now.duration_since(request.sent);
        let news = job.take_answer(answer, error, latency, (self.clock)());
        self.publish(key, now, |batch, snapshot| {
            batch.snapshots.insert(key, snapshot);
            batch.transitions.extend(news);
        });
    }

    /// Tells of a job, with when it is asked about next.
    fn publish(&mut self, key: JobId, now: Instant, change: impl FnOnce(&mut Batch, Snapshot)) {
        let due = self.schedule_of(key).and_then(|schedule| {
            let status = schedule.due(PollRequest::Status(key));
            status.or_else(|| schedule.due(PollRequest::Newest(key)))
        });
        if let Some(job) = self.jobs.get_mut(&key) {
            job.snapshot.health.next_poll = due.map(|due| wall_time(due, now, (self.clock)()));
            let snapshot = job.snapshot.clone();
            self.outbox.send(|batch| change(batch, snapshot));
        }
    }

    fn publish_status(&mut self, environment: EnvironmentId, error: Option<&Arc<FetchError>>) {
        let Some(each) = self.environments.get_mut(&environment) else {
            return;
        };
        let (now, wall) = (Instant::now(), (self.clock)());
        let since = match &each.status {
            EnvironmentStatus::Unauthorized { since, .. }
            | EnvironmentStatus::Outage { since, .. } => *since,
            _ => wall,
        };
        let told = match &each.status {
            EnvironmentStatus::Unauthorized { error, .. }
            | EnvironmentStatus::Outage { error, .. } => Some(error),
            _ => None,
        };
        let error = error
            .or(told)
            .cloned()
            .unwrap_or_else(|| Arc::new(FetchError::Internal));
        let status = match each.schedule.circuit() {
            CircuitState::Closed => EnvironmentStatus::Closed,
            CircuitState::RateLimited(until) if until <= now => EnvironmentStatus::Closed,
            CircuitState::RateLimited(until) => EnvironmentStatus::RateLimited {
                until: wall_time(until, now, wall),
            },
            CircuitState::Unauthorized(next) => EnvironmentStatus::Unauthorized {
                since,
                error,
                next: wall_time(next, now, wall),
            },
            CircuitState::Outage(next) => EnvironmentStatus::Outage {
                since,
                error,
                next: wall_time(next, now, wall),
            },
        };
        if status != each.status {
            each.status = status.clone();
            self.outbox.send(|batch| {
                batch.environment_statuses.insert(environment, status);
            });
        }
    }
}

fn wall_time(at: Instant, now: Instant, wall: Timestamp) -> Timestamp {
    let wait = SignedDuration::try_from(at.saturating_duration_since(now)).unwrap_or_default();
    wall.checked_add(wait).unwrap_or(wall)
}

fn outcome(result: &Result<Answer, FetchError>) -> PollOutcome {
    match result {
        Ok(Answer::Status(job)) => match job.status.state() {
            State::Completed => PollOutcome::Completed,
            State::Failed | State::Cancelled => PollOutcome::Failed,
            State::Queued | State::Running | State::Unknown => PollOutcome::Running,
        },
        // A list is asked for again whatever is on it.
        Ok(Answer::Jobs(_) | Answer::Tenants(_)) => PollOutcome::Running,
        Err(FetchError::RateLimited { retry_after, .. }) => PollOutcome::RateLimited(*retry_after),
        Err(FetchError::NotFound { .. } | FetchError::Rejected { .. }) => PollOutcome::NotFound,
        Err(error) if error.is_unauthorized() => PollOutcome::Unauthorized,
        Err(error) if error.is_outage() => PollOutcome::Unavailable,
        Err(_) => PollOutcome::Error,
    }
}
