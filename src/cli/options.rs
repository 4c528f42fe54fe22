//! The options of each command.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::Output;
use super::values;
use crate::config::{Condition, poll_interval};
use crate::rollout::Confidence;

/// Options of `demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Number of jobs [default: 48, or one for each tenant if there are more]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) jobs: Option<u32>,
    /// Number of tenants [default: derived from --jobs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) tenants: Option<u32>,
    /// Speed factor of simulated time
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = values::speed)]
    pub(crate) speed: f64,
    /// Random seed; the same seed produces the same rollout
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) seed: u64,
    /// Share of jobs that fail, from 0 to 1
    #[arg(long, value_name = "RATE", default_value_t = 0.15, value_parser = values::rate)]
    pub(crate) fail_rate: f64,
    /// Simulate service faults: 429, 5xx, timeouts, invalid responses
    #[arg(long)]
    pub(crate) faults: bool,
    /// Serve the simulated API at this address and print a config for it, without a dashboard
    #[arg(long, value_name = "ADDRESS", value_parser = values::address)]
    pub(crate) serve: Option<SocketAddr>,
}

/// Options of `add`.
#[derive(Debug, Clone, Args)]
pub struct Add {
    /// Job references; see Accepted below; - reads them from stdin
    #[arg(value_name = "REF", required_unless_present = "follow")]
    pub(crate) references: Vec<String>,
    /// Follow a flow instead: the newest job of each of its tenants
    #[arg(long, value_name = "FLOW", allow_hyphen_values = true, conflicts_with_all = ["references", "tag", "interval"])]
    pub(crate) follow: Option<String>,
    /// Tenant of --follow (repeatable) [default: all tenants]
    #[arg(short = 'u', long, value_name = "TENANT", requires = "follow")]
    pub(crate) tenant: Vec<String>,
    /// Name of the job or followed flow
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Tag to filter and group by (repeatable)
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Time between two polls, such as 2s
    #[arg(long, value_name = "TIME", value_parser = poll_interval)]
    pub(crate) interval: Option<Duration>,
    /// Print what would be added, and add nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Options of `remove`.
#[derive(Debug, Clone, Args)]
pub struct Remove {
    /// Jobs by name, id or reference
    #[arg(value_name = "NAME|REF", required = true)]
    pub(crate) jobs: Vec<String>,
}

/// Options of `list`.
#[derive(Debug, Clone, Args)]
pub struct List {
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `status`.
#[derive(Debug, Clone, Args)]
pub struct Status {
    /// Jobs by name, id or reference; - reads references from stdin [default: all in the config]
    #[arg(value_name = "NAME|REF")]
    pub(crate) jobs: Vec<String>,
    /// Stop polling after this time, such as 30s, and print what is known
    #[arg(long, value_name = "TIME", value_parser = values::duration, default_value = "60s")]
    pub(crate) timeout: Duration,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `wait`.
#[derive(Debug, Clone, Args)]
pub struct Wait {
    /// Jobs by name, id or reference; - reads references from stdin [default: all in the config]
    #[arg(value_name = "NAME|REF")]
    pub(crate) jobs: Vec<String>,
    /// Watched jobs with this tag (repeatable)
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Newest job of each tenant in this flow
    #[arg(long, value_name = "FLOW", allow_hyphen_values = true)]
    pub(crate) follow: Option<String>,
    /// Tenant of --follow (repeatable) [default: all tenants]
    #[arg(short = 'u', long, value_name = "TENANT", requires = "follow")]
    pub(crate) tenant: Vec<String>,
    /// Count only jobs created after this time (2026-11-24T09:00:00Z) or this long ago (10m)
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub(crate) newer_than: Option<Timestamp>,
    /// Stop waiting after this time, such as 30m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) timeout: Option<Duration>,
    /// Stop waiting at the first failure
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Pass if this condition holds, such as 'failed<=2%', 'failed<3', 'rows>=80%' or 'p90<=1.3x'
    /// (repeatable)
    #[arg(long, value_name = "CONDITION")]
    pub(crate) gate: Vec<Condition>,
    /// Confidence level for a test of the failure rate, in percent, such as 95
    #[arg(long, value_name = "PERCENT", requires = "gate")]
    pub(crate) confidence: Option<Confidence>,
    /// Report the gate's result, but exit with 0
    #[arg(long, requires = "gate")]
    pub(crate) dry_run: bool,
    /// Number of finished jobs at which to stop waiting; with --confidence, the gate is not evaluated before
    /// [default: all]
    #[arg(long, alias = "min-done", value_name = "N")]
    pub(crate) min_finished: Option<usize>,
    /// Print failures only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Output format [default: a live table on a terminal, else one line per change]
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub(crate) output: Option<WaitOutput>,
}

/// The form of the output of `wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitOutput {
    /// Records of the jobs.
    Records(Output),
    /// Annotations and a step summary for GitHub Actions.
    Github,
    /// The XML of JUnit.
    Junit,
}

impl ValueEnum for WaitOutput {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Records(Output::Table),
            Self::Records(Output::Json),
            Self::Records(Output::Jsonl),
            Self::Records(Output::Csv),
            Self::Records(Output::Markdown),
            Self::Github,
            Self::Junit,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Records(output) => output.to_possible_value(),
            Self::Github => Some(
                PossibleValue::new("github")
                    .help("Annotations and a step summary for GitHub Actions"),
            ),
            Self::Junit => {
                Some(PossibleValue::new("junit").help("JUnit XML with a test case for each job"))
            }
        }
    }
}

/// Options of `discover`.
#[derive(Debug, Clone, Args)]
pub struct Discover {
    /// List the newest jobs of this flow
    #[arg(short, long, value_name = "FLOW", allow_hyphen_values = true)]
    pub(crate) flow: Option<String>,
    /// List the flows of this tenant, or its jobs in the flow
    #[arg(short = 'u', long, value_name = "TENANT")]
    pub(crate) tenant: Option<String>,
    /// List the tenants instead of their jobs
    #[arg(long, requires = "flow", conflicts_with = "tenant")]
    pub(crate) tenants: bool,
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
}

/// Options of `export`.
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Listen address, or a port on 127.0.0.1
    #[arg(long, value_name = "ADDRESS", value_parser = values::address, default_value = "127.0.0.1:9478")]
    pub(crate) listen: SocketAddr,
    /// Also answer requests for this host name, such as that of a proxy (repeatable)
    #[arg(long = "allow-host", value_name = "HOST")]
    pub(crate) allow_hosts: Vec<String>,
}

/// Options of `doctor`.
#[derive(Debug, Clone, Args)]
pub struct Doctor {
    /// Output format
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// Also write a support bundle to this file: report, config and log without secrets
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) bundle: Option<PathBuf>,
}
