//! The report of a rollout that `H` writes: what it is made from.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::config::Follow;
use crate::hotglue::{EnvId, Job, JobAddress, TenantId, Text};
use crate::rollout::JobProgress;
use crate::watch::{EnvironmentId, FollowId};

/// A report to write, from what the dashboard knows of the rollout.
#[derive(Debug, Clone)]
pub struct ReportRequest {
    /// The file, in the format of its extension; HTML for any other.
    pub(crate) file: String,
    pub(crate) follow: Follow<EnvironmentId>,
    /// The name of the environment.
    pub(crate) environment: Text,
    pub(crate) env_id: EnvId,
    pub(crate) jobs: Vec<ReportedJob>,
    pub(crate) now: Timestamp,
}

/// An expected job, as of its last successful poll.
#[derive(Debug, Clone)]
pub(crate) struct ReportedJob {
    pub(crate) tenant: TenantId,
    pub(crate) state: ReportedState,
}

/// What is known of an expected job.
#[derive(Debug, Clone)]
pub(crate) enum ReportedState {
    /// Its newest run counts.
    Run(Arc<JobAddress>, Arc<Job>, Timestamp),
    /// It has no run since the start.
    NotStarted,
    /// Why its state is not known.
    Undetermined(String),
}

impl ReportedJob {
    /// The job of a row in a followed flow; `None` where it belongs to others.
    fn new(row: &Row, follow: FollowId) -> Option<Self> {
        let snapshot = &row.snapshot;
        let known = (
            &snapshot.address,
            &snapshot.job,
            snapshot.health.last_success,
        );
        let state = match (row.progress_in(follow)?, known) {
            (JobProgress::NotStarted, _) => ReportedState::NotStarted,
            (JobProgress::Pending, _) => {
                ReportedState::Undetermined("pending first poll".to_owned())
            }
            (_, (Some(address), Some(job), Some(polled))) => {
                ReportedState::Run(Arc::clone(address), Arc::clone(job), polled)
            }
            (_, _) => {
                let streak = snapshot.health.failure_streak.as_ref();
                let error = streak.map(|streak| streak.error.to_string());
                ReportedState::Undetermined(error.unwrap_or_else(|| "not polled".to_owned()))
            }
        };
        Some(Self {
            tenant: row.selector.tenant().clone(),
            state,
        })
    }
}

impl Model {
    /// The followed flow of the selected row, else the rollout that the header
    /// shows.
    pub(in crate::app) fn reported_follow(&self) -> Option<FollowId> {
        let of_row = self.jobs.selected().and_then(Row::latest_follow);
        of_row.or_else(|| self.shown_rollout().map(|rollout| rollout.id))
    }

    /// The request of a report, from the newest polls.
    pub(in crate::app) fn report_request(
        &self,
        id: FollowId,
        file: String,
    ) -> Option<ReportRequest> {
        let (_, followed) = self.follows.iter().find(|(known, _)| *known == id)?;
        let follow = followed.flow.clone();
        let environment = self.environments.get(follow.environment)?;
        let jobs = self.jobs.all();
        Some(ReportRequest {
            file,
            environment: environment.name().clone(),
            env_id: environment.env_id().clone(),
            jobs: jobs.filter_map(|row| ReportedJob::new(row, id)).collect(),
            follow,
            now: self.now,
        })
    }
}
