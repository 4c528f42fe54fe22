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
use jiff::{SignedDuration, Timestamp};

use crate::config::{Overrides, poll_interval};
use crate::rollout::{Condition, Confidence};

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
    /// When to use colors; NO_COLOR is obeyed
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
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
        after_help = "Examples:\n  hgtop add acme/flows/l8odS2mce/jobs/lmaEbA --name 'acme nightly'\n  hgtop add 'https://api.hotglue.com/ENV/FLOW/TENANT/jobs/status?job_root=…' --tag rollout-42\n  curl … -X POST …/jobs | hgtop add -\n  hgtop add --follow l8odS2mce --tenant acme --tenant globex --name invoices\n\nRead are: a job_root or s3_root, a status URL, a Run job or status answer as JSON, a curl command, CSV or TSV with a header, many lines at once."
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
    /// Ask about jobs until all have ended; the exit code tells how they did
    #[command(
        after_help = "Examples:\n  hgtop wait 'acme nightly' --timeout 30m\n  hgtop wait --tag rollout-42 --fail-fast\n  curl … -X POST …/jobs | hgtop wait -\n  hgtop wait --follow l8odS2mce --tenant acme --tenant globex --newer-than 10m\n  hgtop wait --tag wave-1 --gate 'failed<=2%' --min-finished 50\n\nExit codes: 0 all completed (or the gate says go), 1 a job failed (or the gate says hold), 2 bad usage or config, 3 a state could not be learned, 124 timeout, 130 interrupted"
    )]
    Wait(Wait),
    /// What an environment has: flows, tenants, newest jobs
    #[command(
        after_help = "Examples:\n  hgtop discover                              flows\n  hgtop discover --flow l8odS2mce             the newest job of each tenant\n  hgtop discover --flow l8odS2mce --tenants   the tenants\n  hgtop discover -u acme                      the flows of a tenant\n  hgtop discover --flow l8odS2mce -u acme     a tenant's jobs, newest first\n\nThese listing calls are not part of hotglue's documented API; where one is refused, hgtop says so."
    )]
    Discover(Discover),
    /// What is remembered of earlier runs; no network
    #[command(
        after_help = "Examples:\n  hgtop history\n  hgtop history 'acme nightly' --output json | jq '.runs[].steps'"
    )]
    History(History),
    /// Serve the state of the watched jobs to Prometheus, as OpenMetrics
    #[command(
        after_help = "Examples:\n  hgtop export\n  hgtop export --listen 127.0.0.1:9700\n  curl -s http://127.0.0.1:9478/metrics\n\nWatched is what the config file names when it starts. It runs until it is interrupted."
    )]
    Export(Export),
    /// Check config, key, connection, terminal and files; a remedy for each fault
    #[command(
        after_help = "Examples:\n  hgtop doctor\n  hgtop doctor --output json\n\nExit codes: 0 no fault, 1 a fault"
    )]
    Doctor(Doctor),
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
    /// Print the manual page, or write those of all commands
    #[command(
        after_help = "Examples:\n  hgtop man | man -l -\n  hgtop man --to ~/.local/share/man/man1"
    )]
    Man {
        /// Write a page for each command into this folder
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
}

/// The simulated rollout.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// How many jobs [default: 24, or one for each tenant if those are more]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub jobs: Option<u32>,
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
    #[arg(value_name = "REF", required_unless_present = "follow")]
    pub references: Vec<String>,
    /// Follow a flow instead: the newest job of each of its tenants
    #[arg(long, value_name = "FLOW", conflicts_with_all = ["references", "tag", "interval"])]
    pub follow: Option<String>,
    /// A tenant of --follow; may be given several times [default: all of the environment]
    #[arg(short = 'u', long, value_name = "TENANT", requires = "follow")]
    pub tenant: Vec<String>,
    /// A name of your own, for a single job or the followed flow
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
    /// Stop polling after this time, such as 30s, and print what is known
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "60s")]
    pub timeout: Duration,
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// A wait for jobs to end.
#[derive(Debug, Clone, Args)]
pub struct Wait {
    /// Jobs by name, id or reference; - reads references from standard input [default: all of the config file]
    #[arg(value_name = "NAME|REF")]
    pub jobs: Vec<String>,
    /// Watched jobs with this tag; may be given several times
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// The newest job of a flow, for each tenant
    #[arg(long, value_name = "FLOW")]
    pub follow: Option<String>,
    /// A tenant of --follow; may be given several times [default: all of the environment]
    #[arg(short = 'u', long, value_name = "TENANT", requires = "follow")]
    pub tenant: Vec<String>,
    /// Only jobs created after this time, like 2026-11-24T09:00:00Z, or this long ago, like 10m
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub newer_than: Option<Timestamp>,
    /// Give up after this time, like 30m, with exit code 124
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub timeout: Option<Duration>,
    /// End with the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Pass if this condition holds, such as 'failed<=2%' or 'failed<3'; may be given several times
    #[arg(long, value_name = "CONDITION")]
    pub gate: Vec<Condition>,
    /// Test the failure rate behind the jobs with this confidence, such as 95 (percent)
    #[arg(long, value_name = "PERCENT", requires = "gate")]
    pub confidence: Option<Confidence>,
    /// Report the gate's result, but exit with 0 whatever it is
    #[arg(long, requires = "gate")]
    pub dry_run: bool,
    /// End when this many jobs have finished [default: all]; with --confidence, decide no earlier
    #[arg(long, alias = "min-done", value_name = "N")]
    pub min_finished: Option<usize>,
    /// Say nothing but what went wrong
    #[arg(short, long)]
    pub quiet: bool,
    /// The form of the output [default: a live picture on a terminal, a line for each change elsewhere]
    #[arg(short, long, value_enum)]
    pub output: Option<Output>,
}

/// What to look for in an environment.
#[derive(Debug, Clone, Args)]
pub struct Discover {
    /// A flow: its newest jobs
    #[arg(short, long, value_name = "FLOW")]
    pub flow: Option<String>,
    /// A tenant: its flows, or its jobs in the flow
    #[arg(short = 'u', long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// Only the tenants' ids, not their jobs
    #[arg(long, requires = "flow", conflicts_with = "tenant")]
    pub tenants: bool,
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// What the checks print.
#[derive(Debug, Clone, Args)]
pub struct Doctor {
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// Which past.
#[derive(Debug, Clone, Args)]
pub struct History {
    /// Jobs by name, id or reference [default: all of the config file]
    #[arg(value_name = "NAME|REF")]
    pub jobs: Vec<String>,
    /// The form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    pub output: Output,
}

/// The metrics.
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Where to serve them: an address, or a port of this machine
    #[arg(long, value_name = "ADDR", value_parser = address, default_value = "127.0.0.1:9478")]
    pub listen: SocketAddr,
    /// Also answer requests for this host name, such as that of a proxy (repeatable)
    #[arg(long = "allow-host", value_name = "HOST")]
    pub allow_hosts: Vec<String>,
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
    /// A table for a chat or a ticket.
    Markdown,
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

/// Reads a length of time such as `30m` or `1h 30m`.
fn span(text: &str) -> Result<Duration, String> {
    let span: Option<SignedDuration> = text.parse().ok();
    span.filter(SignedDuration::is_positive)
        .and_then(|span| Duration::try_from(span).ok())
        .ok_or_else(|| "a time like 30s, 10m or 1h 30m".to_owned())
}

/// Reads a time, or how long ago it was.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = span(text) {
        let ago = SignedDuration::try_from(ago).unwrap_or_default();
        return Timestamp::now()
            .checked_sub(ago)
            .map_err(|error| error.to_string());
    }
    crate::hotglue::parse_timestamp(text)
        .ok_or_else(|| "a time like 2026-11-24T09:00:00Z, or how long ago, like 10m".to_owned())
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
