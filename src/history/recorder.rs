//! The thread that writes and reads the past, so that nobody waits for a
//! disk. What was told to it is written in batches; what cannot be written is
//! told once, and the program goes on without.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use jiff::Timestamp;

use super::{Baseline, HistoryError, Observation, Run, RunStep, Store};
use crate::hotglue::{EnvId, FlowId, JobAddress, TenantId, Text};

/// The most earlier runs that are recalled of a tenant.
const MOST_RUNS: u32 = 12;

/// What is wanted of the past.
#[derive(Debug, Clone)]
pub enum HistoryQuery {
    /// The statuses that jobs went through.
    Steps(Vec<(EnvId, Arc<JobAddress>)>),
    /// What is usual for flows.
    Baseline(Vec<(EnvId, FlowId)>),
    /// The earlier runs of a tenant in a flow, and its last good one.
    Runs(EnvId, FlowId, TenantId),
}

/// What was recalled.
#[derive(Debug, Clone)]
pub enum HistoryAnswer {
    /// The statuses of jobs that were seen before.
    Steps(Vec<(EnvId, Arc<JobAddress>, Vec<RunStep>)>),
    /// What is usual, by flow and tap.
    Baseline(Vec<(EnvId, FlowId, Text, Baseline)>),
    /// Earlier runs, newest first, and the last good one.
    Runs {
        /// The environment.
        env_id: EnvId,
        /// The flow.
        flow: FlowId,
        /// The tenant.
        tenant: TenantId,
        /// Its runs, newest first.
        runs: Vec<Run>,
        /// Its last completed run.
        last_good: Option<Box<Run>>,
    },
    /// The past is not kept, and why.
    Lost(String),
}

enum Job {
    Record(Vec<Observation>),
    HistoryQuery(HistoryQuery),
}

/// The handle of the thread. What was told to it is written before it ends.
#[derive(Debug)]
pub struct Recorder {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Starts the thread; the database is opened there. `publish` is called there
    /// with what was recalled.
    pub fn start(
        open: impl FnOnce() -> Result<Store, HistoryError> + Send + 'static,
        publish: impl Fn(HistoryAnswer) + Send + 'static,
    ) -> Self {
        let (jobs, inbox) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || run(open, &inbox, &publish))
            .ok();
        Self {
            jobs: Some(jobs),
            thread,
        }
    }

    /// Writes sightings down.
    pub fn record(&self, observations: Vec<Observation>) {
        self.send(Job::Record(observations));
    }

    /// Asks for something of the past.
    pub fn query_history(&self, query_history: HistoryQuery) {
        self.send(Job::HistoryQuery(query_history));
    }

    fn send(&self, job: Job) {
        if let Some(jobs) = &self.jobs {
            // It can only fail after the thread has ended, which it told.
            let _ = jobs.send(job);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    open: impl FnOnce() -> Result<Store, HistoryError>,
    inbox: &mpsc::Receiver<Job>,
    publish: &impl Fn(HistoryAnswer),
) {
    let mut store = match open() {
        Ok(store) => store,
        Err(error) => {
            tracing::warn!(%error, "the history cannot be used");
            publish(HistoryAnswer::Lost(error.to_string()));
            return;
        }
    };
    if let Err(error) = store.prune(Timestamp::now()) {
        tracing::warn!(%error, "the history could not be shortened");
    }
    let mut told = false;
    let mut failed = |error: HistoryError| {
        tracing::warn!(%error, "the history does not work");
        if !std::mem::replace(&mut told, true) {
            publish(HistoryAnswer::Lost(error.to_string()));
        }
    };
    while let Ok(first) = inbox.recv() {
        let mut observations = Vec::new();
        let mut questions = Vec::new();
        for job in std::iter::once(first).chain(inbox.try_iter()) {
            match job {
                Job::Record(more) => observations.extend(more),
                Job::HistoryQuery(query_history) => questions.push(query_history),
            }
        }
        if !observations.is_empty()
            && let Err(error) = store.record(&observations)
        {
            failed(error);
        }
        for question in questions {
            match answer(&store, question) {
                Ok(history_answered) => publish(history_answered),
                Err(error) => failed(error),
            }
        }
    }
}

fn answer(store: &Store, query_history: HistoryQuery) -> Result<HistoryAnswer, HistoryError> {
    Ok(match query_history {
        HistoryQuery::Steps(jobs) => {
            let mut found = Vec::new();
            for (env_id, address) in jobs {
                let steps = store.steps(&env_id, &address.job_root)?;
                if !steps.is_empty() {
                    found.push((env_id, address, steps));
                }
            }
            HistoryAnswer::Steps(found)
        }
        HistoryQuery::Baseline(flows) => {
            let mut found = Vec::new();
            for (env_id, flow) in flows {
                let baseline = store.baseline(&env_id, &flow)?;
                let baseline = baseline.into_iter();
                found.extend(
                    baseline.map(|(tap, baseline)| (env_id.clone(), flow.clone(), tap, baseline)),
                );
            }
            HistoryAnswer::Baseline(found)
        }
        HistoryQuery::Runs(env_id, flow, tenant) => {
            let runs = store.runs(&env_id, &flow, Some(&tenant), MOST_RUNS)?;
            let last_good = store.last_good(&env_id, &flow, &tenant)?.map(Box::new);
            HistoryAnswer::Runs {
                env_id,
                flow,
                tenant,
                runs,
                last_good,
            }
        }
    })
}
