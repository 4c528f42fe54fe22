//! What was watched, in the form of a config.

use std::time::Duration;

use crate::config::{Accent, Environment, Follow, KeySource, Settings, WatchedJob};
use crate::history::JobList;
use crate::hotglue::{BaseUrl, EnvId, FlowId, JobAddress, JobRoot, TenantId, Text};

/// What was watched at a time.
#[derive(Debug, Clone)]
pub struct Watched {
    list: JobList,
    /// The environments, in the order of the config then.
    pub(crate) environments: Vec<Environment>,
    /// The watched jobs.
    pub(crate) jobs: Vec<WatchedJob>,
    /// The followed flows, with the tenants that were known.
    pub(crate) follows: Vec<Follow>,
}

impl Watched {
    /// Reads a recorded list. Entries with ids that are not valid are left out.
    pub fn new(list: JobList) -> Self {
        let mut environments = Vec::new();
        // The index of each listed environment among the valid ones.
        let mut indexes = Vec::new();
        for listed in &list.environments {
            let environment = EnvId::parse(&listed.env_id).ok().and_then(|env_id| {
                let accent = listed.accent.as_deref();
                Some(Environment {
                    name: Text::new(&listed.name),
                    env_id,
                    base_url: BaseUrl::service()?,
                    // Nothing is polled.
                    key: KeySource::Variable(String::new()),
                    job_url: None,
                    accent: accent.and_then(|accent| Accent::parse(accent).ok()),
                })
            });
            indexes.push(environment.as_ref().map(|_| environments.len()));
            environments.extend(environment);
        }
        let environment = |index: usize| indexes.get(index).copied().flatten();
        let jobs = list.jobs.iter().filter_map(|job| {
            Some(WatchedJob {
                name: Text::new(&job.name),
                environment: environment(job.environment)?,
                address: JobAddress {
                    flow: FlowId::parse(&job.flow).ok()?,
                    tenant: TenantId::parse(&job.tenant).ok()?,
                    job_root: JobRoot::parse(&job.job_root).ok()?,
                },
                poll_interval: job.poll_interval.map(Duration::from_secs),
                tags: job.tags.iter().map(|tag| Text::new(tag)).collect(),
            })
        });
        let follows = list.follows.iter().filter_map(|follow| {
            let tenants = follow.tenants.iter();
            let tenants = tenants.filter_map(|tenant| TenantId::parse(tenant).ok());
            Some(Follow {
                name: Text::new(&follow.name),
                environment: environment(follow.environment)?,
                flow: FlowId::parse(&follow.flow).ok()?,
                tenants: Some(tenants.collect()),
                since: follow.since.as_ref().and_then(|since| since.parse().ok()),
                gate: follow
                    .gate
                    .iter()
                    .filter_map(|it| it.parse().ok())
                    .collect(),
            })
        });
        Self {
            jobs: jobs.collect(),
            follows: follows.collect(),
            environments,
            list,
        }
    }

    /// Whether another list is the same.
    pub fn is_same(&self, other: &Self) -> bool {
        self.list == other.list
    }

    /// Sets what the list has of the settings.
    pub(crate) fn set(&self, settings: &mut Settings) {
        let JobList {
            poll_interval,
            max_requests_per_second,
            max_concurrent_requests,
            ..
        } = self.list;
        if poll_interval > 0 {
            settings.poll_interval = Duration::from_secs(poll_interval);
            settings.max_requests_per_second = max_requests_per_second;
            settings.max_concurrent_requests = max_concurrent_requests;
        }
    }
}
