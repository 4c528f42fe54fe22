//! What the command line says about environments.

use super::child_environment::DEFAULT_VARIABLE;
use super::contents::Environment;
use super::key_source::KeySource;
use super::problem::did_you_mean;
use super::values::env_id;
use crate::hotglue::{BaseUrl, DEFAULT_BASE_URL, Text};

/// What the command line says about environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The name of a configured environment: only its jobs are watched.
    pub(crate) env: Option<String>,
    /// Replaces its base URL.
    pub(crate) base_url: Option<String>,
    /// Replaces its `env_id`.
    pub(crate) env_id: Option<String>,
}

impl Overrides {
    /// Applies the overrides; returns the index of the only environment to
    /// watch, if there is one.
    ///
    /// # Errors
    /// A message, when an override is invalid or its environment is not clear.
    pub(super) fn apply(
        &self,
        environments: &mut Vec<Environment>,
    ) -> Result<Option<usize>, String> {
        let only = self
            .env
            .as_ref()
            .map(|name| find(name, environments))
            .transpose()?;
        if self.base_url.is_none() && self.env_id.is_none() {
            return Ok(only);
        }
        if environments.is_empty() {
            environments.push(self.environment()?);
        }
        let index = match (only, environments.len()) {
            (Some(index), _) => index,
            (None, 1) => 0,
            (None, _) => {
                return Err(
                    "several environments are configured; use --base-url and --env-id with --env"
                        .to_owned(),
                );
            }
        };
        let environment = &mut environments[index];
        if let Some(text) = &self.base_url {
            environment.base_url =
                BaseUrl::parse(text, false).map_err(|error| format!("--base-url: {error}"))?;
        }
        if let Some(text) = &self.env_id {
            environment.env_id = env_id(text).map_err(|error| format!("--env-id: {error}"))?;
        }
        Ok(only)
    }

    /// An environment that only the command line describes.
    fn environment(&self) -> Result<Environment, String> {
        let Some(text) = &self.env_id else {
            return Err("no environment is configured; use --base-url with --env-id".to_owned());
        };
        Ok(Environment {
            name: Text::cut(text, 64),
            env_id: env_id(text).map_err(|error| format!("--env-id: {error}"))?,
            base_url: BaseUrl::parse(DEFAULT_BASE_URL, false).map_err(|error| error.to_string())?,
            key: KeySource::Variable(DEFAULT_VARIABLE.to_owned()),
            accent: None,
            job_url: None,
        })
    }
}

fn find(name: &str, environments: &[Environment]) -> Result<usize, String> {
    let names = || {
        environments
            .iter()
            .map(|environment| environment.name.as_str())
    };
    names().position(|known| known == name).ok_or_else(|| {
        let hint = did_you_mean(name, names());
        format!("--env: unknown environment \"{name}\"{hint}")
    })
}
