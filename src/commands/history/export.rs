//! `hgtop history export`: writes the history to one file.

use std::path::Path;

use super::open::{flow_ids, history_error, open};
use crate::cli::{Global, HistoryExport};
use crate::commands::{CliError, Exit, output};
use crate::config::{self, Config, ConfigError, config_path};
use crate::history::{ExportRules, Exported};

pub(super) fn run(global: &Global, options: &HistoryExport) -> Result<Exit, CliError> {
    let file = &options.file;
    if file.is_dir() {
        return Err(problem(file, "is a folder"));
    }
    if file.exists() && !options.force {
        return Err(problem(file, "exists; replace it with --force"));
    }
    let config = match config::load(&config_path(global.config.clone())?, &global.overrides()) {
        Err(ConfigError::Missing { .. }) => Config::empty(),
        config => config?,
    };
    let rules = ExportRules {
        from: options.from,
        to: options.to,
        flows: flow_ids(&config, &options.flow)?,
        anonymize: options.anonymize,
    };
    let mut store = open()?;
    // A file beside it, which takes its name only once it is complete.
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let temporary = tempfile::Builder::new()
        .prefix(".hgtop-export-")
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(|error| problem(file, &error.to_string()))?;
    let exported = store
        .export(temporary.path(), &rules)
        .map_err(|error| problem(file, &history_error(error).to_string()))?;
    let kept = if options.force {
        temporary.persist(file)
    } else {
        temporary.persist_noclobber(file)
    };
    kept.map_err(|error| problem(file, &error.error.to_string()))?;
    output::note(&summary(file, options, exported));
    Ok(Exit::Success)
}

fn problem(file: &Path, problem: &str) -> CliError {
    CliError::Usage(format!("{}: {problem}", file.display()))
}

fn summary(file: &Path, options: &HistoryExport, exported: Exported) -> String {
    let Exported {
        runs,
        steps,
        events,
    } = exported;
    let names = if options.anonymize {
        "names, ids and details of messages are replaced"
    } else {
        "with all names and messages; --anonymize replaces them"
    };
    format!(
        "{}: {runs} runs, {steps} statuses, {events} events; {names}",
        file.display()
    )
}
