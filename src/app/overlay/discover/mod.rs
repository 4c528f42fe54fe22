//! The browser of an environment: its flows, their tenants, the tenants' jobs.
//! Each list is fetched from the service when it is opened.

pub(in crate::app::overlay) mod listing;

use std::collections::{BTreeSet, HashMap};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::app::detail::Severity;
use crate::app::input::LineInput;
use crate::app::overlay::action::OverlayAction;
use crate::app::overlay::context::Context;
use crate::app::overlay::part::{Hint, Outcome, OverlayPart};
use crate::config::{Follow, WatchedJob};
use crate::hotglue::{Flow, FlowId, ListedJob, TenantId, Text, age, elapsed};
use crate::watch::EnvironmentId;

use listing::{Level, ListRequest, Listed, Listing};

const PAGE: usize = 10;
const MAX_NAME_BYTES: usize = 256;

/// Names a list, for what is remembered about it.
type ListKey = (EnvironmentId, Option<FlowId>, Option<TenantId>);

/// The browser.
#[derive(Debug, Clone)]
pub struct Discover {
    /// The environment that is browsed.
    pub(crate) environment: EnvironmentId,
    /// The level.
    pub(crate) level: Level,
    /// The list of the level.
    pub(crate) listing: Listing,
    /// The text that narrows the list.
    pub(crate) input: LineInput,
    /// The indexes of the items that match the text.
    pub(crate) matches: Vec<usize>,
    /// The index of the selected item in `matches`.
    pub(crate) selected: usize,
    /// The ids of marked items, by list.
    marks: HashMap<ListKey, BTreeSet<String>>,
    /// The id of the item that was opened last, by list.
    opened: HashMap<ListKey, String>,
}

impl Discover {
    /// The browser on the environments, or on the flows of the only one, with
    /// the list to request and the marks of the browser that was closed before.
    /// `None` if no environment is configured.
    pub(in crate::app) fn open(
        context: &Context,
        before: Option<Self>,
    ) -> Option<(Self, Option<ListRequest>)> {
        let ids: Vec<_> = context.environments.iter().map(|entry| entry.id).collect();
        let mut browser = Self {
            environment: *ids.first()?,
            level: Level::Environments(ids),
            listing: Listing::Local,
            input: LineInput::default(),
            matches: Vec::new(),
            selected: 0,
            marks: HashMap::new(),
            opened: HashMap::new(),
        };
        if let Some(before) = before {
            if context.environments.get(before.environment).is_some() {
                browser.environment = before.environment;
            }
            browser.marks = before.marks;
            browser.opened = before.opened;
        }
        browser.narrow(context);
        if let Level::Environments(ids) = &browser.level {
            let current = ids.iter().position(|id| *id == browser.environment);
            browser.selected = current.unwrap_or_default();
        }
        let request = (browser.matches.len() == 1).then(|| browser.list(Level::Flows));
        Some((browser, request))
    }

    /// Takes the answer to the last request.
    pub(in crate::app) fn on_listed(&mut self, context: &Context, answer: Result<Listed, String>) {
        if !matches!(self.listing, Listing::Waiting) {
            return;
        }
        self.listing = match answer {
            Ok(listed) => Listing::Ready(listed),
            Err(problem) => Listing::Failed(problem),
        };
        self.narrow(context);
        let opened = self.opened.get(&self.key());
        let position = opened.and_then(|id| {
            let mut matches = self.matches.iter();
            matches.position(|index| self.id(*index) == Some(id))
        });
        self.selected = position.unwrap_or_default();
    }

    /// The label of an item.
    pub(crate) fn label(&self, context: &Context, index: usize) -> String {
        match (&self.level, &self.listing) {
            (Level::Environments(ids), _) => ids
                .get(index)
                .and_then(|id| context.environments.get(*id))
                .map_or_else(String::new, |entry| {
                    format!("{}  {}", entry.name(), entry.env_id())
                }),
            (_, Listing::Ready(Listed::Flows(flows))) => {
                flows.get(index).map_or_else(String::new, |flow| {
                    let name = flow.name.as_ref().map(Text::one_line);
                    let marked = (self.environment, Some(flow.id.clone()), None);
                    let marked = match self.marks.get(&marked).map_or(0, BTreeSet::len) {
                        0 => String::new(),
                        count => format!("  ({count} marked)"),
                    };
                    let name = name.unwrap_or_default();
                    format!("{:<24} {name}{marked}", flow.id.as_str())
                })
            }
            (_, Listing::Ready(Listed::Tenants(tenants))) => tenants
                .get(index)
                .map_or_else(String::new, |tenant| Text::new(tenant.as_str()).one_line()),
            (_, Listing::Ready(Listed::Jobs(jobs))) => jobs
                .get(index)
                .map_or_else(String::new, |listed| job_label(context, listed)),
            (_, Listing::Local | Listing::Waiting | Listing::Failed(_)) => String::new(),
        }
    }

    /// Whether an item is marked.
    pub(crate) fn is_marked(&self, index: usize) -> bool {
        let marks = self.marks.get(&self.key());
        marks.is_some_and(|marks| self.id(index).is_some_and(|id| marks.contains(id)))
    }

    /// The number of items that are listed and marked.
    pub(crate) fn marked_count(&self) -> usize {
        (0..self.count())
            .filter(|index| self.is_marked(*index))
            .count()
    }

    /// The number of items of the list.
    pub(crate) fn count(&self) -> usize {
        match (&self.level, &self.listing) {
            (Level::Environments(ids), _) => ids.len(),
            (_, Listing::Ready(listed)) => listed.len(),
            (_, Listing::Local | Listing::Waiting | Listing::Failed(_)) => 0,
        }
    }

    fn id(&self, index: usize) -> Option<&str> {
        match &self.listing {
            Listing::Ready(listed) => listed.id(index),
            Listing::Local | Listing::Waiting | Listing::Failed(_) => None,
        }
    }

    fn key(&self) -> ListKey {
        let (flow, tenant) = match &self.level {
            Level::Environments(_) | Level::Flows => (None, None),
            Level::Tenants(flow) => (Some(flow.id.clone()), None),
            Level::Jobs(flow, tenant) => (Some(flow.id.clone()), Some(tenant.clone())),
        };
        (self.environment, flow, tenant)
    }

    fn narrow(&mut self, context: &Context) {
        let typed = self.input.value().to_lowercase();
        self.matches = (0..self.count())
            .filter(|index| {
                typed.is_empty() || self.label(context, *index).to_lowercase().contains(&typed)
            })
            .collect();
        self.selected = self.selected.min(self.matches.len().saturating_sub(1));
    }

    /// The marked items, or else the selected one.
    fn chosen(&self) -> Vec<usize> {
        let all = 0..self.count();
        let marked: Vec<_> = all.filter(|index| self.is_marked(*index)).collect();
        if marked.is_empty() {
            self.matches
                .get(self.selected)
                .copied()
                .into_iter()
                .collect()
        } else {
            marked
        }
    }

    fn toggle_mark(&mut self) {
        let index = self.matches.get(self.selected);
        let Some(id) = index.and_then(|index| self.id(*index)).map(str::to_owned) else {
            return;
        };
        let marks = self.marks.entry(self.key()).or_default();
        if !marks.remove(&id) {
            marks.insert(id);
        }
        self.selected = (self.selected + 1).min(self.matches.len() - 1);
    }

    /// Goes to a level whose list is fetched.
    fn list(&mut self, level: Level) -> ListRequest {
        let request = match &level {
            Level::Environments(_) | Level::Flows => ListRequest::Flows,
            Level::Tenants(_) => ListRequest::Tenants,
            Level::Jobs(flow, tenant) => ListRequest::Jobs(flow.id.clone(), tenant.clone()),
        };
        self.level = level;
        self.listing = Listing::Waiting;
        self.input = LineInput::default();
        self.matches.clear();
        self.selected = 0;
        request
    }

    fn list_and_stay(&mut self, level: Level) -> Outcome {
        let request = self.list(level);
        Outcome::Run(OverlayAction::List(self.environment, request))
    }

    /// Opens the selected item. The chosen jobs are added instead.
    fn enter(&mut self, context: &Context) -> Outcome {
        if matches!(self.listing, Listing::Failed(_)) {
            return self.list_and_stay(self.level.clone());
        }
        let Some(index) = self.matches.get(self.selected).copied() else {
            return Outcome::Stay;
        };
        if let Some(id) = self.id(index).map(str::to_owned) {
            self.opened.insert(self.key(), id);
        }
        let level = match (&self.level, &self.listing) {
            (Level::Environments(ids), _) => {
                self.environment = ids[index];
                Level::Flows
            }
            (_, Listing::Ready(Listed::Flows(flows))) => Level::Tenants(flows[index].clone()),
            (Level::Tenants(flow), Listing::Ready(Listed::Tenants(tenants))) => {
                Level::Jobs(flow.clone(), tenants[index].clone())
            }
            (_, Listing::Ready(Listed::Jobs(jobs))) => {
                let outcome = self.add(context, jobs);
                self.marks.remove(&self.key());
                return outcome;
            }
            (Level::Flows | Level::Jobs(..), Listing::Ready(Listed::Tenants(_)))
            | (_, Listing::Local | Listing::Waiting | Listing::Failed(_)) => return Outcome::Stay,
        };
        self.list_and_stay(level)
    }

    fn add(&self, context: &Context, listed: &[ListedJob]) -> Outcome {
        let flow = match &self.level {
            Level::Jobs(flow, _) => flow.name.as_ref(),
            Level::Environments(_) | Level::Flows | Level::Tenants(_) => None,
        };
        let jobs: Vec<_> = self
            .chosen()
            .into_iter()
            .filter_map(|index| listed.get(index))
            .map(|listed| &listed.address)
            .filter(|address| {
                let mut known = context.jobs.of_run(self.environment, &address.job_root);
                known.next().is_none()
            })
            .map(|address| WatchedJob {
                name: Text::cut(
                    &match flow {
                        Some(flow) => format!("{} {}", address.tenant, flow.one_line()),
                        None => format!("{} {}", address.tenant, address.job_root.job_id()),
                    },
                    MAX_NAME_BYTES,
                ),
                environment: self.environment,
                address: address.clone(),
                poll_interval: None,
                tags: Vec::new(),
            })
            .collect();
        Outcome::CloseAndRun(if jobs.is_empty() {
            OverlayAction::Notify(Severity::Plain, "already watched".to_owned())
        } else {
            OverlayAction::AddJobs(jobs)
        })
    }

    /// Follows the chosen flows, or the flow for the chosen tenants.
    fn follow(&mut self) -> Outcome {
        let chosen = self.chosen();
        let follow = |flow: &Flow, tenants: Option<Vec<TenantId>>| Follow {
            name: flow
                .name
                .clone()
                .unwrap_or_else(|| Text::new(flow.id.as_str())),
            environment: self.environment,
            flow: flow.id.clone(),
            tenants,
            since: None,
            gate: Vec::new(),
        };
        let follows: Vec<_> = match (&self.level, &self.listing) {
            (Level::Flows, Listing::Ready(Listed::Flows(flows))) => {
                let flows = chosen.iter().filter_map(|index| flows.get(*index));
                flows.map(|flow| follow(flow, None)).collect()
            }
            (Level::Tenants(flow), Listing::Ready(Listed::Tenants(tenants))) => {
                let tenants: Vec<_> = chosen
                    .iter()
                    .filter_map(|index| tenants.get(*index).cloned())
                    .collect();
                if tenants.is_empty() {
                    return Outcome::Stay;
                }
                vec![follow(flow, Some(tenants))]
            }
            (Level::Jobs(flow, tenant), _) => vec![follow(flow, Some(vec![tenant.clone()]))],
            (Level::Environments(_) | Level::Flows | Level::Tenants(_), _) => Vec::new(),
        };
        if follows.is_empty() {
            return Outcome::Stay;
        }
        self.marks.remove(&self.key());
        Outcome::CloseAndRun(OverlayAction::Follow(follows))
    }

    /// Clears the text, goes back a level, or closes the browser.
    fn back(&mut self, context: &Context) -> Outcome {
        if !self.input.is_empty() {
            self.input = LineInput::default();
            self.narrow(context);
            return Outcome::Stay;
        }
        match self.level.clone() {
            Level::Jobs(flow, _) => self.list_and_stay(Level::Tenants(flow)),
            Level::Tenants(_) => self.list_and_stay(Level::Flows),
            Level::Flows if context.environments.len() > 1 => {
                let ids: Vec<_> = context.environments.iter().map(|entry| entry.id).collect();
                let current = ids.iter().position(|id| *id == self.environment);
                self.level = Level::Environments(ids);
                self.listing = Listing::Local;
                self.selected = current.unwrap_or_default();
                self.narrow(context);
                Outcome::Run(OverlayAction::StopListing)
            }
            Level::Flows | Level::Environments(_) => {
                Outcome::CloseAndRun(OverlayAction::StopListing)
            }
        }
    }
}

fn job_label(context: &Context, listed: &ListedJob) -> String {
    let job = &listed.job;
    let started = job.start_time.as_ref().and_then(|start| start.at);
    let updated = job.last_updated.as_ref().and_then(|updated| updated.at);
    let end = if job.status.is_finished() {
        updated
    } else {
        Some(context.now)
    };
    let started_ago = started.map(|started| age(started, context.now));
    let ran = started
        .zip(end)
        .map(|(start, end)| elapsed(end.duration_since(start)));
    format!(
        "{:<16} {:>5} ago {:>8}  {}",
        job.status,
        started_ago.unwrap_or_default(),
        ran.unwrap_or_default(),
        listed.address.job_root.job_id()
    )
}

impl OverlayPart for Discover {
    fn on_key(&mut self, context: &Context, key: KeyEvent) -> Outcome {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let last = self.matches.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter => return self.enter(context),
            KeyCode::Char('f') if control => return self.follow(),
            KeyCode::Esc => return self.back(context),
            KeyCode::Left if self.input.is_empty() => return self.back(context),
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::PageDown => self.selected = (self.selected + PAGE).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            KeyCode::Tab => self.toggle_mark(),
            _ => {
                if self.input.on_key(key) {
                    self.selected = 0;
                    self.narrow(context);
                }
            }
        }
        Outcome::Stay
    }

    fn on_paste(&mut self, context: &Context, text: &str) -> Outcome {
        self.input.paste(text);
        self.selected = 0;
        self.narrow(context);
        Outcome::Stay
    }

    /// Selects the item; a second click does what enter does.
    fn on_line(&mut self, context: &Context, index: usize) -> Outcome {
        if self.selected == index {
            return self.on_key(context, KeyCode::Enter.into());
        }
        self.selected = index;
        Outcome::Stay
    }

    fn hints(&self, _context: &Context) -> Vec<Hint> {
        let hints: &[(&str, &'static str)] = match self.level {
            _ if matches!(self.listing, Listing::Failed(_)) => {
                &[("enter", "retry"), ("esc", "back")]
            }
            Level::Environments(_) => &[("enter", "open"), ("esc", "close")],
            Level::Flows => &[
                ("enter", "tenants"),
                ("ctrl-f", "follow for all tenants"),
                ("tab", "mark"),
                ("esc", "close"),
            ],
            Level::Tenants(_) => &[
                ("enter", "jobs"),
                ("tab", "mark"),
                ("ctrl-f", "follow for these"),
                ("esc", "back"),
            ],
            Level::Jobs(..) => &[
                ("enter", "add"),
                ("tab", "mark"),
                ("ctrl-f", "follow this tenant"),
                ("esc", "back"),
            ],
        };
        hints
            .iter()
            .map(|(key, label)| Hint::fixed(key, label))
            .collect()
    }
}
