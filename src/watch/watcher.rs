//! The task that polls: it sends what the schedules give out, applies the
//! answers, and tells of them.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{self, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::schedule::{Gate, Limits, Schedule, Verdict};
use super::updates::{Batch, Outbox, Updates, channel};
use super::{Condition, EnvironmentKey, JobKey, Snapshot, Target, Transition, Trouble};
use crate::hotglue::{Client, FetchError, Job, JobAddress, State};

/// Something that can be asked how a job is doing.
pub trait StatusSource: Clone + Send + Sync + 'static {
    /// Asks about one job.
    fn job_status(&self, job: &JobAddress) -> impl Future<Output = Result<Job, FetchError>> + Send;
}

impl StatusSource for Client {
    async fn job_status(&self, job: &JobAddress) -> Result<Job, FetchError> {
        Client::job_status(self, job).await
    }
}

enum Command<S> {
    Connect(EnvironmentKey, S, Limits),
    Add(Vec<Target>),
    Remove(Vec<JobKey>),
    PollNow(Vec<JobKey>),
    PollAll,
    Pause(bool),
    SetInterval(JobKey, Duration),
}

/// The handle of a running watcher. It ends when the handle is dropped.
pub struct Watcher<S = Client> {
    commands: mpsc::UnboundedSender<Command<S>>,
}

/// Starts a watcher without jobs. The same seed gives the same jitter.
pub fn start<S: StatusSource>(seed: u64) -> (Watcher<S>, Updates) {
    let (commands, inbox) = mpsc::unbounded_channel();
    let (outbox, updates) = channel();
    let task = Task {
        inbox,
        outbox,
        seed,
        paused: false,
        environments: BTreeMap::new(),
        jobs: HashMap::new(),
        requests: JoinSet::new(),
        under_way: HashMap::new(),
    };
    tokio::spawn(task.run());
    (Watcher { commands }, updates)
}

impl<S: StatusSource> Watcher<S> {
    fn send(&self, command: Command<S>) {
        // It can only fail after the task has ended, which the updates tell.
        let _ = self.commands.send(command);
    }

    /// Says how an environment is reached, for the first time or anew after a
    /// change of key, address or limits. Its jobs wait until then.
    pub fn connect(&self, environment: EnvironmentKey, source: S, limits: Limits) {
        self.send(Command::Connect(environment, source, limits));
    }

    /// Watches jobs; they are asked about at once.
    pub fn add(&self, targets: Vec<Target>) {
        self.send(Command::Add(targets));
    }

    /// Stops watching jobs; what is under way for them is not told any more.
    pub fn remove(&self, keys: Vec<JobKey>) {
        self.send(Command::Remove(keys));
    }

    /// Asks about jobs as soon as the bounds allow.
    pub fn poll_now(&self, keys: Vec<JobKey>) {
        self.send(Command::PollNow(keys));
    }

    /// Asks about all jobs as soon as the bounds allow.
    pub fn poll_all(&self) {
        self.send(Command::PollAll);
    }

    /// Stops polling but for what is asked by hand, or goes on.
    pub fn pause(&self, paused: bool) {
        self.send(Command::Pause(paused));
    }

    /// Changes the time between two polls of a job.
    pub fn set_interval(&self, key: JobKey, interval: Duration) {
        self.send(Command::SetInterval(key, interval));
    }
}

struct Environment<S> {
    source: Option<S>,
    schedule: Schedule,
    condition: Condition,
}

struct Watched {
    environment: EnvironmentKey,
    address: Arc<JobAddress>,
    snapshot: Snapshot,
}

struct Request {
    key: JobKey,
    environment: EnvironmentKey,
    sent: Instant,
}

struct Task<S> {
    inbox: mpsc::UnboundedReceiver<Command<S>>,
    outbox: Outbox,
    seed: u64,
    paused: bool,
    environments: BTreeMap<EnvironmentKey, Environment<S>>,
    jobs: HashMap<JobKey, Watched>,
    requests: JoinSet<Result<Job, FetchError>>,
    under_way: HashMap<task::Id, Request>,
}

impl<S: StatusSource> Task<S> {
    async fn run(mut self) {
        loop {
            let wake = self.launch();
            tokio::select! {
                command = self.inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some(ended) = self.requests.join_next_with_id(), if !self.requests.is_empty() => {
                    self.settle(ended);
                    // Whatever else has come back by now is settled with it.
                    while let Some(ended) = self.requests.try_join_next_with_id() {
                        self.settle(ended);
                    }
                }
                () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
    }

    /// Sends all that may be sent now; answers when to look again.
    fn launch(&mut self) -> Option<Instant> {
        let now = Instant::now();
        let mut wake = None;
        for (&environment, each) in &mut self.environments {
            let Some(source) = &each.source else { continue };
            while let Some(key) = each.schedule.take(now) {
                let Some(job) = self.jobs.get(&key) else {
                    each.schedule.finish(key, Verdict::Completed, now);
                    continue;
                };
                let (source, address) = (source.clone(), Arc::clone(&job.address));
                let handle = self
                    .requests
                    .spawn(async move { source.job_status(&address).await });
                let request = Request {
                    key,
                    environment,
                    sent: now,
                };
                self.under_way.insert(handle.id(), request);
            }
            wake = wake.into_iter().chain(each.schedule.wake_at()).min();
        }
        wake
    }

    fn obey(&mut self, command: Command<S>) {
        let now = Instant::now();
        match command {
            Command::Connect(environment, source, limits) => {
                let each = self.environment(environment);
                each.source = Some(source);
                each.schedule.reset(limits, now);
                self.tell_condition(environment, None);
            }
            Command::Add(targets) => {
                for target in targets {
                    let each = self.environment(target.environment);
                    each.schedule.add(target.key, target.interval, now);
                    let watched = Watched {
                        environment: target.environment,
                        address: target.address,
                        snapshot: Snapshot::default(),
                    };
                    self.jobs.insert(target.key, watched);
                }
            }
            Command::Remove(keys) => {
                for key in keys {
                    if let Some(schedule) = self.schedule_of(key) {
                        schedule.remove(key);
                    }
                    self.jobs.remove(&key);
                }
            }
            Command::PollNow(keys) => {
                for key in keys {
                    if let Some(schedule) = self.schedule_of(key) {
                        schedule.poll_now(key, now);
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
                if let Some(schedule) = self.schedule_of(key) {
                    schedule.set_interval(key, interval);
                }
            }
        }
    }

    fn environment(&mut self, key: EnvironmentKey) -> &mut Environment<S> {
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
                condition: Condition::Fine,
            }
        })
    }

    fn schedule_of(&mut self, key: JobKey) -> Option<&mut Schedule> {
        let environment = self.jobs.get(&key)?.environment;
        self.environments
            .get_mut(&environment)
            .map(|each| &mut each.schedule)
    }

    fn settle(&mut self, ended: Result<(task::Id, Result<Job, FetchError>), task::JoinError>) {
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
        let latency = now.duration_since(request.sent);
        let verdict = verdict(&result);
        let error = result.as_ref().err().cloned().map(Arc::new);
        if let Some(each) = self.environments.get_mut(&request.environment) {
            each.schedule.finish(request.key, verdict, now);
        }
        self.tell_condition(request.environment, error.as_ref());
        self.tell_job(request.key, result.ok(), error, latency, now);
    }

    fn tell_job(
        &mut self,
        key: JobKey,
        answer: Option<Job>,
        error: Option<Arc<FetchError>>,
        latency: Duration,
        now: Instant,
    ) {
        let Some(job) = self.jobs.get_mut(&key) else {
            return;
        };
        let schedule = self
            .environments
            .get(&job.environment)
            .map(|each| &each.schedule);
        let wall = Timestamp::now();
        let health = &mut job.snapshot.health;
        health.polls = health.polls.saturating_add(1);
        health.last_poll = Some(wall);
        health.latency = Some(latency);
        health.next_poll = schedule
            .and_then(|schedule| schedule.due(key))
            .map(|due| wall_time(due, now, wall));
        if let Some(error) = error {
            health.errors = health.errors.saturating_add(1);
            let (since, count) = match &health.trouble {
                Some(trouble) => (trouble.since, trouble.count.saturating_add(1)),
                None => (wall, 1),
            };
            health.trouble = Some(Trouble {
                since,
                count,
                error,
            });
        } else {
            health.trouble = None;
            health.last_success = Some(wall);
        }
        let mut transition = None;
        if let Some(answer) = answer {
            let before = job.snapshot.job.as_ref();
            if before.is_none_or(|before| before.status != answer.status) {
                transition = Some(Transition {
                    key,
                    from: before.map(|before| before.status.clone()),
                    to: answer.status.clone(),
                    seen: wall,
                    updated: answer.last_updated.as_ref().and_then(|moment| moment.at),
                });
            }
            if before.is_none_or(|before| before.raw != answer.raw) {
                job.snapshot.job = Some(Arc::new(answer));
            }
        }
        let snapshot = job.snapshot.clone();
        self.outbox.send(|batch: &mut Batch| {
            batch.snapshots.insert(key, snapshot);
            batch.transitions.extend(transition);
        });
    }

    fn tell_condition(&mut self, environment: EnvironmentKey, error: Option<&Arc<FetchError>>) {
        let Some(each) = self.environments.get_mut(&environment) else {
            return;
        };
        let (now, wall) = (Instant::now(), Timestamp::now());
        let since = match &each.condition {
            Condition::Refused { since, .. } | Condition::Outage { since, .. } => *since,
            _ => wall,
        };
        let told = match &each.condition {
            Condition::Refused { error, .. } | Condition::Outage { error, .. } => Some(error),
            _ => None,
        };
        let error = error
            .or(told)
            .cloned()
            .unwrap_or_else(|| Arc::new(FetchError::Internal));
        let condition = match each.schedule.gate() {
            Gate::Open => Condition::Fine,
            Gate::Held(until) if until <= now => Condition::Fine,
            Gate::Held(until) => Condition::Held {
                until: wall_time(until, now, wall),
            },
            Gate::Refused(next) => Condition::Refused {
                since,
                error,
                next: wall_time(next, now, wall),
            },
            Gate::Outage(next) => Condition::Outage {
                since,
                error,
                next: wall_time(next, now, wall),
            },
        };
        if condition != each.condition {
            each.condition = condition.clone();
            self.outbox.send(|batch| {
                batch.conditions.insert(environment, condition);
            });
        }
    }
}

fn wall_time(at: Instant, now: Instant, wall: Timestamp) -> Timestamp {
    let wait = SignedDuration::try_from(at.saturating_duration_since(now)).unwrap_or_default();
    wall.checked_add(wait).unwrap_or(wall)
}

fn verdict(result: &Result<Job, FetchError>) -> Verdict {
    match result {
        Ok(job) => match job.status.state() {
            State::Completed => Verdict::Completed,
            State::Failed | State::Cancelled => Verdict::Ended,
            State::Queued | State::Running | State::Unknown => Verdict::Running,
        },
        Err(FetchError::RateLimited { retry_after, .. }) => Verdict::RateLimited(*retry_after),
        Err(FetchError::NotFound { .. } | FetchError::Rejected { .. }) => Verdict::Absent,
        Err(error) if error.is_refusal() => Verdict::Refused,
        Err(error) if error.is_outage() => Verdict::Outage,
        Err(_) => Verdict::Failure,
    }
}

#[cfg(test)]
mod tests;
