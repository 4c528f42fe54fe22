//! The ETA of a command's jobs, kept up to date while it polls them. Computed
//! on another thread, since it takes milliseconds.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;

use super::watchlist::{Entry, Watchlist};
use crate::history::{HistoryQuery, Recorder};
use crate::hotglue::{Job, State};
use crate::rollout::{
    Eta, Forecast, ForecastAnswer, ForecastJob, ForecastRequest, ForecastScope, JobEnd,
    JobProgress, LearnedBaselines, ProgressCounts,
};
use crate::watch::{JobId, JobSelector, Snapshot};

/// A job as of its last successful poll.
struct Polled {
    job: Arc<Job>,
    polled: Timestamp,
}

/// The forecast of the jobs of a list.
pub(crate) struct Forecaster {
    forecast: Forecast,
    jobs: BTreeMap<JobId, Polled>,
    /// Runs created at or before this time do not count.
    newer_than: Option<Timestamp>,
    learned: mpsc::UnboundedReceiver<LearnedBaselines>,
    computing: Option<(JoinHandle<ForecastAnswer>, ProgressCounts)>,
    /// The counts of the jobs that the ETA was computed from.
    counts: ProgressCounts,
}

impl Forecaster {
    /// The forecast of the jobs of a list, whose baselines the history is
    /// queried for and `learned` delivers.
    pub(crate) fn new(
        list: &Watchlist,
        recorder: &Recorder,
        newer_than: Option<Timestamp>,
        learned: mpsc::UnboundedReceiver<LearnedBaselines>,
    ) -> Self {
        let flows: HashSet<_> = list
            .entries
            .iter()
            .filter_map(|entry| {
                let client = list.clients.get(&entry.target.environment)?;
                Some((client.env().clone(), entry.target.selector.flow().clone()))
            })
            .collect();
        let roots = list
            .entries
            .iter()
            .filter_map(|entry| match &entry.target.selector {
                JobSelector::Job(address) => Some(address.job_root.clone()),
                JobSelector::Newest { .. } => None,
            });
        if !flows.is_empty() {
            recorder.query(HistoryQuery::PastRuns {
                flows: flows.into_iter().collect(),
                except: roots.collect(),
            });
        }
        Self {
            forecast: Forecast::default(),
            jobs: BTreeMap::new(),
            newer_than,
            learned,
            computing: None,
            counts: ProgressCounts::default(),
        }
    }

    /// Takes the result of a job's latest poll.
    pub(crate) fn take_snapshot(&mut self, list: &Watchlist, id: JobId, snapshot: &Snapshot) {
        let (Some(job), Some(polled)) = (&snapshot.job, snapshot.health.last_success) else {
            return;
        };
        let job = Polled {
            job: Arc::clone(job),
            polled,
        };
        self.jobs.insert(id, job);
        self.update(list, id);
    }

    fn update(&mut self, list: &Watchlist, id: JobId) {
        let (Some(polled), Some(entry)) = (self.jobs.get(&id), list.entry(id)) else {
            return;
        };
        let job = forecast_job(id, entry, polled, self.newer_than);
        self.forecast.update(&job, || None);
    }

    /// Starts a computation where one is due, of jobs with these counts.
    pub(crate) fn refresh(&mut self, now: Timestamp, counts: ProgressCounts) {
        if self.computing.is_some() || self.forecast.due().is_none_or(|due| now < due) {
            return;
        }
        let members = self.jobs.iter().filter_map(|(id, polled)| {
            let state = polled.job.status.state();
            let is_current = is_newer(&polled.job, self.newer_than) && state != State::Unknown;
            is_current.then_some((*id, !state.is_finished()))
        });
        let mut request = ForecastRequest::new(now);
        let not_started = counts.of(JobProgress::NotStarted);
        let snapshot = self.forecast.snapshot(members, not_started);
        request.add(vec![ForecastScope::All], snapshot);
        self.forecast.start(now);
        let task = spawn_blocking(move || request.compute());
        self.computing = Some((task, counts));
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
                self.forecast.finish(answer);
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
        self.forecast.eta(ForecastScope::All)
    }
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

fn is_newer(job: &Job, newer_than: Option<Timestamp>) -> bool {
    let created = job.start_time.as_ref().and_then(|start| start.at);
    newer_than.is_none_or(|limit| created.is_some_and(|created| created > limit))
}

fn forecast_job<'a>(
    id: JobId,
    entry: &'a Entry,
    polled: &'a Polled,
    newer_than: Option<Timestamp>,
) -> ForecastJob<'a> {
    let (job, polled) = (&*polled.job, polled.polled);
    let state = job.status.state();
    let updated = job.last_updated.as_ref().and_then(|moment| moment.at);
    let started = job.start_time.as_ref().and_then(|moment| moment.at);
    let counts = is_newer(job, newer_than) && state != State::Unknown;
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
