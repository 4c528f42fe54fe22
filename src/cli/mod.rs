//! The command line as data: parser, help, completions and manual pages are all
//! generated from these types.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help, which is not Markdown"
)]

pub(crate) mod build;
mod help;
mod history;
mod options;
mod replay;
mod rollout;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

pub use history::{History, HistoryCommand, HistoryExport, Learn, Prune};
pub use options::{Add, Demo, Discover, Doctor, Export, List, Remove, Status, Wait, WaitOutput};
pub use replay::Replay;
pub use rollout::{
    CompareBy, ReportFormatChoice, RolloutCommand, RolloutCompare, RolloutList,
    RolloutReportOptions, RolloutShow, RolloutStart,
};

use crate::config::Overrides;

/// A terminal dashboard for hotglue jobs.
#[derive(Debug, Parser)]
#[command(
    name = "hgtop",
    bin_name = "hgtop",
    version,
    long_version = build::long_version(),
    about = "A terminal dashboard for hotglue jobs: watch a rollout, tenant by tenant",
    after_help = help::HGTOP
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command; the dashboard without one.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Cli {
    /// Parses a command line. Help and errors are styled as `--color` says.
    ///
    /// # Errors
    /// What is wrong with it, or the help or version that it asks for.
    pub fn parse_styled(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let color = match color_of(arguments) {
            Some(ColorChoice::Always) => clap::ColorChoice::Always,
            Some(ColorChoice::Never) => clap::ColorChoice::Never,
            Some(ColorChoice::Auto) | None => clap::ColorChoice::Auto,
        };
        let mut command = Self::command().color(color);
        let matches = command.try_get_matches_from_mut(arguments)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    }
}

/// The value of `--color` in a command line that may not be valid.
fn color_of(arguments: &[OsString]) -> Option<ColorChoice> {
    let mut arguments = arguments.iter().filter_map(|argument| argument.to_str());
    let value = loop {
        let argument = arguments.next()?;
        match argument.strip_prefix("--color") {
            Some("") => break arguments.next()?,
            Some(rest) => {
                if let Some(value) = rest.strip_prefix('=') {
                    break value;
                }
            }
            None => {}
        }
    };
    ColorChoice::from_str(value, true).ok()
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Config file [default: $HGTOP_CONFIG, else the platform's location]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Use only this environment and its jobs
    #[arg(short = 'e', long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Override the environment's base URL
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Override the environment's env_id
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) env_id: Option<String>,
    /// Write a log to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// Minimum log level
    #[arg(long, global = true, value_name = "LEVEL", value_enum, default_value_t = LogLevel::Info)]
    pub(crate) log_level: LogLevel,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

impl Global {
    /// Returns what the command line says about environments.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            env: self.env.clone(),
            base_url: self.base_url.clone(),
            env_id: self.env_id.clone(),
        }
    }
}

/// The lowest level of logged records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the levels of the tracing crate")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Columns that fit the terminal.
    Table,
    /// One JSON document with `"version": 1`.
    Json,
    /// One JSON object per line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// A Markdown table, for a chat or a ticket.
    Markdown,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the dashboard with a simulated rollout; requires no API key or network access
    #[command(after_help = help::DEMO)]
    Demo(Demo),
    /// Add jobs or a followed flow to the config file
    #[command(after_help = help::ADD)]
    Add(Add),
    /// Remove jobs from the config file
    #[command(after_help = help::REMOVE)]
    Remove(Remove),
    /// List the watched jobs from the config file, offline
    #[command(after_help = help::LIST)]
    List(List),
    /// Poll each job once and print its status
    #[command(after_help = help::STATUS)]
    Status(Status),
    /// Wait until all jobs finish; the exit code reports the result
    #[command(after_help = help::WAIT)]
    Wait(Wait),
    /// Start, list, show and compare rollouts: followed flows with a start
    #[command(subcommand, after_help = help::ROLLOUT)]
    Rollout(RolloutCommand),
    /// Show the dashboard on recorded history, read-only
    #[command(after_help = help::REPLAY)]
    Replay(Replay),
    /// List flows, tenants and newest jobs of an environment
    #[command(after_help = help::DISCOVER)]
    Discover(Discover),
    /// List, learn, export or remove recorded runs
    #[command(after_help = help::HISTORY)]
    History(History),
    /// Serve the state of the watched jobs to Prometheus, as OpenMetrics
    #[command(after_help = help::EXPORT)]
    Export(Export),
    /// Check config, API keys, connections, terminal and files
    #[command(after_help = help::DOCTOR)]
    Doctor(Doctor),
    /// Create, check, edit or locate the config file, or print its schema
    #[command(subcommand, after_help = help::CONFIG)]
    Config(ConfigCommand),
    /// Print shell completions
    #[command(after_help = help::COMPLETIONS)]
    Completions {
        /// Shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write the pages of all commands
    #[command(after_help = help::MAN)]
    Man {
        /// Write one page per command to this directory
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
}

/// What to do with the config file.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Print the config file's location
    Path,
    /// Create a config file with every setting explained
    Init,
    /// Check the config file for errors
    Check,
    /// Open the config file in $VISUAL or $EDITOR, then check it
    Edit,
    /// Print the JSON schema of the config file, for editors
    Schema,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn color_is_found_in_lines_that_are_not_valid() {
        for (line, wanted) in [
            ("hgtop --color never --help", Some(ColorChoice::Never)),
            ("hgtop nonsense --color=always", Some(ColorChoice::Always)),
            ("hgtop --color", None),
            ("hgtop --colors never", None),
            ("hgtop --color purple", None),
            ("hgtop status", None),
        ] {
            assert_eq!(color_of(&arguments(line)), wanted, "{line}");
        }
    }

    #[test]
    fn help_of_every_command_has_examples_and_a_heading_for_global_options() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands_mut() {
            if command.get_name() == "help" {
                continue;
            }
            let help = command.render_help().to_string();
            for part in ["Example", "Global options:", "--color <WHEN>"] {
                assert!(help.contains(part), "{}: {part}", command.get_name());
            }
        }
    }

    #[test]
    fn help_lines_fit_a_terminal() {
        let mut cli = Cli::command().term_width(100);
        cli.build();
        for command in cli.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= 100, "{line}");
            }
        }
    }
}
