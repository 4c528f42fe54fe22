//! The config file: its schema, reading it with errors that name line and
//! column, writing changes to it, and the sources of API keys.
//!
//! Schedules and screens are not handled here. Key bindings are checked by the
//! key map, which reports their place with [`Config::problem_at`].

mod check;
mod check_jobs;
mod child_environment;
mod commands;
mod condition;
mod contents;
mod files;
mod hotglue_cli;
mod key_command;
mod key_source;
mod location;
mod overrides;
mod problem;
mod process_group;
mod read;
mod replace;
mod resolve;
mod schema;
mod since;
mod template;
mod values;
mod write;

pub(crate) use child_environment::variables_with_keys;
pub use commands::{CommandOutput, CommandScope, CustomCommand};
pub(crate) use commands::{PlaceholderValues, fill};
pub use condition::Condition;
pub(crate) use condition::GateMetric;
pub use contents::Config;
pub(crate) use contents::{
    Environment, Follow, KeyBinding, SavedView, Settings, ViewEntry, WatchedJob,
};
pub(crate) use hotglue_cli::HotglueCli;
pub use hotglue_cli::hotglue_cli_value;
pub use key_source::KeySource;
pub(crate) use location::{LocationError, config_path};
pub use overrides::Overrides;
pub use problem::ConfigError;
pub(crate) use problem::Place;
pub(crate) use problem::did_you_mean;
pub(crate) use process_group::ProcessGroup;
pub use read::{load, parse};
pub(crate) use resolve::{Resolution, resolve};
pub(crate) use template::{SCHEMA, SCHEMA_FILE, TEMPLATE, create};
pub(crate) use values::NotifyOn;
pub use values::{Accent, Glyphs, ThemeName, env_id, poll_interval};
pub use write::{Change, JobEntryId, Saved, apply, save, save_unless_canceled};
pub(crate) use write::{FollowEntry, JobEntry, RemovedTable};
