//! The dashboard, which `hgtop` shows without a command.

use std::io::{self, Write};

use tokio::runtime::Runtime;

use super::{CliError, Exit, output};
use crate::app::{ConfigSource, KeyMap, View};
use crate::cli::Global;
use crate::config::{self, Config, ConfigError, config_path};
use crate::runtime::dashboard::{self, Dashboard};
use crate::runtime::executor;
use crate::runtime::history::HistoryStore;
use crate::terminal::Ending;

pub(super) fn run(global: &Global) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let shown = path.display().to_string();
    let overrides = global.overrides();
    let (config, source) = match config::load(&path, &overrides) {
        Ok(config) => (config, ConfigSource::File(shown)),
        // A file named on the command line must exist; otherwise a missing one
        // means a first run.
        Err(ConfigError::Missing { .. }) if global.config.is_none() => (
            config::parse("", &path, &overrides)?,
            ConfigSource::NoFile(shown),
        ),
        Err(error) => return Err(error.into()),
    };
    let executor = executor::build()?;
    let dashboard = Dashboard {
        keymap: keymap(&config)?,
        history: HistoryStore::of(&config),
        config,
        source,
        overrides,
        colors: output::colors(global.color),
        replay: None,
    };
    let exit = show(dashboard, &executor);
    // A name lookup that hangs must not keep the process alive.
    executor.shutdown_background();
    exit
}

/// Shows a dashboard until it ends, then prints its summary.
pub(super) fn show(dashboard: Dashboard, executor: &Runtime) -> Result<Exit, CliError> {
    let ended = dashboard::show(dashboard, executor)?;
    for notice in &ended.unsaved {
        output::note(notice);
    }
    match ended.ending {
        Ending::Quit => {
            if let Some(summary) = ended.summary {
                let _ = io::stdout().lock().write_all(summary.as_bytes());
            }
            Ok(Exit::Success)
        }
        Ending::Signal(code) => Ok(Exit::Code(code)),
        Ending::WatcherLost => Err(CliError::WATCHER_LOST),
    }
}

/// Returns the key map with the bindings and the custom commands of the config
/// file, and checks the views.
pub(super) fn keymap(config: &Config) -> Result<KeyMap, ConfigError> {
    let bindings = config
        .keys
        .iter()
        .map(|binding| (binding.action.as_str(), binding.keys.as_slice()));
    for view in &config.views {
        View::of(view).map_err(|(place, error)| config.problem_at(place, error))?;
    }
    let keymap = KeyMap::rebind(bindings)
        .map_err(|(index, error)| config.problem_at(config.keys[index].place, error.to_string()))?;
    let commands = config.commands.iter();
    keymap
        .with_commands(commands.map(|command| command.key.as_deref()))
        .map_err(|(index, error)| {
            config.problem_at(config.commands[index].place, error.to_string())
        })
}
