//! The simulated service of an environment: it answers from the lives of its
//! jobs, late, and not at all while a fault says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use hgtop::hotglue::{
    DecodeError, FetchError, FlowId, Job, JobAddress, JobRoot, ListedJob, TenantId, Text,
    Unreachable,
};
use hgtop::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::clock::Clock;
use super::ledger::{Ledger, Sent};
use super::life::Life;
use super::plan::{FaultKind, Plan};

/// How long the real client waits for a response.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// One environment of the service.
#[derive(Clone)]
pub(crate) struct Service {
    environment: usize,
    shared: Arc<Shared>,
}

/// All environments of the service.
pub(crate) struct Shared {
    clock: Clock,
    state: Mutex<State>,
}

pub(crate) struct State {
    rng: Rng,
    latency: Duration,
    /// How often the machine slept: a connection does not survive that.
    sleeps: u32,
    faults: Vec<ActiveFault>,
    environments: Vec<Environment>,
}

struct Environment {
    ledger: Ledger,
    lives: HashMap<String, Life>,
    /// The roots of the runs of each followed tenant.
    follows: HashMap<String, Vec<String>>,
}

/// A fault that lasts.
struct ActiveFault {
    number: usize,
    environment: usize,
    root: Option<String>,
    kind: FaultKind,
    share: f64,
}

impl Shared {
    pub(crate) fn new(plan: &Plan, clock: &Clock) -> Arc<Self> {
        let mut environments: Vec<_> = (0..plan.environments)
            .map(|_| Environment {
                ledger: Ledger::new(plan.rate, plan.concurrency, plan.latency),
                lives: HashMap::new(),
                follows: HashMap::new(),
            })
            .collect();
        for (environment, life) in &plan.jobs {
            let lives = &mut environments[*environment].lives;
            lives.insert(life.root.clone(), life.clone());
        }
        for (number, (environment, runs)) in plan.follows.iter().enumerate() {
            let environment = &mut environments[*environment];
            let roots = runs.iter().map(|life| life.root.clone()).collect();
            environment.follows.insert(format!("t{number}"), roots);
            let runs = runs.iter().map(|life| (life.root.clone(), life.clone()));
            environment.lives.extend(runs);
        }
        Arc::new(Self {
            clock: clock.clone(),
            state: Mutex::new(State {
                rng: Rng::with_seed(1),
                latency: plan.latency,
                sleeps: 0,
                faults: Vec::new(),
                environments,
            }),
        })
    }

    /// The service of an environment.
    pub(crate) fn service(self: &Arc<Self>, environment: usize) -> Service {
        Service {
            environment,
            shared: Arc::clone(self),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn ledger(&mut self, environment: usize) -> &mut Ledger {
        &mut self.environments[environment].ledger
    }

    pub(crate) fn ledgers(&mut self) -> impl Iterator<Item = &mut Ledger> {
        self.environments
            .iter_mut()
            .map(|environment| &mut environment.ledger)
    }

    /// Takes in a job that the plan does not have.
    pub(crate) fn add_life(&mut self, environment: usize, life: Life) {
        let lives = &mut self.environments[environment].lives;
        lives.insert(life.root.clone(), life);
    }

    /// Open connections do not survive that the machine slept.
    pub(crate) fn sleep(&mut self) {
        self.sleeps += 1;
    }

    pub(crate) fn begin_fault(&mut self, plan: &Plan, number: usize) {
        let fault = plan.faults[number];
        self.faults.push(ActiveFault {
            number,
            environment: fault.environment,
            root: fault.job.map(|job| plan.jobs[job].1.root.clone()),
            kind: fault.kind,
            share: fault.share,
        });
    }

    pub(crate) fn end_fault(&mut self, number: usize) {
        self.faults.retain(|fault| fault.number != number);
    }

    /// How the request for a job, or another one, fails now.
    fn fault(&mut self, environment: usize, root: Option<&str>) -> Option<FaultKind> {
        let Self { rng, faults, .. } = self;
        let hit = faults.iter().find(|fault| {
            fault.environment == environment
                && fault
                    .root
                    .as_deref()
                    .is_none_or(|affected| root == Some(affected))
                && rng.f64() < fault.share
        });
        hit.map(|fault| fault.kind)
    }
}

/// A request in flight. Dropped, the request has ended, answered or not.
struct Flight<'a> {
    service: &'a Service,
    name: String,
    request: Sent,
    sent: Instant,
    sleeps: u32,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut state = self.service.shared.lock();
        let ledger = state.ledger(self.service.environment);
        ledger.end(&self.name, self.request);
    }
}

impl Flight<'_> {
    /// Lets the response travel; the machine may have slept meanwhile.
    async fn travel(&self, latency: Duration) -> Result<(), FetchError> {
        sleep(latency).await;
        if self.service.shared.lock().sleeps == self.sleeps {
            return Ok(());
        }
        sleep_until(self.sent + TIMEOUT).await;
        Err(FetchError::TimedOut)
    }
}

impl Service {
    fn send(&self, name: &str, root: Option<&str>) -> (Flight<'_>, Option<FaultKind>, Duration) {
        let mut state = self.shared.lock();
        let request = state.ledger(self.environment).send(name);
        let fault = state.fault(self.environment, root);
        let latency = state.latency.mul_f64(0.5 + state.rng.f64());
        let flight = Flight {
            service: self,
            name: name.to_owned(),
            request,
            sent: Instant::now(),
            sleeps: state.sleeps,
        };
        (flight, fault, latency)
    }

    fn fail(&self, name: &str, error: &FetchError) {
        self.shared
            .lock()
            .ledger(self.environment)
            .fail(name, error);
    }

    async fn status(&self, root: &str) -> Result<Arc<Job>, FetchError> {
        let (flight, fault, latency) = self.send(root, Some(root));
        if let Some(kind) = fault {
            return Err(failure(kind, latency).await);
        }
        let response = {
            let mut state = self.shared.lock();
            let life = state.environments[self.environment].lives.get_mut(root);
            let now = self.shared.clock.true_millis();
            life.and_then(|life| Some(life.response(life.place(now)?, &self.shared.clock)))
        };
        flight.travel(latency).await?;
        let job = response.ok_or(FetchError::NotFound { message: None })?;
        let mut state = self.shared.lock();
        state.ledger(self.environment).deliver(root, &job);
        Ok(job)
    }

    async fn list(&self, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, FetchError> {
        let name = tenant.as_str();
        let (flight, fault, latency) = self.send(name, None);
        if let Some(kind) = fault {
            return Err(failure(kind, latency).await);
        }
        let listed = {
            let mut state = self.shared.lock();
            let now = self.shared.clock.true_millis();
            let Environment { lives, follows, .. } = &mut state.environments[self.environment];
            let roots = follows.get(name).map_or(&[][..], Vec::as_slice);
            let newest_first = roots.iter().rev().filter_map(|root| {
                let life = lives.get_mut(root)?;
                let job = life.response(life.place(now)?, &self.shared.clock);
                Some(ListedJob {
                    job: (*job).clone(),
                    address: JobAddress {
                        flow: flow.clone(),
                        tenant: tenant.clone(),
                        job_root: JobRoot::parse(root).ok()?,
                    },
                })
            });
            newest_first.collect()
        };
        flight.travel(latency).await?;
        self.shared
            .lock()
            .ledger(self.environment)
            .deliver_list(name);
        Ok(listed)
    }
}

/// Fails as a kind of fault does, after the time that it takes.
async fn failure(kind: FaultKind, latency: Duration) -> FetchError {
    match kind {
        FaultKind::Timeout => sleep(TIMEOUT).await,
        FaultKind::Unreachable => sleep(Duration::from_millis(1)).await,
        _ => sleep(latency).await,
    }
    match kind {
        FaultKind::Timeout => FetchError::TimedOut,
        FaultKind::Unreachable => FetchError::Unreachable {
            host: Text::new("simulation"),
            cause: Unreachable::Refused,
        },
        FaultKind::Interrupted => FetchError::Interrupted,
        FaultKind::ServerError => FetchError::Server {
            status: 503,
            message: None,
        },
        FaultKind::RateLimited(retry_after) => FetchError::RateLimited {
            status: 429,
            retry_after,
        },
        FaultKind::Unauthorized | FaultKind::Forbidden => FetchError::Unauthorized {
            status: if kind == FaultKind::Forbidden {
                403
            } else {
                401
            },
            message: None,
        },
        FaultKind::NotFound => FetchError::Rejected {
            status: 404,
            message: None,
        },
        FaultKind::Garbage => FetchError::Malformed(DecodeError::NotJson { html: true }),
        FaultKind::WrongJob => FetchError::WrongJob {
            received: Text::new("someone/flows/else/jobs/x"),
        },
    }
}

impl watch::Service for Service {
    async fn job_status(
        &self,
        job: &JobAddress,
        _known: Option<&Arc<Job>>,
    ) -> Result<Arc<Job>, FetchError> {
        let root = job.job_root.as_str();
        let result = self.status(root).await;
        if let Err(error) = &result {
            self.fail(root, error);
        }
        result
    }

    async fn jobs(&self, flow: &FlowId, tenant: &TenantId) -> Result<Vec<ListedJob>, FetchError> {
        let result = self.list(flow, tenant).await;
        if let Err(error) = &result {
            self.fail(tenant.as_str(), error);
        }
        result
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, FetchError> {
        Ok(Vec::new())
    }
}
