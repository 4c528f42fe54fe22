//! The command line as data: parser, help, completions and man page all come
//! from these types.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help, which is no markdown"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Overrides, poll_interval};

/// A terminal dashboard for hotglue jobs.
#[derive(Debug, Parser)]
#[command(
    name = "hgtop",
    version,
    about = "A terminal dashboard for hotglue jobs: watch a rollout, tenant by tenant",
    after_help = "Examples:\n  hgtop demo          look around, without key or network\n  hgtop config init   make a config file\n  hgtop               the dashboard\n  hgtop status        ask about each job once\n\nExit codes: 0 all well, 1 a job failed, 2 bad usage or config, 3 a state could not be learned"
)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub global: Global,
    /// The command; the dashboard without one.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What applies to every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The config file [default: $HGTOP_CONFIG, or the platform's own place]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// A configured environment: only its jobs count
    #[arg(short = 'e', long, global = true, value_name = "NAME")]
    pub env: Option<String>,
    /// Another base URL for the environment
    #[arg(long, global = true, value_name = "URL")]
    pub base_url: Option<String>,
    /// Another env_id for the environment
    #[arg(long, global = true, value_name = "ID")]
    pub env_id: Option<String>,
    /// Write a log to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// How much the log says
    #[arg(long, global = true, value_name = "LEVEL", value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,
    /// When to use colours; NO_COLOR is obeyed
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColourChoice::Auto)]
    pub color: ColourChoice,
}

impl Global {
    /// What the command line says of environments.
    pub fn overrides(&self) -> Overrides {
        Overrides {
            env: self.env.clone(),
            base_url: self.base_url.clone(),
            env_id: self.env_id.clone(),
        }
    }
}

/// How much the log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the usual levels")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColourChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The dashboard on a simulated rollout: no config, key or network
    #[command(
        after_help = "Examples:\n  hgtop demo\n  hgtop demo --jobs 2000 --speed 4\n  hgtop demo --faults --seed 7\n  hgtop demo --serve 127.0.0.1:8080 > demo.toml   then: hgtop --config demo.toml"
    )]
    Demo(Demo),
    /// Add jobs to the config file, from whatever you have
    #[command(
        after_help = "Examples:\n  hgtop add acme/flows/l8odS2mce/jobs/lmaEbA --name 'acme nightly'\n  hgtop add 'https://api.hotglue.com/ENV/FLOW/TENANT/jobs/status?job_root=…' --tag rollout-42\n  curl … -X POST …/jobs | hgtop add -\n\nRead are: a job_root or s3_root, a status URL, a Run job or status answer as JSON, a curl command, CSV or TSV with a header, many lines at once."
    )]
    Add(Add),
    /// Remove jobs from the config file
    #[command(after_help = "Example:\n  hgtop remove 'acme nightly'")]
    Remove(Remove),
    /// The watched jobs as the config file has them; no network
    #[command(
        after_help = "Examples:\n  hgtop list\n  hgtop list --output json | jq '.jobs[].job_root'"
    )]
    List(List),
    /// Ask about each job once, print, exit
    #[command(
        after_help = "Examples:\n  hgtop status\n  hgtop status 'acme nightly' --output json\n  hgtop status acme/flows/l8odS2mce/jobs/lmaEbA\n\nExit codes: 0 all polled well and none failed, 1 a job failed, 2 bad usage or config, 3 a state could not be learned"
    )]
    Status(Status),
    /// The config file: where it is, making one, checking it
    #[command(
        subcommand,
        after_help = "Examples:\n  hgtop config init\n  hgtop config check"
    )]
    Config(ConfigCommand),
    /// Print the completions for a shell
    #[command(after_help = "Example:\n  hgtop completions zsh > ~/.zfunc/_hgtop")]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  hgtop man > ~/.local/share/man/man1/hgtop.1")]
    Man,
}

/// The simulated rollout.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// How many jobs
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub jobs: u32,
    /// Of how many tenants [default: as suits the jobs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tenants: Option<u32>,
    /// How fast time passes
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// What chance is drawn from: the same seed tells the same story
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub seed: u64,
    /// The share of jobs that fail, 0 to 1
    #[arg(long, value_name = "R", default_value_t = 0.15, value_parser = share)]
    pub fail_rate: f64,
    /// A service in trouble: 429s, 5xx, silence, odd bodies
    #[arg(long)]
    pub faults: bool,
    /// Only serve the simulated API at this address, and print a config for it
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub serve: Option<SocketAddr>,
}

/// Jobs to add.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// References in any form; - reads them from standard input
    #[arg(value_name = "REF", required = true)]
    pub references: Vec<String>,
    /// A name of your own, for a single job
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// A tag to filter and group by; may be given several times
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Time between two polls, like 2s
    #[arg(long, value_name = "TIME", value_parser = poll_interval)]
    pub interval: Option<Duration>,
    /// Only say what would be added
    #[arg(long)]
    pub dry_run: bool,
}

/// Jobs to remove.
#[derive(Debug, Clone, Args)]
pub struct Remove {
    /// Jobs by name, id or reference
    #[arg(value_name = "NAME|REF", required = true)]
    pub jobs: Vec<String>,
}

/// The watched jobs.
#[derive(Debug, Clone, Args)]
pub struct List {
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// One poll of each job.
#[derive(Debug, Clone, Args)]
pub struct Status {
    /// Jobs by name, id or reference [default: all of the config file]
    #[arg(value_name = "NAME|REF")]
    pub jobs: Vec<String>,
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// The form of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people: columns that fit the terminal.
    Table,
    /// One JSON document with `"version": 1`.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// What to do with the config file.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Print where it is
    Path,
    /// Write one, with every setting explained
    Init,
    /// Say whether it is right
    Check,
    /// Open it in $VISUAL or $EDITOR, and check it afterwards
    Edit,
}

fn speed(text: &str) -> Result<f64, String> {
    within(text, 0.01..=1000.0, "a number from 0.01 to 1000")
}

fn share(text: &str) -> Result<f64, String> {
    within(text, 0.0..=1.0, "a number from 0 to 1")
}

fn within(text: &str, range: std::ops::RangeInclusive<f64>, wanted: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| wanted.to_owned())
}

/// Reads `127.0.0.1:8080`, or a port alone for this machine.
fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.trim_start_matches(':').parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.replace("localhost", "127.0.0.1")
        .parse()
        .map_err(|_| "an address like 127.0.0.1:8080, or a port".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn odd_numbers_are_refused() {
        for bad in ["NaN", "-1", "inf", "0", "x"] {
            assert!(speed(bad).is_err(), "{bad}");
        }
        assert!(share("1.5").is_err());
        assert_eq!(address("8080").unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(address("localhost:1").unwrap().to_string(), "127.0.0.1:1");
        assert!(address("nowhere").is_err());
    }
}
