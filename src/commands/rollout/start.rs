//! `hgtop rollout start`: sets the start of a rollout in the config file.

use jiff::{Timestamp, Unit};

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
    let start = options.at.unwrap_or(now);
    // A fraction of a second says nothing to a reader of the file.
    let start = if options.at.is_none() {
        start.round(Unit::Second).unwrap_or(start)
    } else {
        start
    };
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
