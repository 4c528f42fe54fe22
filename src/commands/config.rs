//! `hgtop config`: where the file is, making one, checking it.

use std::io;

use super::{Exit, Failure, print};
use crate::cli::{ConfigCommand, Global};
use crate::config::{self, ConfigError, config_path};

pub(super) fn run(global: &Global, command: ConfigCommand) -> Result<Exit, Failure> {
    let path = config_path(global.config.clone())?;
    match command {
        ConfigCommand::Path => print(format!("{}\n", path.display()).as_bytes()),
        ConfigCommand::Init => {
            config::create(&path).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Failure::Usage(format!(
                    "{} exists and is left as it is; check it with: hgtop config check",
                    path.display()
                )),
                _ => Failure::Config(ConfigError::Unreadable {
                    path: path.clone(),
                    reason: format!("cannot be written: {error}"),
                }),
            })?;
            let words = format!(
                "{}: written.\nNow put your env_id and jobs into it, and the key into $HOTGLUE_API_KEY; then: hgtop config check\n",
                path.display()
            );
            print(words.as_bytes())
        }
        ConfigCommand::Check => {
            let config = config::load(&path, &global.overrides())?;
            super::dashboard::keymap(&config)?;
            let mut words = format!(
                "{}: right. Environments: {}. Jobs: {}.\n",
                path.display(),
                config.environments.len(),
                config.jobs.len()
            );
            for warning in &config.warnings {
                words.push_str(&format!("Mind: {warning}\n"));
            }
            print(words.as_bytes())
        }
    }
}
