//! A moment of the record as what the watcher would have published until then.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::job::job;
use super::watched::Watched;
use crate::history::{RecordedEvent, RecordedJob, RecordedKind, RecordedMoment, RunStep};
use crate::hotglue::{EnvId, FetchError, FlowId, JobRoot, TenantId, Text};
use crate::watch::{EnvironmentStatus, FailureStreak, Health, JobId, Snapshot, Transition};

/// A moment of the record. See the module's documentation.
#[derive(Debug, Clone)]
pub struct Moment {
    /// The time.
    pub time: Timestamp,
    /// When the dashboard started that was running then.
    pub started: Option<Timestamp>,
    /// What was watched.
    pub watched: Watched,
    /// The rows of which something was known.
    pub rows: Vec<ReplayedRow>,
    /// The environments whose polling was disturbed.
    pub statuses: Vec<(EnvId, EnvironmentStatus)>,
}

/// A row of which something was known.
#[derive(Debug, Clone)]
pub struct ReplayedRow {
    /// The environment.
    pub env_id: EnvId,
    /// Which row it is.
    pub key: RowKey,
    /// The runs that it showed one after the other; never empty.
    pub runs: Vec<ReplayedRun>,
}

/// A run that a row showed.
#[derive(Debug, Clone)]
pub struct ReplayedRun {
    /// What the watcher knew.
    pub snapshot: Snapshot,
    /// The statuses that were seen before the dashboard started.
    pub earlier: Vec<RunStep>,
    /// The statuses that were seen since, and the one before them.
    steps: Vec<RunStep>,
    /// Whether it replaced an earlier run.
    is_new: bool,
}

/// What identifies a row within an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKey {
    /// A watched job.
    Job(JobRoot),
    /// A followed tenant.
    Newest(FlowId, TenantId),
}

impl Moment {
    /// Makes a moment of what was recorded. Takes time that grows with the
    /// number of jobs.
    pub fn new(recorded: RecordedMoment) -> Self {
        let RecordedMoment {
            time,
            list_time: _,
            list,
            started,
            jobs,
            newest,
            disturbed,
        } = recorded;
        let env_id = |index: usize| {
            let environment: Option<&_> = list.environments.get(index);
            environment.and_then(|environment| EnvId::parse(&environment.env_id).ok())
        };
        let disturbed_since: HashMap<&EnvId, Timestamp> = disturbed
            .iter()
            .map(|(event, since)| (&event.env_id, *since))
            .collect();
        let polled = |env_id: &EnvId| disturbed_since.get(env_id).copied().unwrap_or(time);
        let jobs = jobs.into_iter().filter_map(|(index, job)| {
            let env_id = env_id(list.jobs.get(index)?.environment)?;
            let key = RowKey::Job(job.address.job_root.clone());
            Some((env_id, key, vec![job]))
        });
        let newest = newest.into_iter().filter_map(|(environment, runs)| {
            let address = &runs.first()?.address;
            let key = RowKey::Newest(address.flow.clone(), address.tenant.clone());
            Some((env_id(environment)?, key, runs))
        });
        let rows = jobs
            .chain(newest)
            .filter_map(|(env_id, key, recorded)| {
                let polled = polled(&env_id);
                let mut runs: Vec<ReplayedRun> = Vec::new();
                for run in recorded {
                    let is_new = !runs.is_empty();
                    runs.extend(ReplayedRun::new(run, started, polled, is_new));
                }
                (!runs.is_empty()).then_some(ReplayedRow { env_id, key, runs })
            })
            .collect();
        let statuses = disturbed
            .iter()
            .filter_map(|(event, since)| Some((event.env_id.clone(), status(event, *since, time)?)))
            .collect();
        Self {
            time,
            started,
            watched: Watched::new(list),
            rows,
            statuses,
        }
    }
}

impl ReplayedRun {
    /// `None` where it was not polled since the dashboard started.
    fn new(
        recorded: RecordedJob,
        started: Option<Timestamp>,
        polled: Timestamp,
        is_new: bool,
    ) -> Option<Self> {
        let job = job(&recorded)?;
        let mut health = Health {
            last_poll: Some(polled),
            last_success: Some(polled),
            polls: 1,
            ..Health::default()
        };
        // A finished job is not polled again.
        if job.status.is_finished() {
            let seen = recorded.steps.last().map(|step| step.seen);
            health.last_poll = seen;
            health.last_success = seen;
        }
        if let Some((error, since)) = recorded.failure {
            health.last_success = Some(since);
            health.errors = 1;
            health.failure_streak = Some(FailureStreak {
                since,
                count: 1,
                error: Arc::new(FetchError::from_text(&error)),
            });
        }
        let mut steps = recorded.steps;
        let before = started.map_or(0, |started| {
            steps.iter().take_while(|step| step.seen < started).count()
        });
        let earlier = steps[..before].to_vec();
        if started.is_some() && before == steps.len() && recorded.first_seen.is_none() {
            return None;
        }
        // The first poll of the dashboard showed the last status before it.
        steps.drain(..before.saturating_sub(1));
        if let (Some(first), Some(seen)) = (steps.first_mut(), recorded.first_seen)
            && before > 0
        {
            first.seen = seen;
        }
        Some(Self {
            snapshot: Snapshot {
                job: Some(Arc::new(job)),
                address: Some(Arc::new(recorded.address)),
                health,
            },
            earlier,
            steps,
            is_new,
        })
    }

    /// The transitions of the run that the watcher published, in a row with this
    /// id.
    pub fn transitions(&self, id: JobId) -> Vec<Transition> {
        let (Some(job), Some(address)) = (&self.snapshot.job, &self.snapshot.address) else {
            return Vec::new();
        };
        let previous = std::iter::once(None).chain(self.steps.iter().map(Some));
        previous
            .zip(&self.steps)
            .map(|(previous, step)| Transition {
                id,
                address: Arc::clone(address),
                is_new_run: self.is_new && previous.is_none(),
                from: previous.map(|previous| previous.status.clone()),
                to: step.status.clone(),
                job: Arc::clone(job),
                seen: step.seen,
                updated: step.updated,
            })
            .collect()
    }
}

/// The state of an environment after an event; the time of the next attempt is
/// not recorded.
fn status(event: &RecordedEvent, since: Timestamp, time: Timestamp) -> Option<EnvironmentStatus> {
    let error = || {
        let text = event
            .detail
            .clone()
            .unwrap_or_else(|| Text::new("no response"));
        Arc::new(FetchError::from_text(&text))
    };
    match event.kind {
        RecordedKind::RateLimited => Some(EnvironmentStatus::RateLimited { until: time }),
        RecordedKind::Unauthorized => Some(EnvironmentStatus::Unauthorized {
            since,
            error: error(),
            next: time,
        }),
        RecordedKind::Outage => Some(EnvironmentStatus::Outage {
            since,
            error: error(),
            next: time,
        }),
        RecordedKind::Closed | RecordedKind::TenantAdded | RecordedKind::Gate => None,
    }
}
