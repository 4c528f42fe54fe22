//! The jobs of a command without a dashboard, and the clients that reach them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::connector;
use crate::config::{Config, Environment, Follow, WatchedJob};
use crate::history::Recorder;
use crate::hotglue::{Client, EnvId, FetchError, FlowId, Job, JobAddress, JobRoot, TenantId, Text};
use crate::report::JobIdentity;
use crate::watch::{
    self, Batch, CircuitLog, EnvironmentId, JobId, JobSelector, Target, Updates, Watcher,
};

/// A job of the list.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) listed: JobIdentity,
    pub(crate) target: Target,
    /// The time since which its runs count: the start of its rollout, or a later
    /// one that the command names.
    pub(crate) since: Option<Timestamp>,
    /// Whether it is the newest job of one of *all* tenants, some of which may
    /// not use the flow.
    pub(crate) may_be_unlinked: bool,
}

impl Entry {
    /// Whether a run counts.
    pub(crate) fn counts(&self, job: &Job) -> bool {
        self.since.is_none_or(|since| job.has_begun_since(since))
    }

    /// Whether an error means that this tenant does not use the flow that is
    /// followed for all tenants.
    pub(crate) fn is_unlinked_tenant(&self, error: &FetchError) -> bool {
        let is_unknown = matches!(
            error,
            FetchError::NotFound { .. } | FetchError::Rejected { status: 404, .. }
        );
        self.may_be_unlinked && is_unknown
    }
}

/// Jobs to poll, and how each environment is reached.
pub(crate) struct Watchlist {
    pub(crate) entries: Vec<Entry>,
    pub(crate) clients: BTreeMap<EnvironmentId, Client>,
    /// Why an environment cannot be polled at all.
    pub(crate) problems: BTreeMap<EnvironmentId, String>,
    /// Why the tenants of a followed flow are unknown.
    pub(crate) unlisted: Vec<String>,
    circuit_log: CircuitLog,
    /// The given jobs.
    by_root: HashMap<(EnvironmentId, JobRoot), JobId>,
    /// The followed tenants.
    by_tenant: HashMap<(EnvironmentId, FlowId, TenantId), JobId>,
}

impl Watchlist {
    /// Lists the jobs of a config. A followed flow is one job for each of its
    /// tenants, which are requested from hotglue unless the config names them.
    pub(crate) async fn new(config: &Config) -> Self {
        let mut list = Self::empty();
        let of_jobs = config.jobs.iter().map(|job| job.environment);
        let of_follows = config.follows.iter().map(|follow| follow.environment);
        for environment in of_jobs.chain(of_follows) {
            list.connect(config, environment).await;
        }
        for job in &config.jobs {
            let id = list.next_id();
            list.entries.push(Entry {
                listed: listed(&config.environments[job.environment], job),
                target: Target::job(id, job, config.settings.poll_interval),
                since: None,
                may_be_unlinked: false,
            });
            let key = (EnvironmentId(job.environment), job.address.job_root.clone());
            list.by_root.insert(key, id);
        }
        for follow in &config.follows {
            list.follow(config, follow).await;
        }
        list
    }

    /// Lists tenants of a followed flow that were polled elsewhere.
    pub(crate) fn of_tenants(
        follow: &Follow,
        (environment, env_id): (&Text, &EnvId),
        tenants: impl IntoIterator<Item = TenantId>,
    ) -> Self {
        let mut list = Self::empty();
        for tenant in tenants {
            list.push_tenant(follow, (environment, env_id), tenant, Duration::ZERO);
        }
        list
    }

    fn empty() -> Self {
        Self {
            entries: Vec::new(),
            clients: BTreeMap::new(),
            problems: BTreeMap::new(),
            unlisted: Vec::new(),
            circuit_log: CircuitLog::default(),
            by_root: HashMap::new(),
            by_tenant: HashMap::new(),
        }
    }

    async fn connect(&mut self, config: &Config, index: usize) {
        let id = EnvironmentId(index);
        if self.clients.contains_key(&id) || self.problems.contains_key(&id) {
            return;
        }
        let environment = &config.environments[index];
        match connector::client(environment, connector::limits(config)).await {
            Ok(client) => drop(self.clients.insert(id, client)),
            Err(problem) => {
                let problem = format!("{}: {problem}", environment.name);
                self.problems.insert(id, problem);
            }
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
                    let name = &config.environments[follow.environment].name;
                    let flow = &follow.name;
                    let problem = format!("{name}: cannot list the tenants of {flow}: {error}");
                    self.unlisted.push(problem);
                    Vec::new()
                }
            },
        };
        for tenant in tenants {
            let key = (environment, follow.flow.clone(), tenant.clone());
            match self.by_tenant.get(&key) {
                Some(id) => self.name_again(*id, follow),
                None => drop(self.push_newest(config, follow, tenant)),
            }
        }
    }

    /// Counts only runs that begin later than a time.
    pub(crate) fn start_after(&mut self, limit: Timestamp) {
        let start = limit.checked_add(SignedDuration::from_nanos(1)).ok();
        for entry in &mut self.entries {
            entry.since = entry.since.max(start);
            // A given job is polled whether it counts or not.
            if matches!(entry.target.selector, JobSelector::Newest { .. }) {
                entry.target.since = entry.since;
            }
        }
    }

    /// Adds the name and start of a followed flow to a job that another one
    /// names too.
    fn name_again(&mut self, id: JobId, follow: &Follow) {
        if let Some(entry) = self.entries.get_mut(id.0 as usize) {
            let tenant = &entry.listed.tenant;
            let name = format!("{tenant} {}", follow.name);
            entry.listed.add_names([name]);
            entry.target.since = entry.target.since.max(follow.since);
            entry.since = entry.target.since;
            entry.may_be_unlinked &= follow.tenants.is_none();
        }
    }

    /// Adds the newest job of a tenant in a followed flow.
    fn push_newest(&mut self, config: &Config, follow: &Follow, tenant: TenantId) -> &Target {
        let environment = &config.environments[follow.environment];
        let interval = config.settings.poll_interval;
        let environment = (&environment.name, &environment.env_id);
        self.push_tenant(follow, environment, tenant, interval)
    }

    fn push_tenant(
        &mut self,
        follow: &Follow,
        (environment, env_id): (&Text, &EnvId),
        tenant: TenantId,
        interval: Duration,
    ) -> &Target {
        let listed = JobIdentity {
            name: format!("{tenant} {}", follow.name),
            names: Vec::new(),
            environment: environment.to_string(),
            env_id: env_id.to_string(),
            tenant: tenant.to_string(),
            flow: follow.flow.to_string(),
            job_root: None,
            tags: Vec::new(),
        };
        let target = Target {
            id: self.next_id(),
            environment: EnvironmentId(follow.environment),
            selector: JobSelector::Newest {
                flow: follow.flow.clone(),
                tenant: tenant.clone(),
            },
            interval,
            since: follow.since,
        };
        let key = (target.environment, follow.flow.clone(), tenant);
        self.by_tenant.insert(key, target.id);
        let entry = self.entries.push_mut(Entry {
            listed,
            target,
            since: follow.since,
            may_be_unlinked: follow.tenants.is_none(),
        });
        &entry.target
    }

    /// Adds the tenants that are new to a flow followed for all tenants;
    /// returns what to watch in addition.
    pub(crate) fn add_tenants(
        &mut self,
        config: &Config,
        follow: &Follow,
        tenants: Vec<TenantId>,
    ) -> Vec<Target> {
        let environment = EnvironmentId(follow.environment);
        let is_of_flow = |target: &Target| {
            target.environment == environment
                && matches!(&target.selector, JobSelector::Newest { flow, .. } if *flow == follow.flow)
        };
        let known: BTreeSet<TenantId> = self
            .targets()
            .filter(is_of_flow)
            .map(|target| target.selector.tenant().clone())
            .collect();
        tenants
            .into_iter()
            .filter(|tenant| !known.contains(tenant))
            .map(|tenant| self.push_newest(config, follow, tenant).clone())
            .collect()
    }

    /// Starts a watcher that reaches every environment and watches nothing yet.
    pub(crate) fn connected(&self, config: &Config) -> (Watcher, Updates) {
        let (watcher, updates) = watch::start(fastrand::u64(..));
        for (environment, client) in &self.clients {
            watcher.connect(*environment, client.clone(), connector::limits(config));
        }
        (watcher, updates)
    }

    /// Returns why some jobs cannot be polled, if that is so.
    pub(crate) fn first_problem(&self) -> Option<&str> {
        let mut problems = self.problems.values().chain(&self.unlisted);
        problems.next().map(String::as_str)
    }

    /// Returns what to watch.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        self.entries.iter().map(|entry| entry.target.clone())
    }

    /// Records a batch's transitions, and the changes of the environments, in
    /// the history.
    pub(crate) fn record(&mut self, recorder: &Recorder, batch: &Batch) {
        let observations = batch.transitions.iter().filter_map(|transition| {
            let environment = self.entry(transition.id)?.target.environment;
            Some(transition.observation(self.clients.get(&environment)?.env().clone()))
        });
        let observations: Vec<_> = observations.collect();
        if !observations.is_empty() {
            recorder.record(observations);
        }
        let clients = &self.clients;
        let env_id = |id| Some(clients.get(&id)?.env().clone());
        let statuses = &batch.environment_statuses;
        let events = self.circuit_log.changes(statuses, env_id, Timestamp::now());
        if !events.is_empty() {
            recorder.record_events(events);
        }
    }

    fn next_id(&self) -> JobId {
        JobId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX))
    }

    /// Returns the entry of a job.
    pub(crate) fn entry(&self, id: JobId) -> Option<&Entry> {
        self.entries.get(id.0 as usize)
    }

    /// Returns what identifies the job of an entry while it is this one: a job
    /// that is given as well has all names and tags.
    pub(crate) fn listed_as(&self, entry: &Entry, address: &JobAddress) -> JobIdentity {
        let mut listed = entry.listed.clone();
        listed.job_root = Some(address.job_root.to_string());
        if let Some(given) = self.given_too(entry, address) {
            let own = listed.all_names();
            listed.name.clone_from(&given.listed.name);
            listed.tags.clone_from(&given.listed.tags);
            listed.names.clear();
            listed.add_names(own);
        }
        listed
    }

    /// Returns the entry of the given job that is the newest one of the
    /// entry's tenant.
    pub(crate) fn given_too(&self, entry: &Entry, address: &JobAddress) -> Option<&Entry> {
        match &entry.target.selector {
            JobSelector::Newest { .. } => {
                let key = (entry.target.environment, address.job_root.clone());
                self.entry(*self.by_root.get(&key)?)
            }
            JobSelector::Job(_) => None,
        }
    }

    /// Returns the name of an environment.
    pub(crate) fn environment_name(&self, id: EnvironmentId) -> &str {
        let entry = self
            .entries
            .iter()
            .find(|entry| entry.target.environment == id);
        entry.map_or("", |entry| &entry.listed.environment)
    }
}

/// Returns what identifies a watched job.
pub(crate) fn listed(environment: &Environment, job: &WatchedJob) -> JobIdentity {
    JobIdentity {
        name: job.name.to_string(),
        names: Vec::new(),
        environment: environment.name.to_string(),
        env_id: environment.env_id.to_string(),
        tenant: job.address.tenant.to_string(),
        flow: job.address.flow.to_string(),
        job_root: Some(job.address.job_root.to_string()),
        tags: job.tags.iter().map(Text::to_string).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{self, Overrides};

    #[tokio::test]
    async fn tenants_of_a_flow_are_new_to_each_environment_separately() {
        // Port 9 refuses the listing calls, so that no tenant is known at first.
        let source = r#"
            [environments.dev]
            env_id = "dev.x.xyz"
            base_url = "http://127.0.0.1:9"
            api_key = "k"
            [environments.prod]
            env_id = "prod.x.xyz"
            base_url = "http://127.0.0.1:9"
            api_key = "k"
            [[follow]]
            flow = "f1"
            environment = "dev"
            tenants = "*"
            [[follow]]
            flow = "f1"
            environment = "prod"
            tenants = "*"
        "#;
        let config = config::parse(source, Path::new("test"), &Overrides::default()).unwrap();
        let mut list = Watchlist::new(&config).await;
        let tenants = vec![TenantId::parse("acme").unwrap()];
        for follow in &config.follows {
            let added = list.add_tenants(&config, follow, tenants.clone());
            assert_eq!(added.len(), 1);
            let again = list.add_tenants(&config, follow, tenants.clone());
            assert!(again.is_empty());
        }
    }
}
