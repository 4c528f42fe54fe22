//! `hgtop replay`: the dashboard on recorded history.

use super::dashboard::{keymap, show};
use super::{CliError, Exit, output};
use crate::app::ConfigSource;
use crate::cli::{Global, Replay};
use crate::config::{self, Config, ConfigError, Overrides, config_path};
use crate::history::Store;
use crate::runtime::dashboard::{Dashboard, ReplayRange};
use crate::runtime::executor;
use crate::runtime::history::HistoryStore;

pub(super) fn run(global: &Global, options: &Replay) -> Result<Exit, CliError> {
    let history = HistoryStore::ReadOnly(options.file.clone());
    // Before the terminal is taken: the error stays readable.
    let store = history.open();
    let store: Store = store
        .map_err(|error| CliError::Undetermined(error.to_string()))?
        .store;
    let config = looks(global)?;
    let executor = executor::build()?;
    let dashboard = Dashboard {
        keymap: keymap(&config)?,
        history: HistoryStore::Opened(Box::new(store)),
        config,
        source: ConfigSource::Replay,
        overrides: Overrides::default(),
        colors: output::colors(global.color),
        replay: Some(ReplayRange {
            from: options.from,
            to: options.to,
            speed: options.speed,
        }),
    };
    let exit = show(dashboard, &executor);
    executor.shutdown_background();
    exit
}

/// What a replay takes from the config, where there is one: how the dashboard
/// looks, its keys and views, and the addresses of job pages.
fn looks(global: &Global) -> Result<Config, CliError> {
    let path = match config_path(global.config.clone()) {
        Ok(path) => path,
        Err(_) if global.config.is_none() => return Ok(Config::empty()),
        Err(error) => return Err(error.into()),
    };
    match config::load(&path, &Overrides::default()) {
        Ok(config) => Ok(Config {
            path: None,
            jobs: Vec::new(),
            follows: Vec::new(),
            commands: Vec::new(),
            warnings: Vec::new(),
            ..config
        }),
        Err(ConfigError::Missing { .. }) if global.config.is_none() => Ok(Config::empty()),
        Err(error) => Err(error.into()),
    }
}
