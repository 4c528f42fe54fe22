//! `hgtop doctor --bundle`: one file for whoever helps, without secrets.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::checks::Checks;
use super::redaction::{keys_in_config, redacted_config, redacted_text};
use crate::cli::Global;
use crate::cli::build::{FEATURES, PROFILE, TARGET, VERSION};
use crate::commands::CliError;
use crate::config::{Config, KeySource, config_path};
use crate::hotglue::Text;
use crate::runtime::history::HistoryStore;
use crate::runtime::log;

/// The variables whose values are in a bundle.
const VARIABLES: [&str; 11] = [
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "NO_COLOR",
    "SHELL",
    "HGTOP_CONFIG",
    "XDG_STATE_HOME",
];
/// The variables of which a bundle says only whether they are set.
const ONLY_WHETHER_SET: [&str; 8] = [
    "HOTGLUE_API_KEY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "TMUX",
    "SSH_TTY",
];
/// The last lines of the log that are taken.
const LOG_LINES: usize = 300;

/// A part of a bundle.
struct Part {
    name: &'static str,
    content: &'static str,
    text: String,
}

/// Writes the bundle to a file, which must not exist.
pub(super) fn write(
    path: &Path,
    global: &Global,
    config: Option<&Config>,
    checks: &Checks,
) -> Result<(), CliError> {
    let problem = |error| CliError::Usage(format!("{}: {error}", path.display()));
    let text = text(global, config, checks);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(problem)?;
    file.write_all(text.as_bytes()).map_err(problem)
}

fn text(global: &Global, config: Option<&Config>, checks: &Checks) -> String {
    let config_text = config_path(global.config.clone())
        .ok()
        .and_then(|path| fs::read_to_string(path).ok());
    let parts = [
        Part {
            name: "Versions",
            content: "version, target and features of hgtop",
            text: format!(
                "hgtop {VERSION}\ntarget: {TARGET}\nbuild: {PROFILE}\nfeatures: {}\n",
                FEATURES.join(", ")
            ),
        },
        Part {
            name: "Doctor",
            content: "the checks of hgtop doctor",
            text: report(checks),
        },
        Part {
            name: "Environment",
            content: "some variables; of others whether they are set",
            text: environment(),
        },
        Part {
            name: "Config",
            content: "the config file without secrets, comments, arguments of programs",
            text: match &config_text {
                None => "no config file could be read\n".to_owned(),
                Some(text) => redacted_config(text)
                    .unwrap_or_else(|| "withheld: the file is not valid TOML\n".to_owned()),
            },
        },
        Part {
            name: "History",
            content: "counts and sizes, no runs",
            text: history(config),
        },
        Part {
            name: "Log",
            content: "the last lines of the newest log",
            text: newest_log(global),
        },
    ];
    let mut secrets = secrets(config);
    secrets.extend(
        config_text
            .as_deref()
            .map(keys_in_config)
            .unwrap_or_default(),
    );
    let mut text = format!(
        "# hgtop support bundle\n\nWritten on {}.\n\n## Manifest\n\n| part | content | bytes |\n\
         |---|---|---|\n",
        Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ")
    );
    let cleaned = parts.map(|part| {
        // No fence of the bundle ends inside a part.
        let text = redacted_text(&part.text, &secrets).replace("```", "'''");
        (part, Text::cut(&text, usize::MAX).as_str().to_owned())
    });
    for (part, content) in &cleaned {
        text.push_str(&format!(
            "| {} | {} | {} |\n",
            part.name,
            part.content,
            content.len()
        ));
    }
    text.push_str(
        "\nWithheld: API keys, arguments of programs, `job_url`, credentials and paths of \
         addresses, comments, unknown settings, values of other variables, `state` and \
         `override_*`, recorded runs and their messages. It does contain names of \
         environments, tenants, flows and jobs.\n",
    );
    for (part, content) in &cleaned {
        text.push_str(&format!("\n## {}\n\n```text\n{content}```\n", part.name));
    }
    text
}

fn report(checks: &Checks) -> String {
    let lines = checks.0.iter().map(|check| {
        let result = check.result.label();
        format!("{result:4}  {}: {}\n", check.name, check.finding)
    });
    lines.collect()
}

fn environment() -> String {
    let value = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let shown = VARIABLES.iter().map(|name| {
        let value = value(name).unwrap_or_else(|| "(not set)".to_owned());
        format!("{name}={}\n", Text::cut(&value, 200).one_line())
    });
    let set = ONLY_WHETHER_SET.iter().map(|name| {
        let set = if value(name).is_some() {
            "(set, withheld)"
        } else {
            "(not set)"
        };
        format!("{name}={set}\n")
    });
    shown.chain(set).collect()
}

fn history(config: Option<&Config>) -> String {
    if config.is_some_and(|config| !config.settings.history) {
        return "off (history = false)\n".to_owned();
    }
    let opened = HistoryStore::OnDisk.open();
    match opened.and_then(|opened| opened.store.size()) {
        Ok((runs, bytes)) => format!("runs: {runs}\nbytes: {bytes}\n"),
        Err(error) => format!("{error}\n"),
    }
}

/// The end of the log that was written last.
fn newest_log(global: &Global) -> String {
    let default = log::default_path();
    let older = default.as_ref().map(|path| path.with_extension("log.1"));
    let paths = [global.log_file.clone(), default, older];
    let newest = paths
        .into_iter()
        .flatten()
        .filter_map(|path| Some((fs::metadata(&path).ok()?.modified().ok()?, path)))
        .max();
    let read = |path: &PathBuf| fs::read(path).ok();
    let Some(bytes) = newest.as_ref().and_then(|(_, path)| read(path)) else {
        return "no log was written\n".to_owned();
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    format!("{}\n", last.join("\n"))
}

/// The values that are in no part, wherever they occur: API keys, and the values
/// of variables whose names say that they are secret.
fn secrets(config: Option<&Config>) -> Vec<String> {
    const NAMES: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];
    let environments = config.map_or(&[][..], |config| &config.environments);
    let named: BTreeSet<&str> = environments
        .iter()
        .filter_map(|environment| match &environment.key {
            KeySource::Variable(name) => Some(name.as_str()),
            KeySource::Command(_) | KeySource::Literal(_) => None,
        })
        .collect();
    let is_secret = |name: &str| {
        let upper = name.to_uppercase();
        named.contains(name) || NAMES.iter().any(|part| upper.contains(part))
    };
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| is_secret(name))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}
