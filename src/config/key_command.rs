//! Running an `api_key_command`: without any API key in its environment, with
//! a limit on its time and output, and in a process group that ends with it.

use std::collections::BTreeSet;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::child_environment::variables_with_keys;
use super::process_group::ProcessGroup;
use crate::hotglue::{ApiKey, ApiKeyError, Text};

/// How long a command may run.
const TIME_LIMIT: Duration = Duration::from_secs(20);
/// The most that is read of a command's output, in bytes.
const OUTPUT_LIMIT: usize = 8 * 1024;
/// The most of a program's name that an error shows, in bytes.
const MAX_SHOWN_PROGRAM: usize = 200;

/// A program whose first line of output is an API key.
#[derive(Debug, Clone)]
pub struct KeyCommand {
    program: String,
    arguments: Vec<String>,
    /// The environment variables that hold API keys, by name.
    key_variables: BTreeSet<String>,
}

/// Why a command gave no API key. What it printed is never part of the error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyCommandError {
    /// The program could not be started.
    #[error("api_key_command: cannot start \"{program}\": {reason}")]
    NotStarted {
        /// The program's name.
        program: String,
        /// The system's reason.
        reason: String,
    },
    /// The program failed.
    #[error("api_key_command: \"{program}\" failed ({status}); run it in a shell to see why")]
    Failed {
        /// The program's name.
        program: String,
        /// Its exit status.
        status: String,
    },
    /// The program ran too long.
    #[error("api_key_command: \"{program}\" timed out after {} s", TIME_LIMIT.as_secs())]
    TimedOut {
        /// The program's name.
        program: String,
    },
    /// The output is not an API key.
    #[error("api_key_command: output of \"{program}\": {problem}")]
    InvalidOutput {
        /// The program's name.
        program: String,
        /// What is wrong with it.
        problem: ApiKeyError,
    },
}

impl KeyCommand {
    /// A program and its arguments; `None` without a program.
    pub(super) fn new(command_line: &[String]) -> Option<Self> {
        let (program, arguments) = command_line.split_first()?;
        (!program.is_empty()).then(|| Self {
            program: program.clone(),
            arguments: arguments.to_vec(),
            key_variables: BTreeSet::new(),
        })
    }

    /// Names the environment variables that hold API keys, which the program
    /// does not inherit.
    pub(super) fn withhold(&mut self, key_variables: BTreeSet<String>) {
        self.key_variables = key_variables;
    }

    /// Whether both run the same program with the same arguments.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.program == other.program && self.arguments == other.arguments
    }

    /// The program's name, safe to show.
    pub(super) fn shown_program(&self) -> String {
        Text::cut(&self.program, MAX_SHOWN_PROGRAM).one_line()
    }

    /// Runs the program and returns the API key it prints.
    ///
    /// # Errors
    /// When the program cannot be started, fails, takes longer than 20
    /// seconds, or prints no API key.
    pub(super) async fn run(&self) -> Result<ApiKey, KeyCommandError> {
        self.run_within(TIME_LIMIT).await
    }

    async fn run_within(&self, limit: Duration) -> Result<ApiKey, KeyCommandError> {
        let program = self.shown_program();
        let mut child = self
            .command()
            .spawn()
            .map_err(|error| KeyCommandError::NotStarted {
                program: program.clone(),
                reason: error.to_string(),
            })?;
        // Declared after the child, so that it is dropped before the child is
        // reaped and its process id becomes free.
        let mut group = ProcessGroup::of(child.id());
        let failed = |status: String| KeyCommandError::Failed {
            program: program.clone(),
            status,
        };
        let output = timeout(limit, output_of(&mut child))
            .await
            .map_err(|_| KeyCommandError::TimedOut {
                program: program.clone(),
            })?
            .map_err(|error| failed(error.to_string()))?;
        let invalid = |problem| KeyCommandError::InvalidOutput {
            program: program.clone(),
            problem,
        };
        if output.len() > OUTPUT_LIMIT {
            return Err(invalid(ApiKeyError::TooLong));
        }
        group.release();
        // The status is known by now.
        let status = child
            .wait()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if !status.success() {
            return Err(failed(status.to_string()));
        }
        let output = String::from_utf8_lossy(&output);
        ApiKey::parse(output.trim().lines().next().unwrap_or_default()).map_err(invalid)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        for variable in variables_with_keys(&self.key_variables, &[]) {
            command.env_remove(variable);
        }
        #[cfg(unix)]
        command.process_group(0);
        command
    }
}

/// What the child prints until it exits, or one byte more than the limit. A
/// process that it leaves behind with the pipe open is not waited for.
async fn output_of(child: &mut Child) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    let Some(mut stdout) = child.stdout.take() else {
        return Ok(output);
    };
    let mut is_open = true;
    while output.len() <= OUTPUT_LIMIT {
        let mut buffer = [0; 1024];
        tokio::select! {
            biased;
            read = stdout.read(&mut buffer), if is_open => {
                let read = read?;
                is_open = read > 0;
                output.extend_from_slice(&buffer[..read]);
            }
            exited = child.wait() => {
                exited?;
                if is_open {
                    drain(stdout, &mut output).await?;
                }
                break;
            }
        }
    }
    output.truncate(OUTPUT_LIMIT + 1);
    Ok(output)
}

/// Reads what is left in the pipe of a child that has exited. The pipe is
/// read directly, since the runtime may not know yet that it is readable.
#[cfg(unix)]
#[expect(
    clippy::unused_async,
    reason = "it waits where pipes are not descriptors"
)]
async fn drain(stdout: ChildStdout, output: &mut Vec<u8>) -> io::Result<()> {
    while output.len() <= OUTPUT_LIMIT {
        let mut buffer = [0; 1024];
        match rustix::io::read(&stdout, &mut buffer) {
            Ok(0) | Err(rustix::io::Errno::AGAIN) => break,
            Ok(read) => output.extend_from_slice(&buffer[..read]),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

#[cfg(not(unix))]
async fn drain(stdout: ChildStdout, output: &mut Vec<u8>) -> io::Result<()> {
    const GRACE: Duration = Duration::from_millis(100);
    let mut rest = stdout.take(OUTPUT_LIMIT as u64 + 1);
    timeout(GRACE, rest.read_to_end(output))
        .await
        .map_or(Ok(()), |read| read.map(drop))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{BufRead, BufReader, Read};

    fn shell(script: &str) -> KeyCommand {
        KeyCommand::new(&["sh", "-c", script].map(str::to_owned)).unwrap()
    }

    #[tokio::test]
    async fn first_line_of_output_is_the_key() {
        let key = shell("echo my-key; echo a note").run().await.unwrap();
        assert!(key.is_same(&ApiKey::parse("my-key").unwrap()));
    }

    #[tokio::test]
    async fn failing_commands_give_the_reason() {
        assert!(matches!(
            shell("exit 3").run().await,
            Err(KeyCommandError::Failed { status, .. }) if status.contains('3')
        ));
        assert!(matches!(
            shell("true").run().await,
            Err(KeyCommandError::InvalidOutput {
                problem: ApiKeyError::Empty,
                ..
            })
        ));
        assert!(matches!(
            shell("yes").run().await,
            Err(KeyCommandError::InvalidOutput {
                problem: ApiKeyError::TooLong,
                ..
            })
        ));
        let missing = KeyCommand::new(&["/no/such\u{1b}[2J/program".to_owned()]).unwrap();
        let error = missing.run().await.unwrap_err();
        assert!(matches!(error, KeyCommandError::NotStarted { .. }));
        assert!(
            error.to_string().contains("/no/such␛[2J/program"),
            "{error}"
        );
        assert!(KeyCommand::new(&[String::new()]).is_none());
    }

    #[tokio::test]
    async fn commands_that_never_end_time_out() {
        let error = shell("sleep 60").run_within(Duration::from_millis(1)).await;
        assert!(matches!(error, Err(KeyCommandError::TimedOut { .. })));
    }

    #[tokio::test]
    async fn process_left_behind_does_not_delay_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; echo my-key", pid.display());
        let key = shell(&script).run().await;
        let left_behind = fs::read_to_string(pid).unwrap().trim().parse().unwrap();
        let left_behind = rustix::process::Pid::from_raw(left_behind).unwrap();
        rustix::process::kill_process(left_behind, rustix::process::Signal::KILL)
            .expect("the process was left running");
        key.unwrap();
    }

    #[tokio::test]
    async fn whole_process_group_is_killed_with_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        assert!(made.unwrap().success());
        let script = format!("(echo started; exec sleep 60) > {} & wait", fifo.display());
        let reader = std::thread::spawn(move || {
            let mut lines = BufReader::new(fs::File::open(fifo).unwrap());
            let mut first = String::new();
            lines.read_line(&mut first).unwrap();
            assert_eq!(first, "started\n");
            lines
        });
        let command = shell(&script);
        let mut lines = {
            let run = command.run();
            let started = tokio::task::spawn_blocking(move || reader.join().unwrap());
            tokio::select! {
                _ = run => panic!("the command ended by itself"),
                lines = started => lines.unwrap(),
            }
        };
        // The end of the file comes when no process holds the pipe.
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}
