//! Where an environment's key comes from, and fetching it there. The key's
//! text is in none of the errors.

use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::hotglue::{ApiKey, KeyError};

/// The variable that is asked where the file names no other source.
pub(super) const DEFAULT_VARIABLE: &str = "HOTGLUE_API_KEY";
/// How long a key command may take.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(20);
/// The most that is read of a key command's output, in bytes.
const MAX_OUTPUT: u64 = 8 * 1024;

/// Where a key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A variable of the environment.
    Variable(String),
    /// A program and its arguments; the first line it prints is the key.
    Command(Vec<String>),
    /// The config file itself.
    Literal(ApiKey),
}

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The variable is not set.
    #[error("no key: ${0} is not set; set it, or give this environment an api_key_command")]
    NotSet(String),
    /// What the variable holds is no key.
    #[error("${0}: {1}")]
    Variable(String, KeyError),
    /// The command could not be started.
    #[error("api_key_command: cannot start '{program}': {reason}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// What the system says.
        reason: String,
    },
    /// The command failed.
    #[error("api_key_command: '{program}' ended with {status}; run it by hand to see why")]
    Failed {
        /// The program's name.
        program: String,
        /// How it ended.
        status: String,
    },
    /// The command took too long.
    #[error("api_key_command: '{program}' took longer than {} s", COMMAND_TIMEOUT.as_secs())]
    TimedOut {
        /// The program's name.
        program: String,
    },
    /// What the command printed is no key.
    #[error("api_key_command: '{program}': {problem}")]
    Printed {
        /// The program's name.
        program: String,
        /// What is wrong with it.
        problem: KeyError,
    },
}

impl KeySource {
    /// Whether the key comes from the same place, and is the same where it
    /// stands in the file.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Variable(a), Self::Variable(b)) => a == b,
            (Self::Command(a), Self::Command(b)) => a == b,
            (Self::Literal(a), Self::Literal(b)) => a.is_same(b),
            _ => false,
        }
    }

    /// Where the key comes from, for a person.
    pub fn describe(&self) -> String {
        match self {
            Self::Variable(name) => format!("${name}"),
            Self::Command(words) => {
                format!("the command '{}'", words.first().map_or("", String::as_str))
            }
            Self::Literal(_) => "the config file".to_owned(),
        }
    }

    /// Fetches the key. A command may take up to 20 seconds.
    ///
    /// # Errors
    /// When the source has no key, or what it has is none.
    pub async fn fetch(&self) -> Result<ApiKey, KeySourceError> {
        match self {
            Self::Literal(key) => Ok(key.clone()),
            Self::Variable(name) => {
                let value = std::env::var(name).map_err(|error| match error {
                    std::env::VarError::NotPresent => KeySourceError::NotSet(name.clone()),
                    std::env::VarError::NotUnicode(_) => {
                        KeySourceError::Variable(name.clone(), KeyError::Malformed)
                    }
                })?;
                ApiKey::parse(&value)
                    .map_err(|problem| KeySourceError::Variable(name.clone(), problem))
            }
            Self::Command(words) => run(words).await,
        }
    }
}

async fn run(words: &[String]) -> Result<ApiKey, KeySourceError> {
    let program = words.first().cloned().unwrap_or_default();
    let mut child = Command::new(&program)
        .args(words.get(1..).unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| KeySourceError::NotStarted {
            program: program.clone(),
            reason: error.to_string(),
        })?;
    let stdout = child.stdout.take();
    let finish = async {
        let mut printed = Vec::new();
        if let Some(stdout) = stdout {
            // Dropping the pipe at the limit ends a program that prints on.
            stdout.take(MAX_OUTPUT).read_to_end(&mut printed).await?;
        }
        Ok::<_, std::io::Error>((printed, child.wait().await?))
    };
    let (printed, status) = tokio::time::timeout(COMMAND_TIMEOUT, finish)
        .await
        .map_err(|_| KeySourceError::TimedOut {
            program: program.clone(),
        })?
        .map_err(|error| KeySourceError::Failed {
            program: program.clone(),
            status: error.to_string(),
        })?;
    if printed.len() as u64 == MAX_OUTPUT {
        return Err(KeySourceError::Printed {
            program,
            problem: KeyError::TooLong,
        });
    }
    if !status.success() {
        return Err(KeySourceError::Failed {
            program,
            status: status.to_string(),
        });
    }
    let printed = String::from_utf8_lossy(&printed);
    let key = printed.trim().lines().next().unwrap_or_default();
    ApiKey::parse(key).map_err(|problem| KeySourceError::Printed { program, problem })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Result<ApiKey, KeySourceError> {
        let words = ["sh", "-c", script].map(str::to_owned);
        KeySource::Command(words.to_vec()).fetch().await
    }

    #[tokio::test]
    async fn commands_that_work_and_that_do_not() {
        assert!(shell("echo my-key; echo a note").await.is_ok());
        assert!(matches!(
            shell("exit 3").await,
            Err(KeySourceError::Failed { .. })
        ));
        assert!(matches!(
            shell("true").await,
            Err(KeySourceError::Printed {
                problem: KeyError::Empty,
                ..
            })
        ));
        assert!(matches!(
            shell("yes | head -c 1000000").await,
            Err(KeySourceError::Printed {
                problem: KeyError::TooLong,
                ..
            })
        ));
        let missing = KeySource::Command(vec!["/no/such/program".to_owned()]);
        assert!(matches!(
            missing.fetch().await,
            Err(KeySourceError::NotStarted { .. })
        ));
    }

    #[tokio::test]
    async fn a_missing_variable_is_named() {
        let source = KeySource::Variable("HGTOP_TEST_NO_SUCH_KEY".to_owned());
        let error = source.fetch().await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("$HGTOP_TEST_NO_SUCH_KEY is not set"),
            "{error}"
        );
    }
}
