//! The thread that writes and reads the history, so that nothing else waits
//! for the disk. A failure is reported once, and hgtop continues without.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::error::HistoryError;
use super::event::RecordedEvent;
use super::forecasts::RecordedForecast;
use super::observation::Observation;
use super::past_runs::PastRun;
use super::run::{Run, RunStep};
use super::store::{Opened, Store};
use crate::hotglue::{EnvId, FlowId, JobAddress, JobRoot, TenantId};

/// The most runs of a tenant that a baseline is made from.
pub(crate) const BASELINE_RUNS: usize = 20;
/// The most earlier runs of a tenant in an answer.
const MAX_RUNS: u32 = 12;
/// The most finished runs of a tenant that a job is compared with, and on each
/// side of the start of a rollout.
pub(crate) const COMPARED_RUNS: usize = 50;
/// Old runs are removed at the start, and each time this many observations
/// were recorded.
const PRUNE_EVERY: usize = 10_000;
/// How long closing may take.
const CLOSE_LIMIT: Duration = Duration::from_millis(900);

/// A question to the history.
#[derive(Debug, Clone)]
pub enum HistoryQuery {
    /// The statuses that jobs went through.
    Steps(Vec<(EnvId, Arc<JobAddress>)>),
    /// The finished runs of flows, without those of these jobs.
    PastRuns {
        /// The flows.
        flows: Vec<(EnvId, FlowId)>,
        /// The jobs to leave out: those that are watched.
        except: HashSet<JobRoot>,
    },
    /// The finished runs of a flow before and since the start of a rollout.
    RolloutRuns {
        /// The environment.
        env_id: EnvId,
        /// The flow.
        flow: FlowId,
        /// The start.
        since: Timestamp,
    },
    /// The earlier runs of a tenant in a flow, and its last completed one.
    Runs(EnvId, FlowId, TenantId),
    /// The finished runs of the tenants and flows of jobs that started before
    /// a time.
    RunsBefore(Vec<(EnvId, Arc<JobAddress>, Timestamp)>),
}

/// The finished runs of a flow before and since the start of a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutRuns {
    /// The flow.
    pub flow: FlowId,
    /// The start.
    pub since: Timestamp,
    /// The newest runs of each tenant that were created before the start.
    pub before: Vec<PastRun>,
    /// The newest runs of each tenant that were created since then.
    pub after: Vec<PastRun>,
}

/// An answer or a notice of the history.
#[derive(Debug, Clone)]
pub enum HistoryAnswer {
    /// The statuses that recorded jobs went through.
    Steps(Vec<(EnvId, Arc<JobAddress>, Vec<RunStep>)>),
    /// What forecasts are learned from.
    PastRuns {
        /// The newest finished runs of each tenant, by flow.
        flows: Vec<(EnvId, FlowId, Vec<PastRun>)>,
        /// Forecasts of all flows whose finish is known.
        forecasts: Vec<RecordedForecast>,
    },
    /// Earlier runs.
    Runs {
        /// The environment.
        env_id: EnvId,
        /// The flow.
        flow: FlowId,
        /// The tenant.
        tenant: TenantId,
        /// The tenant's runs, newest first.
        runs: Vec<Run>,
        /// The tenant's newest completed run.
        last_completed: Option<Box<Run>>,
    },
    /// The finished runs before those of jobs, newest first.
    RunsBefore(Vec<(EnvId, Arc<JobAddress>, Vec<PastRun>)>),
    /// The finished runs of a rollout and before.
    RolloutRuns(Box<RolloutRuns>),
    /// The history is not recorded, and why.
    Unavailable(String),
    /// The database was damaged; it was moved here, and a new one is in use.
    SetAside(PathBuf),
}

impl HistoryAnswer {
    /// What the user should know; `None` of an answer to a question.
    pub(crate) fn notice(&self) -> Option<String> {
        match self {
            Self::Steps(_)
            | Self::PastRuns { .. }
            | Self::Runs { .. }
            | Self::RunsBefore(_)
            | Self::RolloutRuns(_) => None,
            Self::Unavailable(reason) => Some(format!("history not recorded: {reason}")),
            Self::SetAside(path) => Some(format!(
                "the history was damaged and is now {}; a new one is recorded",
                path.display()
            )),
        }
    }
}

enum Request {
    Record(Vec<Observation>),
    RecordEvents(Vec<RecordedEvent>),
    RecordForecasts(Vec<RecordedForecast>),
    Query(HistoryQuery),
}

/// The handle of the recorder's thread.
#[derive(Debug)]
pub struct Recorder {
    /// `None` once it is closed.
    requests: Option<mpsc::Sender<Request>>,
    /// Disconnects when the thread ends.
    ended: mpsc::Receiver<()>,
    /// Makes the database stop what it does.
    stop: Arc<AtomicBool>,
    /// How many observations are not saved yet, or never will be.
    unsaved: Arc<AtomicUsize>,
}

impl Recorder {
    /// Starts the thread and opens the database on it. `publish` is called on
    /// it with every answer and notice.
    pub fn start(
        open: impl FnOnce() -> Result<Opened, HistoryError> + Send + 'static,
        publish: impl Fn(HistoryAnswer) + Send + 'static,
    ) -> Self {
        let (requests, inbox) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let (stop, unsaved) = (Arc::default(), Arc::default());
        let worker = Worker {
            publish,
            stop: Arc::clone(&stop),
            unsaved: Arc::clone(&unsaved),
            is_failure_published: false,
        };
        // Without a thread, the sender of the end is dropped here, and what
        // is recorded counts as not saved.
        let started = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || {
                let _end: mpsc::Sender<()> = end;
                worker.run(open, &inbox);
            });
        if let Err(error) = started {
            tracing::warn!(%error, "history not recorded");
        }
        Self {
            requests: Some(requests),
            ended,
            stop,
            unsaved,
        }
    }

    /// Records observations.
    pub fn record(&self, observations: Vec<Observation>) {
        self.unsaved.fetch_add(observations.len(), Ordering::SeqCst);
        self.send(Request::Record(observations));
    }

    /// Records events.
    pub(crate) fn record_events(&self, events: Vec<RecordedEvent>) {
        self.unsaved.fetch_add(events.len(), Ordering::SeqCst);
        self.send(Request::RecordEvents(events));
    }

    /// Records forecasts.
    pub(crate) fn record_forecasts(&self, forecasts: Vec<RecordedForecast>) {
        self.send(Request::RecordForecasts(forecasts));
    }

    /// Asks a question, which the thread publishes the answer to.
    pub fn query(&self, query: HistoryQuery) {
        self.send(Request::Query(query));
    }

    /// Saves what was recorded, for at most `limit`; a database that is locked
    /// or slow is left behind. Returns how many observations were not saved,
    /// for whatever reason, since the start.
    pub(crate) fn close(mut self, limit: Duration) -> usize {
        self.finish(limit);
        self.unsaved.load(Ordering::SeqCst)
    }

    fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // It fails only after the thread has ended, which was published.
            let _ = requests.send(request);
        }
    }

    fn finish(&mut self, limit: Duration) {
        if self.requests.take().is_none() {
            return;
        }
        let is_running =
            |timeout| self.ended.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout);
        if is_running(limit * 3 / 4) {
            self.stop.store(true, Ordering::SeqCst);
            if is_running(limit / 4) {
                tracing::warn!("the history was left behind while it was busy");
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.finish(CLOSE_LIMIT);
    }
}

/// What runs on the thread.
struct Worker<P> {
    publish: P,
    stop: Arc<AtomicBool>,
    unsaved: Arc<AtomicUsize>,
    is_failure_published: bool,
}

impl<P: Fn(HistoryAnswer)> Worker<P> {
    fn run(
        mut self,
        open: impl FnOnce() -> Result<Opened, HistoryError>,
        inbox: &mpsc::Receiver<Request>,
    ) {
        let opened = open().and_then(|mut opened| {
            opened.store.stop_on(Arc::clone(&self.stop))?;
            Ok(opened)
        });
        let Opened {
            mut store,
            set_aside,
        } = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.failed(&error);
                return;
            }
        };
        self.set_aside(set_aside);
        let mut recorded = PRUNE_EVERY;
        while let Ok(first) = inbox.recv() {
            let mut observations = Vec::new();
            let mut events = Vec::new();
            let mut forecasts = Vec::new();
            let mut queries = Vec::new();
            for request in std::iter::once(first).chain(inbox.try_iter()) {
                match request {
                    Request::Record(more) => observations.extend(more),
                    Request::RecordEvents(more) => events.extend(more),
                    Request::RecordForecasts(more) => forecasts.extend(more),
                    Request::Query(query) => queries.push(query),
                }
            }
            if !observations.is_empty() {
                let record = |store: &mut Store| store.record(&observations);
                if self.perform(&mut store, record).is_some() {
                    self.unsaved.fetch_sub(observations.len(), Ordering::SeqCst);
                }
                recorded += observations.len();
            }
            if !events.is_empty() {
                let record = |store: &mut Store| store.record_events(&events);
                if self.perform(&mut store, record).is_some() {
                    self.unsaved.fetch_sub(events.len(), Ordering::SeqCst);
                }
                recorded += events.len();
            }
            if !forecasts.is_empty() {
                self.perform(&mut store, |store| store.record_forecasts(&forecasts));
                recorded += forecasts.len();
            }
            for query in queries {
                if let Some(answer) = self.perform(&mut store, |store| store.answer(&query)) {
                    (self.publish)(answer);
                }
            }
            // After the first answers, which a dashboard waits for.
            if recorded >= PRUNE_EVERY {
                recorded = 0;
                self.perform(&mut store, |store| store.prune(Timestamp::now()));
            }
        }
    }

    /// Performs an operation; once more on a new database when this one turns
    /// out to be damaged.
    fn perform<T>(
        &mut self,
        store: &mut Store,
        operation: impl Fn(&mut Store) -> Result<T, HistoryError>,
    ) -> Option<T> {
        let result = match operation(store) {
            Err(error) if error.is_damage() => store.replace_damaged().and_then(|set_aside| {
                self.set_aside(set_aside);
                operation(store)
            }),
            result => result,
        };
        result.inspect_err(|error| self.failed(error)).ok()
    }

    fn set_aside(&self, path: Option<PathBuf>) {
        if let Some(path) = path {
            tracing::warn!(path = %path.display(), "damaged history set aside");
            (self.publish)(HistoryAnswer::SetAside(path));
        }
    }

    fn failed(&mut self, error: &HistoryError) {
        tracing::warn!(%error, "history failed");
        // Quitting stops operations on purpose.
        if !error.is_interrupted() && !std::mem::replace(&mut self.is_failure_published, true) {
            (self.publish)(HistoryAnswer::Unavailable(error.to_string()));
        }
    }
}

impl Store {
    /// Answers a query.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn answer(&self, query: &HistoryQuery) -> Result<HistoryAnswer, HistoryError> {
        Ok(match query {
            HistoryQuery::Steps(jobs) => {
                let mut found = Vec::new();
                for (env_id, address) in jobs {
                    let steps = self.steps(env_id, &address.job_root)?;
                    if !steps.is_empty() {
                        found.push((env_id.clone(), Arc::clone(address), steps));
                    }
                }
                HistoryAnswer::Steps(found)
            }
            HistoryQuery::PastRuns { flows, except } => {
                let mut found = Vec::new();
                for (env_id, flow) in flows {
                    let mut runs = self.past_runs(env_id, flow, None, BASELINE_RUNS)?;
                    runs.retain(|run| !except.contains(&run.job_root));
                    found.push((env_id.clone(), flow.clone(), runs));
                }
                HistoryAnswer::PastRuns {
                    flows: found,
                    forecasts: self.past_forecasts()?,
                }
            }
            HistoryQuery::RolloutRuns {
                env_id,
                flow,
                since,
            } => {
                let mut after = self.past_runs(env_id, flow, None, COMPARED_RUNS)?;
                after.retain(|run| run.started >= *since);
                HistoryAnswer::RolloutRuns(Box::new(RolloutRuns {
                    flow: flow.clone(),
                    since: *since,
                    before: self.past_runs(env_id, flow, Some(*since), COMPARED_RUNS)?,
                    after,
                }))
            }
            HistoryQuery::Runs(env_id, flow, tenant) => HistoryAnswer::Runs {
                env_id: env_id.clone(),
                flow: flow.clone(),
                tenant: tenant.clone(),
                runs: self.runs(env_id, flow, Some(tenant), MAX_RUNS)?,
                last_completed: self.last_completed(env_id, flow, tenant)?.map(Box::new),
            },
            HistoryQuery::RunsBefore(jobs) => {
                let mut found = Vec::new();
                for (env_id, address, before) in jobs {
                    let JobAddress { flow, tenant, .. } = &**address;
                    let runs =
                        self.past_runs_of_tenant(env_id, flow, tenant, *before, COMPARED_RUNS)?;
                    found.push((env_id.clone(), Arc::clone(address), runs));
                }
                HistoryAnswer::RunsBefore(found)
            }
        })
    }
}
