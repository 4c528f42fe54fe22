//! `hgtop config`: creates, checks, edits and locates the config file, and prints
//! its schema.

use std::io;
use std::path::Path;

use super::{CliError, Exit, output};
use crate::cli::{ConfigCommand, Global};
use crate::config::{self, ConfigError, Overrides, config_path};
use crate::runtime::processes::editor;

pub(super) fn run(global: &Global, command: ConfigCommand) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    match command {
        ConfigCommand::Path => output::text(&format!("{}\n", path.display())),
        ConfigCommand::Init => {
            let text = first_text(global)?;
            config::create(&path, &text).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => CliError::Usage(format!(
                    "{} already exists; check it with: hgtop config check",
                    path.display()
                )),
                _ => CliError::Config(ConfigError::Unreadable {
                    path: path.clone(),
                    reason: format!("cannot be written: {error}"),
                }),
            })?;
            output::text(&format!(
                "created {}, and {} beside it, by which editors complete it\nAdd your env_id and \
                 jobs to it, set HOTGLUE_API_KEY to your API key, then run: hgtop config check\n",
                path.display(),
                config::SCHEMA_FILE
            ))
        }
        ConfigCommand::Schema => output::raw(config::SCHEMA.as_bytes()),
        ConfigCommand::Edit => {
            edit(&path)?;
            check(global, &path)
        }
        ConfigCommand::Check => check(global, &path),
    }
}

fn check(global: &Global, path: &Path) -> Result<Exit, CliError> {
    let config = config::load(path, &global.overrides())?;
    super::dashboard::keymap(&config)?;
    let count = |number: usize, noun: &str| match number {
        1 => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    };
    let mut counts = vec![
        count(config.environments.len(), "environment"),
        count(config.jobs.len(), "job"),
    ];
    if !config.follows.is_empty() {
        counts.push(count(config.follows.len(), "followed flow"));
    }
    let mut report = format!("{}: OK: {}\n", path.display(), counts.join(", "));
    for warning in &config.warnings {
        report.push_str(&format!("warning: {warning}\n"));
    }
    output::text(&report)
}

/// The text of a new file: only the environment of the command line, if it
/// names one, else every setting explained.
fn first_text(global: &Global) -> Result<String, CliError> {
    let Some(env_id) = &global.env_id else {
        return Ok(config::TEMPLATE.to_owned());
    };
    let name = global
        .env
        .clone()
        .or_else(|| env_id.split('.').next().map(str::to_owned));
    let quoted = |text: &str| toml_edit::Value::from(text).to_string();
    let mut text = format!(
        "#:schema ./{}\n\n[environments.{}]\nenv_id = {}\n",
        config::SCHEMA_FILE,
        quoted(&name.unwrap_or_default()).trim(),
        quoted(env_id)
    );
    if let Some(base_url) = &global.base_url {
        text.push_str(&format!("base_url = {}\n", quoted(base_url)));
    }
    config::parse(&text, Path::new("--env-id"), &Overrides::default())?;
    Ok(text)
}

/// Opens the file in the user's editor and waits for it.
fn edit(path: &Path) -> Result<(), CliError> {
    if !path.exists() {
        return Err(ConfigError::Missing {
            path: path.to_owned(),
        }
        .into());
    }
    let variable = |name| {
        std::env::var(name)
            .ok()
            .filter(|value| !value.trim().is_empty())
    };
    let editor = variable("VISUAL")
        .or_else(|| variable("EDITOR"))
        .ok_or_else(|| {
            CliError::Usage(format!(
                "no editor: set $VISUAL or $EDITOR, or open {}",
                path.display()
            ))
        })?;
    // An editor may come with arguments, such as `code --wait`.
    let editor = shlex::split(&editor).unwrap_or_else(|| vec![editor.clone()]);
    let program = editor.first().map_or("", String::as_str);
    let status = editor::open(&editor, path)
        .map_err(|error| CliError::Usage(format!("{program}: cannot start: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(CliError::Usage(format!("{program} failed ({status})")))
    }
}
