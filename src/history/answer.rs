//! Questions to the history, and the answers.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::error::HistoryError;
use super::forecasts::RecordedForecast;
use super::past_runs::PastRun;
use super::replay::{MomentQuery, RecordedMoment, Span};
use super::run::{Run, RunStep};
use super::store::Store;
use crate::hotglue::{EnvId, FlowId, JobAddress, JobRoot, State, TenantId};

/// The most runs of a tenant that a baseline is made from.
pub(crate) const BASELINE_RUNS: usize = 20;
/// The most earlier runs of a tenant in an answer.
const MAX_RUNS: u32 = 12;
/// The most finished runs of a tenant that a job is compared with, and on each
/// side of the start of a rollout.
pub(crate) const COMPARED_RUNS: usize = 50;

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
    /// A moment of the record.
    Moment(MomentQuery),
    /// A question about what was known at a time, with its number.
    At(u64, Timestamp, Box<HistoryQuery>),
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
    /// The moment that the query with this number leads to, if there is one,
    /// and the part of the record that can be visited, if that was asked for.
    Moment(u64, Option<Span>, Option<Box<RecordedMoment>>),
    /// The answer to the question with this number about what was known at a
    /// time.
    At(u64, Box<HistoryAnswer>),
    /// The history is not recorded, and why.
    Unavailable(String),
    /// The database was damaged; it was moved here, and a new one is in use.
    SetAside(PathBuf),
}

impl HistoryAnswer {
    /// What the user should know; `None` of an answer to a question.
    pub fn notice(&self) -> Option<String> {
        match self {
            Self::Steps(_)
            | Self::PastRuns { .. }
            | Self::Runs { .. }
            | Self::RunsBefore(_)
            | Self::RolloutRuns(_)
            | Self::Moment(..)
            | Self::At(..) => None,
            Self::Unavailable(reason) => Some(format!("history not recorded: {reason}")),
            Self::SetAside(path) => Some(format!(
                "the history was damaged and is now {}; a new one is recorded",
                path.display()
            )),
        }
    }
}

impl HistoryAnswer {
    /// Removes what was not known at a time yet.
    fn forget_after(&mut self, time: Timestamp) {
        let is_known = |run: &PastRun| run.finished <= time;
        match self {
            Self::Steps(jobs) => {
                for (_, _, steps) in jobs {
                    steps.retain(|step| step.seen <= time);
                }
            }
            Self::PastRuns { flows, forecasts } => {
                for (_, _, runs) in flows {
                    runs.retain(is_known);
                }
                forecasts.retain(|forecast| forecast.finish.is_some_and(|finish| finish <= time));
            }
            Self::Runs {
                runs,
                last_completed,
                ..
            } => {
                runs.retain(|run| run.last <= time);
                if last_completed.as_ref().is_some_and(|run| run.last > time) {
                    let mut completed = runs.iter();
                    let completed = completed.find(|run| run.status.state() == State::Completed);
                    *last_completed = completed.map(|run| Box::new(run.clone()));
                }
            }
            Self::RunsBefore(jobs) => {
                for (_, _, runs) in jobs {
                    runs.retain(is_known);
                }
            }
            Self::RolloutRuns(rollout) => {
                rollout.before.retain(is_known);
                rollout.after.retain(is_known);
            }
            Self::Moment(..) | Self::At(..) | Self::Unavailable(_) | Self::SetAside(_) => {}
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
            HistoryQuery::Moment(query) => {
                let (span, moment) = self.seek(query)?;
                HistoryAnswer::Moment(query.number, span, moment.map(Box::new))
            }
            HistoryQuery::At(number, time, query) => {
                let mut answer = self.answer(query)?;
                answer.forget_after(*time);
                HistoryAnswer::At(*number, Box::new(answer))
            }
        })
    }
}
