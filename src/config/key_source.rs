//! Where an environment's API key comes from, and fetching it. The key itself
//! is never part of an error.

use thiserror::Error;

use super::key_command::{KeyCommand, KeyCommandError};
use crate::hotglue::{ApiKey, ApiKeyError};

/// Where an API key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// An environment variable, by name.
    Variable(String),
    /// A program that prints it.
    Command(KeyCommand),
    /// The config file.
    Literal(ApiKey),
}

/// Why there is no API key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The variable is not set.
    #[error("no API key: ${0} is not set; set it, or configure api_key_command")]
    NotSet(String),
    /// The variable's value is not an API key.
    #[error("${0}: {1}")]
    Variable(String, ApiKeyError),
    /// The command gave no API key.
    #[error(transparent)]
    Command(#[from] KeyCommandError),
}

impl KeySource {
    /// Whether the key comes from the same place; a key in the config file
    /// must also be the same key.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(a), Self::Variable(b)) => a == b,
            (Self::Command(a), Self::Command(b)) => a.is_same(b),
            (Self::Literal(a), Self::Literal(b)) => a.is_same(b),
            (Self::Variable(_) | Self::Command(_) | Self::Literal(_), _) => false,
        }
    }

    /// The place the key comes from, as a phrase.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Variable(name) => format!("${name}"),
            Self::Command(command) => format!("the command \"{}\"", command.shown_program()),
            Self::Literal(_) => "the config file".to_owned(),
        }
    }

    /// Fetches the key. A command may take up to 20 seconds.
    ///
    /// # Errors
    /// When the source has no key, or its value is not one.
    pub async fn fetch(&self) -> Result<ApiKey, KeySourceError> {
        match self {
            Self::Literal(key) => Ok(key.clone()),
            Self::Variable(name) => {
                let value = std::env::var(name).map_err(|error| match error {
                    std::env::VarError::NotPresent => KeySourceError::NotSet(name.clone()),
                    std::env::VarError::NotUnicode(_) => {
                        KeySourceError::Variable(name.clone(), ApiKeyError::Malformed)
                    }
                })?;
                ApiKey::parse(&value)
                    .map_err(|problem| KeySourceError::Variable(name.clone(), problem))
            }
            Self::Command(command) => Ok(command.run().await?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn missing_variable_is_named_in_the_error() {
        let source = KeySource::Variable("HGTOP_TEST_NO_SUCH_KEY".to_owned());
        let error = source.fetch().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "no API key: $HGTOP_TEST_NO_SUCH_KEY is not set; set it, or configure api_key_command"
        );
    }
}
