//! One file for each command: it composes the layers below, prints, and returns
//! an exit code. Effects live in `runtime`, rules in the layers below.

mod add;
mod config;
mod dashboard;
mod demo;
mod discover;
mod doctor;
mod error;
mod export;
mod history;
mod job_index;
mod list;
mod output;
mod remove;
mod replay;
mod rollout;
mod selection;
mod status;
mod wait;

use std::path::PathBuf;

use clap::CommandFactory;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::{Cli, Command, Global, LogLevel};
use crate::runtime::log;
use crate::terminal;

pub(crate) use error::{CliError, Exit};
pub use output::{report, report_usage};

/// Runs the command of a command line.
///
/// # Errors
/// Why the command failed; the error has an exit code too.
pub fn run(cli: Cli) -> Result<Exit, CliError> {
    let global = &cli.global;
    let shows_dashboard = match &cli.command {
        None | Some(Command::Replay(_)) => true,
        Some(Command::Demo(demo)) => demo.serve.is_none(),
        Some(_) => false,
    };
    let log = start_log(global, shows_dashboard)?;
    if shows_dashboard {
        terminal::check()?;
        terminal::install_panic_hook(log);
    }
    match cli.command {
        None => dashboard::run(global),
        Some(Command::Demo(demo)) => demo::run(global, &demo),
        Some(Command::Add(add)) => add::run(global, &add),
        Some(Command::Remove(remove)) => remove::run(global, &remove),
        Some(Command::List(list)) => list::run(global, &list),
        Some(Command::Status(status)) => status::run(global, &status),
        Some(Command::Wait(wait)) => wait::run(global, &wait),
        Some(Command::Rollout(command)) => rollout::run(global, &command),
        Some(Command::Replay(options)) => replay::run(global, &options),
        Some(Command::Discover(discover)) => discover::run(global, &discover),
        Some(Command::Export(export)) => export::run(global, &export),
        Some(Command::Doctor(doctor)) => doctor::run(global, &doctor),
        Some(Command::History(history)) => history::run(global, &history),
        Some(Command::Config(command)) => config::run(global, command),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hgtop", &mut script);
            output::raw(&script)
        }
        Some(Command::Man { to: Some(folder) }) => {
            std::fs::create_dir_all(&folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), &folder))
                .map_err(|error| CliError::Usage(format!("{}: {error}", folder.display())))?;
            Ok(Exit::Success)
        }
        Some(Command::Man { to: None }) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut page)?;
            output::raw(&page)
        }
    }
}

/// Starts the log where `--log-file` says, or for a dashboard at the default
/// location; returns the log's path, if there is a log.
fn start_log(global: &Global, shows_dashboard: bool) -> Result<Option<PathBuf>, CliError> {
    let level = match global.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    match &global.log_file {
        Some(path) => log::start(path, level)
            .map(|()| Some(path.clone()))
            .map_err(|error| CliError::Usage(format!("--log-file {}: {error}", path.display()))),
        None if shows_dashboard => Ok(log::start_default(level)),
        None => Ok(None),
    }
}
