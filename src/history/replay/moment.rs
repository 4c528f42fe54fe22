//! The jobs as they were known at a time. Every query follows an index, so that
//! its cost grows with the list and not with the history.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::job::{Reader, RecordedJob};
use super::job_list::{JobList, ListedEnvironment, ListedFollow};
use crate::history::error::HistoryError;
use crate::history::event::{RecordedEvent, RecordedKind};
use crate::history::store::Store;
use crate::history::texts::find;
use crate::hotglue::{EnvId, FlowId, JobAddress, JobRoot, TenantId};

/// What was known at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMoment {
    /// The time.
    pub time: Timestamp,
    /// Since when the list was watched; `None` for a list that is derived from
    /// the recorded runs.
    pub list_time: Option<Timestamp>,
    /// What was watched.
    pub list: JobList,
    /// When the dashboard started that was running then.
    pub started: Option<Timestamp>,
    /// The watched jobs that were known, in the order of the list.
    pub jobs: Vec<(usize, RecordedJob)>,
    /// The runs of each followed tenant that were the newest ones one after the
    /// other since the dashboard started, by the index of the environment; never
    /// empty.
    pub newest: Vec<(usize, Vec<RecordedJob>)>,
    /// The last event of each environment whose polling was disturbed, and when
    /// that began.
    pub disturbed: Vec<(RecordedEvent, Timestamp)>,
}

impl Store {
    /// What was known at a time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn moment(&self, time: Timestamp) -> Result<RecordedMoment, HistoryError> {
        let (list_time, list) = match self.list_at(time)? {
            Some((list_time, list)) => (Some(list_time), list),
            None => (None, self.derived_list()?),
        };
        let started = self.start_before(time)?;
        let mut reader = Reader::new(&self.connection, time, started)?;
        let environments: Vec<Option<i64>> = list
            .environments
            .iter()
            .map(|environment| find(&self.connection, &environment.env_id))
            .collect::<Result<_, _>>()?;
        let env = |index: usize| environments.get(index).copied().flatten();
        let mut jobs = Vec::new();
        for (index, job) in list.jobs.iter().enumerate() {
            let ids = (
                FlowId::parse(&job.flow),
                TenantId::parse(&job.tenant),
                JobRoot::parse(&job.job_root),
            );
            if let (Some(env), (Ok(flow), Ok(tenant), Ok(job_root))) = (env(job.environment), ids) {
                let address = JobAddress {
                    flow,
                    tenant,
                    job_root,
                };
                jobs.extend(reader.job(env, address)?.map(|job| (index, job)));
            }
        }
        let mut newest = Vec::new();
        let mut known = BTreeSet::new();
        for follow in &list.follows {
            let flow = find(&self.connection, &follow.flow)?;
            let (Some(env), Some(flow)) = (env(follow.environment), flow) else {
                continue;
            };
            for tenant in &follow.tenants {
                if known.insert((follow.environment, &follow.flow, tenant)) {
                    let runs = reader.newest_runs(env, flow, (&follow.flow, tenant))?;
                    if !runs.is_empty() {
                        newest.push((follow.environment, runs));
                    }
                }
            }
        }
        Ok(RecordedMoment {
            time,
            list_time,
            started,
            jobs,
            newest,
            disturbed: self.disturbed(time)?,
            list,
        })
    }

    /// Every flow of the history with its tenants, as if it were followed: what
    /// was watched is not known of a database without lists.
    fn derived_list(&self) -> Result<JobList, HistoryError> {
        let mut select = self.connection.prepare_cached(
            "SELECT envs.text, flows.text, tenants.text FROM \
               (SELECT DISTINCT env, flow, tenant FROM runs) AS known \
             JOIN texts AS envs ON envs.id = known.env \
             JOIN texts AS flows ON flows.id = known.flow \
             JOIN texts AS tenants ON tenants.id = known.tenant ORDER BY 1, 2, 3",
        )?;
        let mut list = JobList::default();
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let [env_id, flow, tenant]: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            let environments = &mut list.environments;
            if environments.last().is_none_or(|last| last.env_id != env_id) {
                environments.push(ListedEnvironment {
                    name: env_id.clone(),
                    env_id,
                    accent: None,
                });
            }
            let environment = environments.len() - 1;
            let is_of = |follow: &&mut ListedFollow| {
                follow.environment == environment && follow.flow == flow
            };
            match list.follows.last_mut().filter(is_of) {
                Some(follow) => follow.tenants.push(tenant),
                None => list.follows.push(ListedFollow {
                    name: flow.clone(),
                    environment,
                    flow,
                    tenants: vec![tenant],
                    ..ListedFollow::default()
                }),
            }
        }
        Ok(list)
    }

    /// The last event of each environment whose polling was disturbed at a time,
    /// and when that began. Events of a dashboard that ended before do not count.
    fn disturbed(&self, time: Timestamp) -> Result<Vec<(RecordedEvent, Timestamp)>, HistoryError> {
        let from = self.start_before(time)?.unwrap_or(Timestamp::MIN);
        let mut last: BTreeMap<EnvId, (RecordedEvent, Timestamp)> = BTreeMap::new();
        for event in self.events(from, time)? {
            match event.kind {
                RecordedKind::Closed => {
                    last.remove(&event.env_id);
                }
                RecordedKind::RateLimited | RecordedKind::Unauthorized | RecordedKind::Outage => {
                    let begin = last.get(&event.env_id).map_or(event.time, |known| known.1);
                    last.insert(event.env_id.clone(), (event, begin));
                }
                RecordedKind::TenantAdded | RecordedKind::Gate => {}
            }
        }
        Ok(last.into_values().collect())
    }
}
