//! Reading the config file: from bytes to a valid [`Config`].

use std::io;
use std::path::Path;

use super::check::Checker;
use super::contents::Config;
use super::files::{FileSystem, LocalFiles, dangling_link};
use super::overrides::Overrides;
use super::problem::{ConfigError, LineIndex, Problem, did_you_mean};

/// Reads and checks the config file.
///
/// # Errors
/// When it is missing, cannot be read, or has errors; all of them are
/// reported, except after a syntax error.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let source = read_file(path)?;
    let mut config = parse(&source, path, overrides)?;
    warn_of_readable_key(path, &mut config);
    Ok(config)
}

/// Checks the text of a config file; the path is for errors only.
///
/// # Errors
/// Like [`load`].
pub fn parse(source: &str, path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let invalid = |problems| ConfigError::Invalid {
        path: path.to_owned(),
        problems,
    };
    let file =
        toml::from_str(source).map_err(|error| invalid(vec![syntax_problem(source, &error)]))?;
    Checker::new(source)
        .check(file, path, overrides)
        .map_err(invalid)
}

fn read_file(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let read = || {
        let mut file = LocalFiles.open(path)?;
        LocalFiles.read(&mut file)
    };
    let bytes = read().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => match LocalFiles.link_target(path) {
            Ok(target) => unreadable(dangling_link(&target).to_string()),
            Err(_) => ConfigError::Missing {
                path: path.to_owned(),
            },
        },
        _ => unreadable(format!("cannot read the file: {error}")),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        unreadable(format!("line {line} is not UTF-8; save the file as UTF-8"))
    })
}

/// A problem found by the TOML library. Its message may quote a value, and a
/// value may be an API key, so that quoted text is left out.
fn syntax_problem(source: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let first_line = error.message().lines().next().unwrap_or_default();
    let mut message = String::new();
    for (index, part) in first_line.split('"').enumerate() {
        message.push_str(if index % 2 == 0 { part } else { "\"…\"" });
    }
    let quoted = |text: &str| -> Vec<String> {
        let names = text.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    if let Some(rest) = message.strip_prefix("unknown field ") {
        if let [unknown, known @ ..] = &quoted(rest)[..] {
            let hint = did_you_mean(unknown, known.iter().map(String::as_str));
            message = format!("unknown key \"{unknown}\"{hint}");
        }
    } else if let Some(rest) = message.strip_prefix("unknown variant ") {
        if let [unknown, known @ ..] = &quoted(rest)[..] {
            message = format!(
                "unknown value \"{unknown}\"; use one of: {}",
                known.join(", ")
            );
        }
    } else if let Some(missing) = message.strip_prefix("missing field ") {
        message = format!("missing key \"{}\"", missing.trim_matches('`'));
    } else {
        message = message.replace("expected u32", "expected a whole number");
    }
    Problem::at(LineIndex::new(source).place(span.start), &message)
}

#[cfg(unix)]
fn warn_of_readable_key(path: &Path, config: &mut Config) {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::contents::Environment;
    use super::key_source::KeySource;
    use super::problem::shown_path;

    let has_key = |environment: &Environment| matches!(environment.key, KeySource::Literal(_));
    let mode = fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 && config.environments.iter().any(has_key) {
        let path = shown_path(path);
        config.warnings.push(format!(
            "{path} holds an API key and other users can read it; run: chmod 600 '{path}'"
        ));
    }
}

#[cfg(not(unix))]
fn warn_of_readable_key(_: &Path, _: &mut Config) {}

#[cfg(test)]
mod tests;
