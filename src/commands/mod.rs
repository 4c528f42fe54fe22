//! One module a command; each puts the lower layers together and answers with
//! an exit code.

mod add;
mod config;
mod connector;
mod dashboard;
mod demo;
mod discover;
mod doctor;
mod export;
mod failure;
mod file_watch;
mod history;
mod hooks;
mod list;
mod log;
mod output;
mod remove;
mod run_history;
mod selection;
mod signals;
mod status;
mod wait;
mod watchlist;
mod writer;

use std::io::{self, Write};

use clap::CommandFactory;

use crate::cli::{Cli, Command};
use crate::terminal;

pub use failure::{CliError, Exit};

/// Runs the command and answers with the exit code.
///
/// # Errors
/// When it could not do what was asked; the failure knows its exit code.
pub fn run(cli: Cli) -> Result<Exit, CliError> {
    let global = &cli.global;
    let shows_dashboard = match &cli.command {
        None => true,
        Some(Command::Demo(demo)) => demo.serve.is_none(),
        Some(_) => false,
    };
    let log = log::start(global, shows_dashboard)?;
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
        Some(Command::Discover(discover)) => discover::run(global, &discover),
        Some(Command::Export(export)) => export::run(global, &export),
        Some(Command::Doctor(doctor)) => doctor::run(global, &doctor),
        Some(Command::History(history)) => run_history::run(global, &history),
        Some(Command::Config(command)) => config::run(global, command),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "hgtop", &mut script);
            print(&script)
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
            print(&page)
        }
    }
}

/// Prints to standard output; a reader that has gone away is no error.
fn print(bytes: &[u8]) -> Result<Exit, CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Success),
        Err(error) => Err(CliError::Output(error)),
        Ok(()) => Ok(Exit::Success),
    }
}

/// A runtime whose thread goes on polling while the main thread draws. One is
/// enough for any rate, and is woken less often than several.
fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(8)
        .enable_all()
        .build()
}
