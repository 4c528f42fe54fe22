//! The environments of the dashboard: for each one its configuration, whether
//! its API key is available, and the state of its circuit breaker.
//!
//! An environment keeps its [`EnvironmentId`] for the whole session: reloads
//! match environments by name, and an id is never given to another name. This
//! is the only place that translates the indexes of a [`Config`] into ids.
//!
//! [`Config`]: crate::config::Config

use std::collections::HashMap;

use crate::config::{Environment, Follow, WatchedJob};
use crate::hotglue::{EnvId, Text};
use crate::watch::{EnvironmentId, EnvironmentStatus};

/// An environment of the dashboard.
#[derive(Debug, Clone)]
pub struct EnvironmentEntry {
    /// The id that rows, polls and effects refer to.
    pub(crate) id: EnvironmentId,
    /// The environment as the config file describes it.
    pub(crate) config: Environment,
    /// Whether its API key is available.
    pub(crate) api_key: ApiKeyState,
    /// The state of its circuit breaker.
    pub(crate) status: EnvironmentStatus,
}

/// Whether the API key of an environment is available.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum ApiKeyState {
    /// The key has not been read yet.
    #[default]
    Pending,
    /// The key was read.
    Available,
    /// The key could not be read, with the reason.
    Unavailable(String),
}

impl EnvironmentEntry {
    fn new(id: EnvironmentId, config: Environment) -> Self {
        Self {
            id,
            config,
            api_key: ApiKeyState::default(),
            status: EnvironmentStatus::Closed,
        }
    }

    /// The name in the config file.
    pub fn name(&self) -> &Text {
        &self.config.name
    }

    /// The service's id of the environment.
    pub fn env_id(&self) -> &EnvId {
        &self.config.env_id
    }

    /// Whether jobs of this environment are not being polled as configured
    /// because of the key, the service or the network.
    pub(crate) fn has_problem(&self) -> bool {
        matches!(self.api_key, ApiKeyState::Unavailable(_))
            || matches!(
                self.status,
                EnvironmentStatus::Unauthorized { .. } | EnvironmentStatus::Outage { .. }
            )
    }

    fn connects_like(&self, other: &Environment) -> bool {
        self.config.env_id == other.env_id
            && self.config.base_url == other.base_url
            && self.config.key.is_same(&other.key)
    }
}

/// All environments, in the order of the config file. See the module's
/// documentation.
#[derive(Debug, Default)]
pub struct Environments {
    entries: Vec<EnvironmentEntry>,
    /// Every name seen in this session, so that a name which is removed and
    /// added again keeps its id.
    ids: HashMap<Text, EnvironmentId>,
}

/// What [`Environments::adopt`] found.
#[derive(Debug)]
pub(in crate::app) struct Adopted {
    /// The ids of the config's environments, in the config's order.
    ids: Vec<EnvironmentId>,
    /// Environments that are new or reached in another way than before.
    pub(in crate::app) changed: Vec<EnvironmentId>,
}

impl Adopted {
    /// Returns a job of the config with the id of its environment.
    pub(in crate::app) fn job(&self, job: WatchedJob) -> WatchedJob<EnvironmentId> {
        let id = self.ids[job.environment];
        job.with_environment(id)
    }

    /// Returns a followed flow of the config with the id of its environment.
    pub(in crate::app) fn follow(&self, follow: Follow) -> Follow<EnvironmentId> {
        let id = self.ids[follow.environment];
        follow.with_environment(id)
    }
}

impl Environments {
    /// Takes over the environments of a config that was just read. State is
    /// kept for those that are reached as before.
    pub(in crate::app) fn adopt(&mut self, configured: Vec<Environment>) -> Adopted {
        let mut before = std::mem::take(&mut self.entries);
        let mut changed = Vec::new();
        for environment in configured {
            let next = EnvironmentId(self.ids.len());
            let id = *self.ids.entry(environment.name.clone()).or_insert(next);
            let known = before
                .iter()
                .position(|entry| entry.id == id && entry.connects_like(&environment));
            let entry = if let Some(index) = known {
                EnvironmentEntry {
                    config: environment,
                    ..before.swap_remove(index)
                }
            } else {
                changed.push(id);
                EnvironmentEntry::new(id, environment)
            };
            self.entries.push(entry);
        }
        Adopted {
            ids: self.entries.iter().map(|entry| entry.id).collect(),
            changed,
        }
    }

    /// The environment with this id; `None` once it is removed from the config.
    pub fn get(&self, id: EnvironmentId) -> Option<&EnvironmentEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// All environments, in the order of the config file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &EnvironmentEntry> + Clone {
        self.entries.iter()
    }

    /// The number of environments.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no environment is configured.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The environments whose jobs are not being polled as configured.
    pub(crate) fn with_problems(&self) -> impl Iterator<Item = &EnvironmentEntry> {
        self.entries.iter().filter(|entry| entry.has_problem())
    }

    /// The environment that the service calls `env_id`.
    pub(in crate::app) fn by_env_id(&self, env_id: &EnvId) -> Option<&EnvironmentEntry> {
        self.entries
            .iter()
            .find(|entry| entry.config.env_id == *env_id)
    }

    /// The name of an environment; empty once it is removed from the config.
    pub(in crate::app) fn name(&self, id: EnvironmentId) -> Text {
        self.get(id)
            .map_or_else(Text::default, |entry| entry.name().clone())
    }

    /// The neighbor of an environment in the config's order, wrapping around;
    /// the first environment where none is given.
    pub(in crate::app) fn neighbor(
        &self,
        id: Option<EnvironmentId>,
        forward: bool,
    ) -> Option<EnvironmentId> {
        let count = self.entries.len();
        let current = self.entries.iter().position(|entry| Some(entry.id) == id);
        let index = match current {
            None => 0,
            Some(index) if forward => (index + 1) % count,
            Some(index) => (index + count - 1) % count,
        };
        Some(self.entries.get(index)?.id)
    }

    pub(in crate::app) fn set_api_key(&mut self, id: EnvironmentId, state: ApiKeyState) {
        if let Some(entry) = self.get_mut(id) {
            entry.api_key = state;
        }
    }

    pub(in crate::app) fn set_status(&mut self, id: EnvironmentId, status: EnvironmentStatus) {
        if let Some(entry) = self.get_mut(id) {
            entry.status = status;
        }
    }

    fn get_mut(&mut self, id: EnvironmentId) -> Option<&mut EnvironmentEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{self, Overrides};

    fn environments(names: &[&str]) -> Vec<Environment> {
        let tables: Vec<_> = names
            .iter()
            .map(|name| format!("[environments.{name}]\nenv_id = \"{name}.hotglue.xyz\"\n"))
            .collect();
        let text = tables.concat();
        config::parse(&text, Path::new("hgtop.toml"), &Overrides::default())
            .unwrap()
            .environments
    }

    fn names(store: &Environments) -> Vec<(&str, usize)> {
        store
            .iter()
            .map(|entry| (entry.name().as_str(), entry.id.0))
            .collect()
    }

    #[test]
    fn ids_survive_reloads_and_are_never_reused() {
        let mut store = Environments::default();
        store.adopt(environments(&["dev", "prod"]));
        assert_eq!(names(&store), [("dev", 0), ("prod", 1)]);
        store.set_api_key(EnvironmentId(1), ApiKeyState::Available);

        let adopted = store.adopt(environments(&["prod", "stage"]));
        assert_eq!(names(&store), [("prod", 1), ("stage", 2)]);
        assert_eq!(adopted.changed, [EnvironmentId(2)]);
        let prod = store.get(EnvironmentId(1)).unwrap();
        assert_eq!(prod.api_key, ApiKeyState::Available);
        assert!(store.get(EnvironmentId(0)).is_none());

        let adopted = store.adopt(environments(&["dev", "prod", "stage"]));
        assert_eq!(names(&store), [("dev", 0), ("prod", 1), ("stage", 2)]);
        assert_eq!(adopted.changed, [EnvironmentId(0)]);
    }

    #[test]
    fn state_is_reset_when_the_connection_changes() {
        let mut store = Environments::default();
        store.adopt(environments(&["dev"]));
        store.set_api_key(EnvironmentId(0), ApiKeyState::Available);
        let mut moved = environments(&["dev"]);
        moved[0].env_id = EnvId::parse("other.hotglue.xyz").unwrap();
        let adopted = store.adopt(moved);
        assert_eq!(adopted.changed, [EnvironmentId(0)]);
        let dev = store.get(EnvironmentId(0)).unwrap();
        assert_eq!(dev.api_key, ApiKeyState::Pending);
        assert_eq!(dev.env_id().as_str(), "other.hotglue.xyz");
    }

    #[test]
    fn neighbors_wrap_around_in_file_order() {
        let mut store = Environments::default();
        assert_eq!(store.neighbor(None, true), None);
        store.adopt(environments(&["dev", "prod"]));
        let (dev, prod) = (Some(EnvironmentId(0)), Some(EnvironmentId(1)));
        assert_eq!(store.neighbor(None, true), dev);
        assert_eq!(store.neighbor(dev, true), prod);
        assert_eq!(store.neighbor(prod, true), dev);
        assert_eq!(store.neighbor(dev, false), prod);
    }
}
