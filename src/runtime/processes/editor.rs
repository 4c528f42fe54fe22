//! The user's editor, run without API keys in its environment.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::{fs, io};

use crate::config::{self, Overrides, variables_with_keys};
use crate::hotglue::ApiKey;

/// Opens a config file in an editor, a program with arguments, and waits for
/// the editor.
///
/// # Errors
/// When the editor cannot be started.
pub(crate) fn open(editor: &[String], path: &Path) -> io::Result<ExitStatus> {
    let (program, arguments) = editor
        .split_first()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut command = Command::new(program);
    command.args(arguments).arg(path);
    for variable in key_variables(path) {
        command.env_remove(variable);
    }
    command.status()
}

/// The environment variables that hold an API key of the config, also of one
/// that has errors: that is when it is edited.
fn key_variables(path: &Path) -> BTreeSet<OsString> {
    match config::load(path, &Overrides::default()) {
        Ok(config) => config.api_key_variables(),
        Err(_) => mentioned_variables(&fs::read_to_string(path).unwrap_or_default()),
    }
}

/// Takes every quoted text of a line about API keys for the name of a variable
/// as well as for a key.
fn mentioned_variables(text: &str) -> BTreeSet<OsString> {
    let lines = text.lines().filter(|line| line.contains("api_key"));
    let quoted = lines.flat_map(|line| line.split(['"', '\'']));
    let quoted: BTreeSet<String> = quoted.map(str::to_owned).collect();
    let keys: Vec<_> = quoted
        .iter()
        .filter_map(|text| ApiKey::parse(text).ok())
        .collect();
    variables_with_keys(&quoted, &keys)
}
