//! The list of what is watched, as the history records it.

use std::collections::BTreeMap;

use crate::app::model::Model;
use crate::config::Accent;
use crate::history::{JobList, ListedEnvironment, ListedFollow, ListedTarget};
use crate::hotglue::Text;
use crate::watch::{EnvironmentId, FollowId};

impl Model {
    /// The list of what is watched, without what must not be recorded.
    pub(in crate::app) fn job_list(&self) -> JobList {
        let ids: BTreeMap<EnvironmentId, usize> = self
            .environments
            .iter()
            .zip(0..)
            .map(|(environment, index)| (environment.id, index))
            .collect();
        let environments = self.environments.iter().map(|entry| ListedEnvironment {
            name: entry.name().to_string(),
            env_id: entry.env_id().to_string(),
            accent: entry.config.accent.map(Accent::text),
        });
        let jobs = self.jobs.entries().filter_map(|row| {
            let job = row.watched()?;
            Some(ListedTarget {
                name: job.name.to_string(),
                environment: *ids.get(&job.environment)?,
                flow: job.address.flow.to_string(),
                tenant: job.address.tenant.to_string(),
                job_root: job.address.job_root.to_string(),
                poll_interval: job.poll_interval.map(|interval| interval.as_secs()),
                tags: job.tags.iter().map(Text::to_string).collect(),
            })
        });
        let mut tenants: BTreeMap<FollowId, Vec<String>> = BTreeMap::new();
        for row in self.jobs.all() {
            for follow in &row.follows {
                let tenant = row.tenant().to_owned();
                tenants.entry(follow.id).or_default().push(tenant);
            }
        }
        let follows = self.follows.iter().filter_map(|(id, followed)| {
            let flow = &followed.flow;
            Some(ListedFollow {
                name: flow.name.to_string(),
                environment: *ids.get(&flow.environment)?,
                flow: flow.flow.to_string(),
                tenants: tenants.remove(&id).unwrap_or_default(),
                since: flow.since.map(|since| since.to_string()),
                gate: flow.gate.iter().map(ToString::to_string).collect(),
            })
        });
        let limits = self.settings.limits();
        JobList {
            poll_interval: self.settings.poll_interval().as_secs(),
            max_requests_per_second: limits.requests_per_second.unwrap_or_default(),
            max_concurrent_requests: limits.concurrent_requests,
            environments: environments.collect(),
            jobs: jobs.collect(),
            follows: follows.collect(),
        }
    }
}
