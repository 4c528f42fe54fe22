//! `hgtop add`: adds jobs, from references in any form, and followed flows to
//! the config file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::discover::unknown_flow;
use super::job_index::JobIndex;
use super::{CliError, Exit, output, selection};
use crate::cli::{Add, Global};
use crate::config::{self, Change, Config, Follow, JobEntry, Resolution, WatchedJob, config_path};
use crate::hotglue::{JobRoot, ReferenceError, Text, read_references};
use crate::runtime::listings::{FlowCheck, check_flow};
use crate::runtime::{connector, executor};

/// The longest name of a job, in bytes.
const MAX_NAME: usize = 256;
/// The longest tag, in bytes.
const MAX_TAG: usize = 64;
/// How long verifying a flow may take.
const VERIFY_LIMIT: Duration = Duration::from_secs(15);

pub(super) fn run(global: &Global, options: &Add) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    if let Some(flow) = &options.follow {
        return follow(global, options, &config, &path, flow);
    }
    let parsed = parse(global, options, &config)?;
    let verb = if options.dry_run {
        "would add"
    } else {
        "added"
    };
    let mut report = parsed.report;
    for job in &parsed.jobs {
        let environment = &config.environments[job.environment].name;
        let root = &job.address.job_root;
        report.push_str(&format!(
            "{verb} \"{}\" ({environment}: {root})\n",
            job.name
        ));
    }
    if report.is_empty() {
        return Err(CliError::Usage("no references to add".to_owned()));
    }
    if !options.dry_run && !parsed.jobs.is_empty() {
        let entries = entries(&config, parsed.jobs);
        config::save(&path, &Change::Add(entries))
            .map_err(|error| CliError::Usage(error.to_string()))?;
    }
    output::text(&report)?;
    match parsed.invalid {
        0 => Ok(Exit::Success),
        1 => Err(CliError::Usage("1 reference was not added".to_owned())),
        count => Err(CliError::Usage(format!(
            "{count} references were not added"
        ))),
    }
}

/// The references of a command line.
#[derive(Default)]
struct Parsed {
    /// Jobs that are not watched yet.
    jobs: Vec<WatchedJob>,
    /// How many references cannot be added.
    invalid: usize,
    /// A line for each reference that is not a new job.
    report: String,
}

fn parse(global: &Global, options: &Add, config: &Config) -> Result<Parsed, CliError> {
    let default = global.env.as_ref().and_then(|name| {
        let mut environments = config.environments.iter();
        environments.position(|environment| environment.name.as_str() == name)
    });
    let watched = JobIndex::new(config);
    let mut first_lines: HashMap<(usize, JobRoot), usize> = HashMap::new();
    let mut parsed = Parsed::default();
    for read in read_references(&input(&options.references)?) {
        let known = |environment, root: &JobRoot| watched.name_of(environment, root);
        let resolution = read.result.map(|reference| {
            let environments = config.environments.iter().enumerate();
            config::resolve(&reference, environments, default, known)
        });
        let problem = match resolution {
            Ok(Resolution::Complete(job)) => {
                let id = (job.environment, job.address.job_root.clone());
                match first_lines.entry(id) {
                    Entry::Occupied(first) => {
                        format!("duplicate of line {}", first.get())
                    }
                    Entry::Vacant(first) => {
                        first.insert(read.line);
                        parsed.jobs.push(with_options(job, options));
                        continue;
                    }
                }
            }
            Ok(Resolution::Watched(name)) => format!("already watched as \"{name}\""),
            Ok(Resolution::Incomplete(missing)) => {
                parsed.invalid += 1;
                format!("{}: {missing}", read.excerpt)
            }
            // What hgtop prints has rows of tenants without a job.
            Err(error @ ReferenceError::NotStarted) => format!("{}: {error}", read.excerpt),
            Err(error) => {
                parsed.invalid += 1;
                format!("{}: {error}", read.excerpt)
            }
        };
        let line = read.line;
        parsed.report.push_str(&format!("line {line}: {problem}\n"));
    }
    Ok(parsed)
}

/// Adds a followed flow.
fn follow(
    global: &Global,
    options: &Add,
    config: &Config,
    path: &Path,
    flow: &str,
) -> Result<Exit, CliError> {
    let follow = selection::follow(
        global,
        config,
        flow,
        &options.tenant,
        options.name.as_deref(),
    )
    .map_err(CliError::Usage)?;
    let is_same = |known: &&Follow| {
        known.environment == follow.environment
            && known.flow == follow.flow
            && known.tenants == follow.tenants
    };
    if let Some(known) = config.follows.iter().find(is_same) {
        return output::text(&format!("already followed as \"{}\"\n", known.name));
    }
    verify(config, &follow)?;
    let tenants = match &follow.tenants {
        None => "all tenants".to_owned(),
        Some(tenants) if tenants.len() == 1 => "1 tenant".to_owned(),
        Some(tenants) => format!("{} tenants", tenants.len()),
    };
    let verb = if options.dry_run {
        "would follow"
    } else {
        "following"
    };
    let report = format!("{verb} \"{}\" for {tenants}\n", follow.name);
    if !options.dry_run {
        let environment = config.environments[follow.environment].name.to_string();
        let entry = follow.with_environment(environment);
        config::save(path, &Change::Follow(entry))
            .map_err(|error| CliError::Usage(error.to_string()))?;
    }
    output::text(&report)
}

/// Refuses a flow that hotglue does not list. Where the listing does not work,
/// the flow is taken as it is.
fn verify(config: &Config, follow: &Follow) -> Result<(), CliError> {
    let environment = &config.environments[follow.environment];
    let limits = connector::limits(config);
    let executor = executor::build()?;
    let check = async {
        let client = connector::client(environment, limits).await?;
        match check_flow(&client, &follow.flow).await {
            FlowCheck::Exists => Ok(None),
            FlowCheck::Unknown(suggestion) => Ok(Some(suggestion)),
            FlowCheck::Unverified(error) => Err(error.to_string()),
        }
    };
    let check = executor.block_on(async { timeout(VERIFY_LIMIT, check).await });
    executor.shutdown_background();
    match check.unwrap_or_else(|_| Err("no answer in time".to_owned())) {
        Ok(None) => {}
        Ok(Some(suggestion)) => {
            return Err(unknown_flow(&follow.flow, &environment.name, &suggestion));
        }
        Err(problem) => output::note(&format!(
            "warning: flow \"{}\" could not be verified: {problem}",
            follow.flow
        )),
    }
    Ok(())
}

/// The jobs as entries of the config file.
fn entries(config: &Config, jobs: Vec<WatchedJob>) -> Vec<JobEntry> {
    let entry = |job: WatchedJob| {
        let environment = config.environments[job.environment].name.to_string();
        job.with_environment(environment)
    };
    jobs.into_iter().map(entry).collect()
}

/// The references of the arguments; `-` stands for standard input.
fn input(references: &[String]) -> Result<String, CliError> {
    let mut text = String::new();
    for reference in references {
        if reference == "-" {
            text.push_str(&selection::standard_input()?);
        } else {
            text.push_str(reference);
        }
        text.push('\n');
    }
    Ok(text)
}

/// The job with the name, tags and interval of the command line.
fn with_options(job: WatchedJob, options: &Add) -> WatchedJob {
    WatchedJob {
        name: match &options.name {
            Some(name) => Text::cut(name, MAX_NAME),
            None => job.name,
        },
        tags: options
            .tag
            .iter()
            .map(|tag| Text::cut(tag, MAX_TAG))
            .collect(),
        poll_interval: options.interval,
        ..job
    }
}
