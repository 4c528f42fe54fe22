//! The config file: what it may say, reading it with errors that help, and
//! where the keys of its environments come from.
//!
//! A [`Config`] is checked through and through: every environment it names
//! exists, every job has a tenant, a flow and a root. It knows nothing of
//! schedules or screens; key names are checked by the key map, which asks
//! [`Config::problem_at`] to say where in the file a binding stands.

mod check;
mod check_jobs;
mod child_environment;
mod hotglue_cli;
mod key_command;
mod key_source;
mod location;
mod overrides;
mod problem;
mod read;
mod resolve;
mod schema;
mod template;
mod values;
mod write;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::hotglue::{BaseUrl, EnvId, FlowId, JobAddress, TenantId, Text};

pub use hotglue_cli::HotglueCli;
pub use key_command::{KeyCommand, KeyCommandError};
pub use key_source::{KeySource, KeySourceError};
pub use location::{LocationError, config_path};
pub use overrides::Overrides;
pub use problem::{ConfigError, Place, Problem, did_you_mean};
pub use read::{load, parse};
pub use resolve::{Resolution, resolve};
pub use template::{TEMPLATE, create};
pub use values::{Glyphs, NotifyOn, ThemeName, poll_interval};
pub use write::{Change, FollowEntry, JobEntry, JobEntryId, RemovedTable, SaveError, Saved, save};

/// Everything hgtop was told to do.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from; `None` where nothing was read.
    pub path: Option<PathBuf>,
    /// What holds for all environments and jobs.
    pub settings: Settings,
    /// Where jobs run, in the order of the file.
    pub environments: Vec<Environment>,
    /// The watched jobs, in the order of the file.
    pub jobs: Vec<WatchedJob>,
    /// Flows whose newest jobs are to be followed.
    pub follows: Vec<Follow>,
    /// Filters that stand as tabs above the table.
    pub views: Vec<SavedView>,
    /// Keys bound to actions by hand.
    pub keys: Vec<KeyBinding>,
    /// What is well-formed but deserves a word.
    pub warnings: Vec<String>,
}

/// The settings at the top of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Time between two polls of a running job: 1 s to 10 min.
    pub poll_interval: Duration,
    /// Requests a second, for each environment.
    pub max_requests_per_second: u32,
    /// Requests under way at once, for each environment.
    pub max_concurrent_requests: usize,
    /// The colors.
    pub theme: ThemeName,
    /// The characters that draw lines and marks.
    pub glyphs: Glyphs,
    /// What is worth a notification.
    pub notify: Vec<NotifyOn>,
    /// A program run on a transition, with its arguments; empty for none.
    pub on_change: Vec<String>,
    /// Whether what was seen is kept across restarts.
    pub history: bool,
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
    /// The name the file gives it.
    pub name: Text,
    /// The service's own name for it.
    pub env_id: EnvId,
    /// Where its API lives.
    pub base_url: BaseUrl,
    /// Where its key comes from.
    pub key: KeySource,
}

/// A watched job. Its environment is an index into [`Config::environments`] in
/// a config, an id on the dashboard, and a name in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedJob<E = usize> {
    /// What the person calls it; by default its id.
    pub name: Text,
    /// The environment that it runs in.
    pub environment: E,
    /// What names it there.
    pub address: JobAddress,
    /// Time between two polls, where it differs from the common one.
    pub poll_interval: Option<Duration>,
    /// Words to filter and group by.
    pub tags: Vec<Text>,
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

/// A flow whose newest job is to be watched, for each of some tenants. Its
/// environment is named as that of a [`WatchedJob`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow<E = usize> {
    /// What the person calls it.
    pub name: Text,
    /// The environment that it runs in.
    pub environment: E,
    /// The flow.
    pub flow: FlowId,
    /// The tenants; `None` for every one of the environment.
    pub tenants: Option<Vec<TenantId>>,
}

impl<E> Follow<E> {
    /// Returns the same flow with its environment named in another way.
    pub fn with_environment<F>(self, environment: F) -> Follow<F> {
        Follow {
            name: self.name,
            environment,
            flow: self.flow,
            tenants: self.tenants,
        }
    }
}

/// A saved filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// The words on its tab.
    pub name: Text,
    /// The filter, as it would be typed.
    pub filter: String,
}

/// Keys that the file binds to an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyBinding {
    /// The action's name, unchecked.
    pub action: String,
    /// The keys' names, unchecked.
    pub keys: Vec<String>,
    /// Where in the file it stands.
    pub place: Place,
}

impl Config {
    /// A config that watches nothing.
    pub fn empty() -> Self {
        Self {
            path: None,
            settings: Settings::default(),
            environments: Vec::new(),
            jobs: Vec::new(),
            follows: Vec::new(),
            views: Vec::new(),
            keys: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The environment variables that hold an API key of one of the
    /// environments; no child process may inherit them.
    pub fn api_key_variables(&self) -> BTreeSet<OsString> {
        let literals = self.environments.iter().filter_map(|environment| {
            let KeySource::Literal(key) = &environment.key else {
                return None;
            };
            Some(key.clone())
        });
        let literals: Vec<_> = literals.collect();
        child_environment::variables_with_keys(&key_variables(&self.environments), &literals)
    }

    /// An error that stands at a place in this config's file.
    pub fn problem_at(&self, place: Place, message: String) -> ConfigError {
        let problem = Problem {
            place: Some(place),
            message,
        };
        ConfigError::Invalid {
            path: self.path.clone().unwrap_or_default(),
            problems: vec![problem],
        }
    }
}

/// The names of the variables that the environments take their API keys from.
fn key_variables(environments: &[Environment]) -> BTreeSet<String> {
    environments
        .iter()
        .filter_map(|environment| match &environment.key {
            KeySource::Variable(name) => Some(name.clone()),
            KeySource::Command(_) | KeySource::Literal(_) => None,
        })
        .collect()
}
