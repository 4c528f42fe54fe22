//! The jobs that a headless command is about, as the watcher wants them and as
//! they are told of.

use std::collections::{BTreeMap, BTreeSet};

use super::connector;
use crate::config::{Config, Environment, Follow, WatchedJob};
use crate::history::Recorder;
use crate::hotglue::{Client, FetchError, TenantId, Text};
use crate::report::Listed;
use crate::watch::{self, Batch, EnvironmentId, JobId, JobSelector, Target, Updates, Watcher};

/// A job of the list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) listed: Listed,
    pub(crate) target: Target,
    /// Whether it stands for one of all tenants, some of whom may have nothing
    /// to do with the flow.
    of_everyone: bool,
}

impl Entry {
    /// Whether an error says that this tenant has nothing to do with the flow
    /// that is followed for everyone.
    pub(crate) fn is_unlinked_tenant(&self, error: &FetchError) -> bool {
        let unknown = matches!(
            error,
            FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }
        );
        self.of_everyone && unknown
    }
}

/// What is watched, and how each environment is reached.
pub(crate) struct Watchlist {
    pub(crate) entries: Vec<Entry>,
    pub(crate) clients: BTreeMap<EnvironmentId, Client>,
    /// Environments that cannot be reached at all, and why.
    pub(crate) problems: BTreeMap<EnvironmentId, String>,
}

impl Watchlist {
    /// The jobs of a config; a flow that is followed stands for a job of each
    /// of its tenants, who are listed where they are not named.
    pub(crate) async fn new(config: &Config) -> Self {
        let mut list = Self {
            entries: Vec::new(),
            clients: BTreeMap::new(),
            problems: BTreeMap::new(),
        };
        let of_jobs = config.jobs.iter().map(|job| job.environment);
        let of_follows = config.follows.iter().map(|follow| follow.environment);
        for at in of_jobs.chain(of_follows) {
            list.connect(config, at).await;
        }
        for job in &config.jobs {
            let key = list.next_key();
            list.entries.push(Entry {
                listed: listed(&config.environments[job.environment], job),
                target: Target::job(key, job, config.settings.poll_interval),
                of_everyone: false,
            });
        }
        for follow in &config.follows {
            list.follow(config, follow).await;
        }
        list
    }

    async fn connect(&mut self, config: &Config, at: usize) {
        let key = EnvironmentId(at);
        if self.clients.contains_key(&key) || self.problems.contains_key(&key) {
            return;
        }
        match connector::client(&config.environments[at], connector::limits(config)).await {
            Ok(client) => drop(self.clients.insert(key, client)),
            Err(problem) => drop(self.problems.insert(key, problem)),
        }
    }

    async fn follow(&mut self, config: &Config, follow: &Follow) {
        let environment = EnvironmentId(follow.environment);
        let tenants: Vec<TenantId> = match (&follow.tenants, self.clients.get(&environment)) {
            (Some(tenants), _) => tenants.clone(),
            (None, None) => Vec::new(),
            (None, Some(client)) => match client.tenants().await {
                Ok(tenants) => tenants,
                Err(error) => {
                    let problem = format!("the tenants cannot be listed: {error}");
                    self.problems.insert(environment, problem);
                    Vec::new()
                }
            },
        };
        for tenant in tenants {
            self.push_newest(config, follow, tenant);
        }
    }

    /// Another tenant of a followed flow.
    fn push_newest(&mut self, config: &Config, follow: &Follow, tenant: TenantId) -> &Target {
        let of = &config.environments[follow.environment];
        let listed = Listed {
            name: format!("{tenant} {}", follow.name),
            environment: of.name.to_string(),
            env_id: of.env_id.to_string(),
            tenant: tenant.to_string(),
            flow: follow.flow.to_string(),
            job_root: None,
            tags: Vec::new(),
        };
        let target = Target {
            id: self.next_key(),
            environment: EnvironmentId(follow.environment),
            selector: JobSelector::Newest {
                flow: follow.flow.clone(),
                tenant,
            },
            interval: config.settings.poll_interval,
        };
        let of_everyone = follow.tenants.is_none();
        let entry = self.entries.push_mut(Entry {
            listed,
            target,
            of_everyone,
        });
        &entry.target
    }

    /// Takes up the tenants that were not there before, of a flow that is
    /// followed for everyone.
    pub(crate) fn welcome(
        &mut self,
        config: &Config,
        follow: &Follow,
        tenants: Vec<TenantId>,
    ) -> Vec<Target> {
        let known: BTreeSet<TenantId> = self
            .targets()
            .filter(|target| matches!(&target.selector, JobSelector::Newest { flow, .. } if *flow == follow.flow))
            .map(|target| target.selector.tenant().clone())
            .collect();
        tenants
            .into_iter()
            .filter(|tenant| !known.contains(tenant))
            .map(|tenant| self.push_newest(config, follow, tenant).clone())
            .collect()
    }

    /// A watcher that can reach every environment, and watches nothing yet.
    pub(crate) fn connected(&self, config: &Config) -> (Watcher, Updates) {
        let (watcher, updates) = watch::start(fastrand::u64(..));
        for (environment, client) in &self.clients {
            watcher.connect(*environment, client.clone(), connector::limits(config));
        }
        (watcher, updates)
    }

    /// What to watch.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        self.entries.iter().map(|entry| entry.target.clone())
    }

    /// Gives a batch's transitions to the history.
    pub(crate) fn remember(&self, recorder: &Recorder, batch: &Batch) {
        let observations = batch.transitions.iter().filter_map(|news| {
            let environment = self.entry(news.id)?.target.environment;
            Some(news.observation(self.clients.get(&environment)?.env().clone()))
        });
        let observations: Vec<_> = observations.collect();
        if !observations.is_empty() {
            recorder.record(observations);
        }
    }

    fn next_key(&self) -> JobId {
        JobId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX))
    }

    /// The entry of a job.
    pub(crate) fn entry(&self, key: JobId) -> Option<&Entry> {
        self.entries.get(key.0 as usize)
    }

    /// Whether there is nothing on it.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// A watched job as it is told of.
pub(crate) fn listed(environment: &Environment, job: &WatchedJob) -> Listed {
    Listed {
        name: job.name.to_string(),
        environment: environment.name.to_string(),
        env_id: environment.env_id.to_string(),
        tenant: job.address.tenant.to_string(),
        flow: job.address.flow.to_string(),
        job_root: Some(job.address.job_root.to_string()),
        tags: job.tags.iter().map(Text::to_string).collect(),
    }
}
