//! Opening an address with the platform's program for it.

use std::process::Stdio;

use crate::runtime::known_keys::KnownKeys;

/// Whether the terminal is on another machine: a browser opened here would be
/// out of sight.
pub(crate) fn is_remote() -> bool {
    ["SSH_CONNECTION", "SSH_TTY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens an address, without API keys in the environment of the program.
///
/// # Errors
/// A message, where no program could be started.
pub(crate) fn open(url: &str, known_keys: &KnownKeys) -> Result<(), String> {
    let mut last = "no program to open addresses was found".to_owned();
    for mut command in open::commands(url) {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        for variable in known_keys.variables() {
            command.env_remove(variable);
        }
        match command.spawn() {
            Ok(mut child) => {
                // Some openers stay until the browser is closed.
                std::thread::spawn(move || drop(child.wait()));
                return Ok(());
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}
