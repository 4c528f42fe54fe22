//! `hgtop rollout start`: sets the start of a rollout in the config file.

use jiff::Timestamp;

use super::super::{CliError, Exit, output};
use super::find::find;
use crate::cli::{Global, RolloutStart};
use crate::config::{self, Change, config_path};

pub(super) fn run(global: &Global, options: &RolloutStart) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let follow = find(&config, &options.name)?;
    let now = Timestamp::now();
    // The whole second counts: runs are created in it after this command.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let start = options.at.unwrap_or(now);
    let environment = config.environments[follow.environment].name.to_string();
    let entry = follow.clone().with_environment(environment);
    let saved = config::save(&path, &Change::SetStart(entry, Some(start)))
        .map_err(|error| CliError::Usage(error.to_string()))?;
    if saved.count == 0 {
        let message = format!("\"{}\" was removed from the config file", follow.name);
        return Err(CliError::Usage(message));
    }
    let before = match follow.since {
        Some(before) => format!(" (before: {before})"),
        None => String::new(),
    };
    output::text(&format!(
        "rollout \"{}\" starts at {start}{before}\n",
        follow.name
    ))
}
