//! What a valid config holds. Every job and follow names an environment that
//! exists.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::child_environment::variables_with_keys;
use super::commands::CustomCommand;
use super::condition::Condition;
use super::key_source::KeySource;
use super::problem::{ConfigError, Place, Problem};
use super::values::{Accent, Glyphs, NotifyOn, ThemeName};
use crate::hotglue::{BaseUrl, EnvId, FlowId, JobAddress, TenantId, Text};

/// A valid config.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from; `None` without a file.
    pub(crate) path: Option<PathBuf>,
    /// The settings at the top of the file.
    pub settings: Settings,
    /// The environments, in the order of the file.
    pub environments: Vec<Environment>,
    /// The watched jobs, in the order of the file.
    pub jobs: Vec<WatchedJob>,
    /// The followed flows, in the order of the file.
    pub follows: Vec<Follow>,
    /// The saved views, shown as tabs above the table.
    pub(crate) views: Vec<SavedView>,
    /// The custom commands, whose keys are not yet checked by the key map.
    pub(crate) commands: Vec<CustomCommand>,
    /// The key bindings, not yet checked by the key map.
    pub(crate) keys: Vec<KeyBinding>,
    /// What is valid but probably a mistake.
    pub(crate) warnings: Vec<String>,
}

/// The settings that apply to all environments and jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Time between two polls of a running job: 1 s to 10 min.
    pub poll_interval: Duration,
    /// The most requests per second to one environment.
    pub max_requests_per_second: u32,
    /// The most requests in flight to one environment.
    pub max_concurrent_requests: usize,
    /// The colors.
    pub(crate) theme: ThemeName,
    /// The characters for lines and marks.
    pub glyphs: Glyphs,
    /// The events worth a notification.
    pub(crate) notify: Vec<NotifyOn>,
    /// A program to run on each transition, with its arguments; empty for none.
    pub(crate) on_change: Vec<String>,
    /// Whether transitions are recorded across restarts.
    pub(crate) history: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            poll_interval: Duration::from_secs(5),
            max_requests_per_second: 20,
            max_concurrent_requests: 16,
            theme: ThemeName::Auto,
            glyphs: Glyphs::Auto,
            notify: vec![NotifyOn::Failed, NotifyOn::Completed],
            on_change: Vec::new(),
            history: true,
        }
    }
}

/// An environment of hotglue.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Its name in the config file.
    pub name: Text,
    /// Its name in hotglue.
    pub env_id: EnvId,
    /// The base URL of its API.
    pub base_url: BaseUrl,
    /// Where its API key comes from.
    pub key: KeySource,
    /// The address of a job's page, with placeholders.
    pub(crate) job_url: Option<String>,
    /// Its color in the header and on frames.
    pub(crate) accent: Option<Accent>,
}

/// A watched job. Its environment is an index into [`Config::environments`] in
/// a config, an id on the dashboard, and a name in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedJob<E = usize> {
    /// The user's name for it; the job's id by default.
    pub(crate) name: Text,
    /// The environment that it runs in.
    pub environment: E,
    /// Its address within that environment.
    pub address: JobAddress,
    /// Time between two polls, where it differs from the setting.
    pub(crate) poll_interval: Option<Duration>,
    /// Tags to filter and group by.
    pub(crate) tags: Vec<Text>,
}

impl<E> WatchedJob<E> {
    /// Returns the same job with its environment named in another way.
    pub fn with_environment<F>(self, environment: F) -> WatchedJob<F> {
        WatchedJob {
            name: self.name,
            environment,
            address: self.address,
            poll_interval: self.poll_interval,
            tags: self.tags,
        }
    }
}

/// A followed flow: the newest job of each of its tenants is watched. Its
/// environment is named as that of a [`WatchedJob`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow<E = usize> {
    /// The user's name for it; the flow's id by default.
    pub(crate) name: Text,
    /// The environment that it runs in.
    pub environment: E,
    /// The flow.
    pub(crate) flow: FlowId,
    /// The tenants; `None` for every tenant of the environment.
    pub(crate) tenants: Option<Vec<TenantId>>,
    /// The start of the rollout, which makes it one: only runs that began then
    /// or later count. Without it the newest run counts.
    pub(crate) since: Option<Timestamp>,
    /// The conditions of its gate; empty for none.
    pub(crate) gate: Vec<Condition>,
}

impl<E> Follow<E> {
    /// Returns the same flow with its environment named in another way.
    pub(crate) fn with_environment<F>(self, environment: F) -> Follow<F> {
        Follow {
            name: self.name,
            environment,
            flow: self.flow,
            tenants: self.tenants,
            since: self.since,
            gate: self.gate,
        }
    }
}

/// A view as the file has it. The dashboard checks the names in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SavedView {
    /// The view.
    pub(crate) entry: ViewEntry,
    /// The place of the filter; that of the name without one.
    pub(crate) filter_place: Place,
    /// The place of the sort order.
    pub(crate) sort_place: Place,
    /// The place of the attribute to group by.
    pub(crate) group_place: Place,
    /// The places of the columns.
    pub(crate) column_places: Vec<Place>,
}

/// A view: filter, sort order, groups and columns, as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ViewEntry {
    /// The label of its tab.
    pub(crate) name: Text,
    /// The filter, as a user would type it.
    pub(crate) filter: String,
    /// The column to sort by, after a minus sign in descending order.
    pub(crate) sort: Option<String>,
    /// The attribute to group by.
    pub(crate) group: Option<String>,
    /// The columns, in their order.
    pub(crate) columns: Option<Vec<String>>,
}

/// Keys that the config binds to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyBinding {
    /// The action's name, not yet checked.
    pub(crate) action: String,
    /// The keys' names, not yet checked.
    pub(crate) keys: Vec<String>,
    /// The place of the binding in the file.
    pub(crate) place: Place,
}

impl Config {
    /// A config without environments and jobs.
    pub fn empty() -> Self {
        Self {
            path: None,
            settings: Settings::default(),
            environments: Vec::new(),
            jobs: Vec::new(),
            follows: Vec::new(),
            views: Vec::new(),
            commands: Vec::new(),
            keys: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The environment variables that hold an API key of one of the
    /// environments; no child process may inherit them.
    pub(crate) fn api_key_variables(&self) -> BTreeSet<OsString> {
        let literal = |environment: &Environment| match &environment.key {
            KeySource::Literal(key) => Some(key.clone()),
            KeySource::Variable(_) | KeySource::Command(_) => None,
        };
        let literals: Vec<_> = self.environments.iter().filter_map(literal).collect();
        variables_with_keys(&key_variables(&self.environments), &literals)
    }

    /// An error at a place in this config's file.
    pub(crate) fn problem_at(&self, place: Place, message: impl AsRef<str>) -> ConfigError {
        ConfigError::Invalid {
            path: self.path.clone().unwrap_or_default(),
            problems: vec![Problem::at(place, message.as_ref())],
        }
    }
}

/// The names of the variables that the environments take their API keys from.
pub(super) fn key_variables(environments: &[Environment]) -> BTreeSet<String> {
    environments
        .iter()
        .filter_map(|environment| match &environment.key {
            KeySource::Variable(name) => Some(name.clone()),
            KeySource::Command(_) | KeySource::Literal(_) => None,
        })
        .collect()
}
