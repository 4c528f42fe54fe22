//! What the command line says about environments.

use super::child_environment::DEFAULT_VARIABLE;
use super::problem::did_you_mean;
use super::{Environment, KeySource};
use crate::hotglue::{BaseUrl, DEFAULT_BASE_URL, EnvId, Text};

/// What the command line says about environments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// A configured environment, by name: only its jobs are watched.
    pub env: Option<String>,
    /// Another base URL for it.
    pub base_url: Option<String>,
    /// Another `env_id` for it.
    pub env_id: Option<String>,
}

impl Overrides {
    /// Applies them; answers with the only environment to watch, if there is
    /// one.
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
        let at = match (only, environments.len()) {
            (Some(at), _) => at,
            (None, 1) => 0,
            (None, _) => {
                return Err(
                    "--base-url and --env-id need --env, since several environments are configured"
                        .to_owned(),
                );
            }
        };
        let environment = &mut environments[at];
        if let Some(text) = &self.base_url {
            environment.base_url =
                BaseUrl::parse(text, false).map_err(|error| format!("--base-url: {error}"))?;
        }
        if let Some(text) = &self.env_id {
            environment.env_id =
                EnvId::parse(text).map_err(|error| format!("--env-id: {error}"))?;
        }
        Ok(only)
    }

    /// An environment made of the command line alone.
    fn environment(&self) -> Result<Environment, String> {
        let Some(env_id) = &self.env_id else {
            return Err("--base-url needs an environment: name its id with --env-id".to_owned());
        };
        Ok(Environment {
            name: Text::cut(env_id, 64),
            env_id: EnvId::parse(env_id).map_err(|error| format!("--env-id: {error}"))?,
            base_url: BaseUrl::parse(DEFAULT_BASE_URL, false).map_err(|error| error.to_string())?,
            key: KeySource::Variable(DEFAULT_VARIABLE.to_owned()),
        })
    }
}

fn find(name: &str, environments: &[Environment]) -> Result<usize, String> {
    environments
        .iter()
        .position(|each| each.name.as_str() == name)
        .ok_or_else(|| {
            let known = environments.iter().map(|each| each.name.as_str());
            format!(
                "--env: no environment '{name}'{}",
                did_you_mean(name, known)
            )
        })
}
