//! The browser of what an environment has: flows, tenants, jobs. Each list is
//! fetched when it is opened.

use std::collections::BTreeSet;

use tui_input::Input;

use crate::app::detail::Severity;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::config::{Follow, WatchedJob};
use crate::hotglue::{Flow, FlowId, ListedJob, TenantId, Text};
use crate::watch::EnvironmentId;

/// What is to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListRequest {
    /// The flows of the environment.
    Flows,
    /// Its tenants.
    Tenants,
    /// A tenant's jobs in a flow.
    Jobs(FlowId, TenantId),
}

/// What was listed.
#[derive(Debug, Clone)]
pub enum Listed {
    /// The flows.
    Flows(Vec<Flow>),
    /// The tenants.
    Tenants(Vec<TenantId>),
    /// The jobs, newest first.
    Jobs(Vec<ListedJob>),
}

/// Where the browser is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// Among the environments.
    Environments(Vec<EnvironmentId>),
    /// Among the flows of one.
    Flows,
    /// Among the tenants, for a flow.
    Tenants(Flow),
    /// Among a tenant's jobs in a flow.
    Jobs(Flow, TenantId),
}

/// A list that is being fetched, or is there.
#[derive(Debug, Clone)]
pub enum Fetched<T> {
    /// It is under way.
    Waiting,
    /// It is there.
    There(T),
    /// It did not come.
    Failed(String),
}

/// The browser.
#[derive(Debug, Clone)]
pub struct Discover {
    /// The environment it is in.
    pub environment: EnvironmentId,
    /// Where it is.
    pub level: Level,
    /// What is listed there.
    pub listed: Fetched<Listed>,
    /// What the list is narrowed by.
    pub input: Input,
    /// The places of what fits it, in the list.
    pub places: Vec<usize>,
    /// The chosen one of them.
    pub at: usize,
    /// The marked ones, by place in the list.
    pub marks: BTreeSet<usize>,
    /// The number of the request under way: an answer to another is late.
    pub(in crate::app) request: u64,
}

impl Discover {
    /// The words of an item of the list.
    pub fn words(&self, model: &Model, place: usize) -> String {
        match (&self.level, &self.listed) {
            (Level::Environments(ids), _) => ids
                .get(place)
                .and_then(|id| model.environments.get(*id))
                .map_or_else(String::new, |entry| {
                    format!("{}  {}", entry.name(), entry.env_id())
                }),
            (_, Fetched::There(Listed::Flows(flows))) => {
                flows.get(place).map_or_else(String::new, |flow| {
                    let name = flow.name.as_ref().map(Text::one_line);
                    format!("{:<24} {}", flow.id.as_str(), name.unwrap_or_default())
                })
            }
            (_, Fetched::There(Listed::Tenants(tenants))) => tenants
                .get(place)
                .map_or_else(String::new, |tenant| Text::new(tenant.as_str()).one_line()),
            (_, Fetched::There(Listed::Jobs(jobs))) => {
                jobs.get(place).map_or_else(String::new, |listed| {
                    let job = &listed.job;
                    let started = job.start_time.as_ref().and_then(|start| start.at);
                    let updated = job.last_updated.as_ref().and_then(|updated| updated.at);
                    let age = started.map(|at| crate::hotglue::age(at, model.now));
                    let end = if job.status.is_finished() {
                        updated
                    } else {
                        Some(model.now)
                    };
                    let ran = started
                        .zip(end)
                        .map(|(start, end)| crate::hotglue::elapsed(end.duration_since(start)));
                    format!(
                        "{:<16} {:>5} ago {:>8}  {}",
                        job.status,
                        age.unwrap_or_default(),
                        ran.unwrap_or_default(),
                        listed.address.job_root.job_id()
                    )
                })
            }
            _ => String::new(),
        }
    }

    /// How many items the list has.
    pub fn count(&self) -> usize {
        match (&self.level, &self.listed) {
            (Level::Environments(ids), _) => ids.len(),
            (_, Fetched::There(Listed::Flows(flows))) => flows.len(),
            (_, Fetched::There(Listed::Tenants(tenants))) => tenants.len(),
            (_, Fetched::There(Listed::Jobs(jobs))) => jobs.len(),
            _ => 0,
        }
    }

    /// Narrows the list to what is typed.
    pub(in crate::app) fn narrow(&mut self, model: &Model) {
        let wanted = self.input.value().to_lowercase();
        self.places = (0..self.count())
            .filter(|place| {
                wanted.is_empty() || self.words(model, *place).to_lowercase().contains(&wanted)
            })
            .collect();
        self.at = self.at.min(self.places.len().saturating_sub(1));
    }

    /// The marked items, else the chosen one.
    fn chosen(&self) -> Vec<usize> {
        if self.marks.is_empty() {
            self.places.get(self.at).copied().into_iter().collect()
        } else {
            self.marks.iter().copied().collect()
        }
    }

    /// Goes to a level whose list has to be fetched.
    fn go(&mut self, level: Level, request: ListRequest) -> Vec<Effect> {
        self.level = level;
        self.listed = Fetched::Waiting;
        self.input = Input::default();
        self.places.clear();
        self.marks.clear();
        self.at = 0;
        self.request += 1;
        vec![Effect::List(self.request, self.environment, request)]
    }
}

impl Model {
    /// Opens the browser: on the environments, or on the flows of the only
    /// one.
    pub(in crate::app) fn open_discover(&mut self) -> Vec<Effect> {
        let ids: Vec<_> = self.environments.iter().map(|entry| entry.id).collect();
        let Some(environment) = ids.first().copied() else {
            self.notify(
                Severity::Warning,
                "there is no environment to look into yet",
            );
            return Vec::new();
        };
        let mut browser = Discover {
            environment,
            level: Level::Environments(ids),
            listed: Fetched::Waiting,
            input: Input::default(),
            places: Vec::new(),
            at: 0,
            marks: BTreeSet::new(),
            request: self.next_list,
        };
        let effects = if self.environments.len() == 1 {
            browser.go(Level::Flows, ListRequest::Flows)
        } else {
            browser.narrow(self);
            Vec::new()
        };
        self.keep_browser(browser);
        effects
    }

    pub(in crate::app) fn keep_browser(&mut self, browser: Discover) {
        self.next_list = browser.request;
        self.overlay = Some(Overlay::Discover(Box::new(browser)));
    }

    /// A list came, or did not.
    pub(in crate::app) fn listed(&mut self, request: u64, listed: Result<Listed, String>) {
        let Some(Overlay::Discover(mut browser)) = self.overlay.take() else {
            return;
        };
        if browser.request == request {
            browser.listed = match listed {
                Ok(listed) => Fetched::There(listed),
                Err(problem) => Fetched::Failed(problem),
            };
            browser.narrow(self);
        }
        self.overlay = Some(Overlay::Discover(browser));
    }

    /// Goes into what is chosen; a job is watched.
    pub(in crate::app) fn discover_enter(&mut self, mut browser: Discover) -> Vec<Effect> {
        let Some(place) = browser.places.get(browser.at).copied() else {
            self.keep_browser(browser);
            return Vec::new();
        };
        let effects = match (browser.level.clone(), browser.listed.clone()) {
            (Level::Environments(ids), _) => {
                if let Some(id) = ids.get(place) {
                    browser.environment = *id;
                }
                browser.go(Level::Flows, ListRequest::Flows)
            }
            (_, Fetched::There(Listed::Flows(flows))) => {
                browser.go(Level::Tenants(flows[place].clone()), ListRequest::Tenants)
            }
            (Level::Tenants(flow), Fetched::There(Listed::Tenants(tenants))) => {
                let tenant = tenants[place].clone();
                let request = ListRequest::Jobs(flow.id.clone(), tenant.clone());
                browser.go(Level::Jobs(flow, tenant), request)
            }
            (_, Fetched::There(Listed::Jobs(jobs))) => {
                let chosen = browser.chosen();
                let environment = browser.environment;
                let jobs: Vec<_> = chosen
                    .iter()
                    .filter_map(|place| {
                        let listed = jobs.get(*place)?;
                        let root = &listed.address.job_root;
                        self.jobs
                            .find(environment, root)
                            .is_none()
                            .then(|| WatchedJob {
                                name: Text::cut(
                                    &format!("{} {}", listed.address.tenant, root.job_id()),
                                    256,
                                ),
                                environment,
                                address: listed.address.clone(),
                                poll_interval: None,
                                tags: Vec::new(),
                            })
                    })
                    .collect();
                self.next_list = browser.request;
                if jobs.is_empty() {
                    self.notify(Severity::Plain, "watched already");
                    return Vec::new();
                }
                return self.add_jobs(jobs);
            }
            _ => Vec::new(),
        };
        self.keep_browser(browser);
        effects
    }

    /// Follows the chosen flows, or the flow for the chosen tenants.
    pub(in crate::app) fn discover_follow(&mut self, browser: Discover) -> Vec<Effect> {
        let chosen = browser.chosen();
        let follow = |flow: &Flow, tenants: Option<Vec<TenantId>>| Follow::<EnvironmentId> {
            name: flow
                .name
                .clone()
                .unwrap_or_else(|| Text::new(flow.id.as_str())),
            environment: browser.environment,
            flow: flow.id.clone(),
            tenants,
        };
        let wanted: Vec<_> = match (&browser.level, &browser.listed) {
            (Level::Flows, Fetched::There(Listed::Flows(flows))) => {
                let flows = chosen.iter().filter_map(|place| flows.get(*place));
                flows.map(|flow| follow(flow, None)).collect()
            }
            (Level::Tenants(flow), Fetched::There(Listed::Tenants(tenants))) => {
                let tenants: Vec<_> = chosen
                    .iter()
                    .filter_map(|place| tenants.get(*place).cloned())
                    .collect();
                vec![follow(flow, Some(tenants))]
            }
            (Level::Jobs(flow, tenant), _) => vec![follow(flow, Some(vec![tenant.clone()]))],
            _ => Vec::new(),
        };
        self.next_list = browser.request;
        if wanted.is_empty() {
            self.keep_browser(browser);
            return Vec::new();
        }
        wanted
            .into_iter()
            .flat_map(|follow| self.start_following(follow))
            .collect()
    }

    /// Goes back a level; answers nothing where the browser closes.
    pub(in crate::app) fn discover_back(&mut self, mut browser: Discover) -> Vec<Effect> {
        if !browser.input.value().is_empty() {
            browser.input = Input::default();
            browser.narrow(self);
            self.keep_browser(browser);
            return Vec::new();
        }
        let effects = match browser.level.clone() {
            Level::Jobs(flow, _) => browser.go(Level::Tenants(flow), ListRequest::Tenants),
            Level::Tenants(_) => browser.go(Level::Flows, ListRequest::Flows),
            Level::Flows if self.environments.len() > 1 => {
                let ids = self.environments.iter().map(|entry| entry.id);
                browser.level = Level::Environments(ids.collect());
                browser.listed = Fetched::Waiting;
                browser.at = 0;
                browser.narrow(self);
                Vec::new()
            }
            Level::Flows | Level::Environments(_) => {
                self.next_list = browser.request;
                return vec![Effect::StopListing];
            }
        };
        self.keep_browser(browser);
        effects
    }
}
