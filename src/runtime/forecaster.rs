//! The ETA of a command's jobs, kept up to date while it polls them. Computed
//! on another thread, since it takes milliseconds.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use super::poll_once::PollResult;
use super::watchlist::{Entry, Watchlist};
use crate::history::{HistoryQuery, Recorder};
use crate::hotglue::{FlowId, Job, JobAddress, State};
use crate::rollout::{
    Eta, FlowBaseline, Forecast, ForecastAnswer, ForecastJob, ForecastRequest, ForecastScope,
    JobEnd, JobProgress, LearnedBaselines, ProgressCounts, RolloutForecast,
};
use crate::watch::{EnvironmentId, JobId, JobSelector, Snapshot};

/// The shortest time between two queries of the past runs of the same flows.
const RELEARN: SignedDuration = SignedDuration::from_hours(1);

/// A job as of its last successful poll.
struct KnownJob {
    job: Arc<Job>,
    address: Option<Arc<JobAddress>>,
    polled: Timestamp,
}

impl KnownJob {
    fn is_finished(&self) -> bool {
        self.job.status.is_finished()
    }
}

/// The forecast of the jobs of a list.
pub(crate) struct Forecaster {
    forecast: Forecast,
    jobs: BTreeMap<JobId, KnownJob>,
    /// The flows of the polled jobs.
    flows: BTreeSet<(EnvironmentId, FlowId)>,
    /// Whether there is an ETA of all jobs in addition to those of the flows.
    has_total: bool,
    learned: mpsc::UnboundedReceiver<LearnedBaselines>,
    /// The flows whose past runs were queried, and when all of them were.
    queried: (BTreeSet<(EnvironmentId, FlowId)>, Timestamp),
    /// Whether a job finished since then.
    has_finished: bool,
    computing: Option<(JoinHandle<ForecastAnswer>, ProgressCounts)>,
    /// The counts of the jobs that the ETA was computed from.
    counts: ProgressCounts,
    /// The tenants without a run, of which some are of a flow.
    not_started: BTreeSet<JobId>,
    /// Forecasts to record.
    unrecorded: Vec<(ForecastScope, RolloutForecast)>,
}

impl Forecaster {
    /// The forecast of all jobs of a list and of each of its flows, whose
    /// baselines `learned` delivers.
    pub(crate) fn new(
        list: &Watchlist,
        learned: mpsc::UnboundedReceiver<LearnedBaselines>,
    ) -> Self {
        let flows = list.entries.iter().map(flow_of).collect();
        Self {
            forecast: Forecast::default(),
            jobs: BTreeMap::new(),
            flows,
            has_total: true,
            learned,
            queried: (BTreeSet::new(), Timestamp::MIN),
            has_finished: false,
            computing: None,
            counts: ProgressCounts::default(),
            not_started: BTreeSet::new(),
            unrecorded: Vec::new(),
        }
    }

    /// The forecast of each flow alone.
    pub(crate) fn of_flows(
        list: &Watchlist,
        learned: mpsc::UnboundedReceiver<LearnedBaselines>,
    ) -> Self {
        Self {
            has_total: false,
            ..Self::new(list, learned)
        }
    }

    /// Takes the result of a job's latest poll.
    pub(crate) fn take_snapshot(&mut self, list: &Watchlist, id: JobId, snapshot: &Snapshot) {
        let (Some(job), Some(polled)) = (&snapshot.job, snapshot.health.last_success) else {
            if snapshot.health.last_success.is_some() {
                self.not_started.insert(id);
            }
            return;
        };
        self.not_started.remove(&id);
        let address = snapshot.address.clone();
        let was_finished = self.jobs.get(&id).is_some_and(KnownJob::is_finished);
        let known = KnownJob {
            job: Arc::clone(job),
            address,
            polled,
        };
        self.has_finished |= known.is_finished() && !was_finished;
        self.flows.extend(list.entry(id).map(flow_of));
        self.jobs.insert(id, known);
        self.update(list, id);
    }

    fn update(&mut self, list: &Watchlist, id: JobId) {
        let (Some(polled), Some(entry)) = (self.jobs.get(&id), list.entry(id)) else {
            return;
        };
        let job = forecast_job(id, entry, polled);
        self.forecast.update(&job, || None);
    }

    /// Starts a computation where one is due, of jobs with these counts, and
    /// queries the history for the baselines of new flows; for all of them
    /// again once an hour after jobs finished.
    pub(crate) fn refresh(
        &mut self,
        list: &Watchlist,
        recorder: &Recorder,
        now: Timestamp,
        counts: ProgressCounts,
    ) {
        self.query_past_runs(list, recorder, now);
        self.record(list, recorder);
        if self.computing.is_some() || self.forecast.due().is_none_or(|due| now < due) {
            return;
        }
        let not_started = counts.of(JobProgress::NotStarted);
        let mut request = ForecastRequest::new(now);
        let mut all: Vec<ForecastScope> = Vec::new();
        all.extend(self.has_total.then_some(ForecastScope::All));
        if let [(environment, flow)] = &Vec::from_iter(&self.flows)[..] {
            all.push(ForecastScope::Flow(*environment, flow.clone()));
        } else {
            for (environment, flow) in &self.flows {
                let is_member = |entry: &Entry| {
                    entry.target.environment == *environment && entry.target.selector.flow() == flow
                };
                let entries = self.not_started.iter().filter_map(|id| list.entry(*id));
                let not_started = entries.filter(|entry| is_member(entry)).count();
                let members = self.members(list, is_member);
                let snapshot = self.forecast.snapshot(members, not_started);
                let scope = ForecastScope::Flow(*environment, flow.clone());
                request.add(vec![scope], snapshot);
            }
        }
        if !all.is_empty() {
            let snapshot = self
                .forecast
                .snapshot(self.members(list, |_| true), not_started);
            request.add(all, snapshot);
        }
        self.forecast.start(now);
        let task = spawn_blocking(move || request.compute());
        self.computing = Some((task, counts));
    }

    /// The polled jobs that count, each once, and whether each is unfinished.
    fn members<'a>(
        &'a self,
        list: &'a Watchlist,
        is_member: impl Fn(&Entry) -> bool + 'a,
    ) -> impl Iterator<Item = (JobId, bool)> + 'a {
        // A job may be given and followed too.
        let mut known = HashSet::new();
        self.jobs.iter().filter_map(move |(id, polled)| {
            let entry = list.entry(*id).filter(|entry| is_member(entry))?;
            let address = match (&polled.address, &entry.target.selector) {
                (Some(address), _) | (None, JobSelector::Job(address)) => Some(address),
                (None, JobSelector::Newest { .. }) => None,
            };
            let root = address.map(|address| (entry.target.environment, &address.job_root));
            let is_new = root.is_none_or(|root| known.insert(root));
            let counts = counts(entry, &polled.job);
            (is_new && counts).then_some((*id, !polled.is_finished()))
        })
    }

    fn record(&mut self, list: &Watchlist, recorder: &Recorder) {
        let unrecorded = std::mem::take(&mut self.unrecorded).into_iter();
        let records = unrecorded.filter_map(|(scope, forecast)| match scope {
            ForecastScope::Flow(environment, flow) => {
                let env_id = list.clients.get(&environment)?.env().clone();
                Some(forecast.record(env_id, flow))
            }
            ForecastScope::All | ForecastScope::Follow(_) => None,
        });
        let records: Vec<_> = records.collect();
        if !records.is_empty() {
            recorder.record_forecasts(records);
        }
    }

    fn query_past_runs(&mut self, list: &Watchlist, recorder: &Recorder, now: Timestamp) {
        let (queried, time) = &self.queried;
        let is_outdated = self.has_finished && now.duration_since(*time) >= RELEARN;
        if self.flows.is_subset(queried) && !is_outdated {
            return;
        }
        let flows = self.flows.iter().filter_map(|(environment, flow)| {
            let client = list.clients.get(environment)?;
            Some((client.env().clone(), flow.clone()))
        });
        let given = list
            .entries
            .iter()
            .filter_map(|entry| match &entry.target.selector {
                JobSelector::Job(address) => Some(address),
                JobSelector::Newest { .. } => None,
            });
        let polled = self
            .jobs
            .values()
            .filter_map(|known| known.address.as_ref());
        recorder.query(HistoryQuery::PastRuns {
            flows: flows.collect(),
            except: given.chain(polled).map(|it| it.job_root.clone()).collect(),
        });
        self.queried = (self.flows.clone(), now);
        self.has_finished = false;
    }

    /// Waits until the ETA may have changed, or until a computation is due.
    /// Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self, list: &Watchlist) {
        let due = self.forecast.due();
        let wait = due.map(|due| Timestamp::now().duration_until(due));
        let wait = wait.map(|wait| Duration::try_from(wait).unwrap_or_default());
        tokio::select! {
            Some(learned) = self.learned.recv() => self.learn(list, learned),
            answer = computed(&mut self.computing) => {
                if let Some((_, counts)) = self.computing.take() {
                    self.counts = counts;
                }
                self.unrecorded.extend(self.forecast.finish(answer));
            }
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => {}
        }
    }

    fn learn(&mut self, list: &Watchlist, learned: LearnedBaselines) {
        for (env_id, flow, baseline) in learned.baselines {
            let mut clients = list.clients.iter();
            if let Some((id, _)) = clients.find(|(_, client)| *client.env() == env_id) {
                self.forecast.set_baseline(*id, flow, baseline);
            }
        }
        self.forecast.set_calibration(learned.calibration);
        for (env_id, flow, calibration) in learned.flow_calibrations {
            let mut clients = list.clients.iter();
            if let Some((id, _)) = clients.find(|(_, client)| *client.env() == env_id) {
                self.forecast.set_flow_calibration(*id, flow, calibration);
            }
        }
        let ids: Vec<JobId> = self.jobs.keys().copied().collect();
        for id in ids {
            self.update(list, id);
        }
    }

    /// The counts of the jobs that the ETA was computed from.
    pub(crate) fn counts(&self) -> &ProgressCounts {
        &self.counts
    }

    /// The ETA, where it can be forecast.
    pub(crate) fn eta(&self) -> Option<&Eta> {
        self.forecast.eta(&ForecastScope::All)
    }

    /// The ETAs of the flows that have one.
    pub(crate) fn flow_etas(&self) -> impl Iterator<Item = (EnvironmentId, &FlowId, &Eta)> {
        self.forecast.etas().filter_map(|(scope, eta)| match scope {
            ForecastScope::Flow(environment, flow) => Some((*environment, flow, eta)),
            ForecastScope::All | ForecastScope::Follow(_) => None,
        })
    }
}

/// The ETA of a rollout whose jobs were polled once, where it can be forecast.
/// Takes milliseconds.
pub(crate) fn eta_of_results(
    list: &Watchlist,
    flow: (EnvironmentId, &FlowId, FlowBaseline),
    results: &BTreeMap<JobId, PollResult>,
    now: Timestamp,
) -> Option<Eta> {
    let mut forecast = Forecast::default();
    let (environment, flow, baseline) = flow;
    forecast.set_baseline(environment, flow.clone(), baseline);
    let mut members = Vec::new();
    let mut not_started = 0;
    for entry in &list.entries {
        let id = entry.target.id;
        match results.get(&id) {
            Some(PollResult::Run(address, job, polled)) => {
                let polled = KnownJob {
                    job: Arc::clone(job),
                    address: Some(Arc::clone(address)),
                    polled: *polled,
                };
                forecast.update(&forecast_job(id, entry, &polled), || None);
                members.push((id, !job.status.is_finished()));
            }
            Some(PollResult::NotStarted) => not_started += 1,
            Some(PollResult::Unlinked | PollResult::Failed(_)) | None => {}
        }
    }
    let mut request = ForecastRequest::new(now);
    let snapshot = forecast.snapshot(members, not_started);
    request.add(vec![ForecastScope::All], snapshot);
    forecast.finish(request.compute());
    forecast.eta(&ForecastScope::All).cloned()
}

/// The result of a computation; pending without one.
async fn computed(
    computing: &mut Option<(JoinHandle<ForecastAnswer>, ProgressCounts)>,
) -> ForecastAnswer {
    match computing {
        Some((task, _)) => task.await.unwrap_or_default(),
        None => std::future::pending().await,
    }
}

fn flow_of(entry: &Entry) -> (EnvironmentId, FlowId) {
    let target = &entry.target;
    (target.environment, target.selector.flow().clone())
}

/// Whether a run is part of the rollout.
fn counts(entry: &Entry, job: &Job) -> bool {
    entry.counts(job) && job.status.state() != State::Unknown
}

fn forecast_job<'a>(id: JobId, entry: &'a Entry, polled: &'a KnownJob) -> ForecastJob<'a> {
    let (job, polled) = (&*polled.job, polled.polled);
    let state = job.status.state();
    let updated = job.last_updated.as_ref().and_then(|moment| moment.at);
    let started = job.start_time.as_ref().and_then(|moment| moment.at);
    let counts = counts(entry, job);
    ForecastJob {
        id,
        environment: entry.target.environment,
        flow: entry.target.selector.flow(),
        tenant: entry.target.selector.tenant(),
        tap: job.tap.as_ref(),
        started: started.filter(|_| counts),
        end: state.is_finished().then(|| JobEnd {
            at: updated.unwrap_or(polled),
            completed: state == State::Completed,
        }),
        polled: Some(polled),
    }
}
