//! `hgtop add`: references, read in any form, into the config file.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::discover::unknown_flow;
use super::job_index::JobIndex;
use super::{CliError, Exit, output, selection};
use crate::cli::{Add, Global};
use crate::config::{self, Change, Config, Follow, JobEntry, Resolution, WatchedJob, config_path};
use crate::hotglue::{JobRoot, Text, read_references};
use crate::runtime::listings::{FlowCheck, check_flow};
use crate::runtime::{connector, executor};

/// How long verifying a flow may take.
const VERIFY_LIMIT: Duration = Duration::from_secs(15);

pub(super) fn run(global: &Global, options: &Add) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    if let Some(flow) = &options.follow {
        return follow(global, options, &config, &path, flow);
    }
    let text = input(&options.references)?;
    let mut report = String::new();
    let (mut wanted, mut bad) = (Vec::new(), 0);
    let default = global.env.as_ref().and_then(|name| {
        config
            .environments
            .iter()
            .position(|each| each.name.as_str() == name)
    });
    let watched = JobIndex::new(&config);
    let mut added: HashMap<(usize, JobRoot), Text> = HashMap::new();
    for read in read_references(&text) {
        let known = |environment, root: &JobRoot| {
            let in_config = watched.name_of(environment, root);
            in_config.or_else(|| added.get(&(environment, root.clone())).cloned())
        };
        let resolution = read.result.map(|reference| {
            config::resolve(
                &reference,
                config.environments.iter().enumerate(),
                default,
                known,
            )
        });
        match resolution {
            Ok(Resolution::Complete(mut job)) => {
                dress(&mut job, options);
                let id = (job.environment, job.address.job_root.clone());
                added.insert(id, job.name.clone());
                wanted.push(job);
            }
            Ok(Resolution::Watched(name)) => {
                report.push_str(&format!(
                    "line {}: already watched as '{name}'\n",
                    read.line
                ));
            }
            Ok(Resolution::Incomplete(missing)) => {
                bad += 1;
                report.push_str(&format!(
                    "line {}: {}: {missing}\n",
                    read.line, read.excerpt
                ));
            }
            Err(error) => {
                bad += 1;
                report.push_str(&format!("line {}: {}: {error}\n", read.line, read.excerpt));
            }
        }
    }
    let verb = if options.dry_run {
        "would add"
    } else {
        "added"
    };
    for job in &wanted {
        let environment = &config.environments[job.environment].name;
        report.push_str(&format!(
            "{verb} '{}' ({environment}: {})\n",
            job.name, job.address.job_root
        ));
    }
    if report.is_empty() {
        return Err(CliError::Usage("there is no reference to add".to_owned()));
    }
    if !options.dry_run && !wanted.is_empty() {
        let entries = entries(&config, wanted);
        config::save(&path, &Change::Add(entries))
            .map_err(|error| CliError::Usage(error.to_string()))?;
    }
    output::text(&report)?;
    match bad {
        0 => Ok(Exit::Success),
        1 => Err(CliError::Usage(
            "one reference could not be added".to_owned(),
        )),
        count => Err(CliError::Usage(format!(
            "{count} references could not be added"
        ))),
    }
}

/// `--follow`: the newest job of a flow, for each tenant.
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
    let known = |each: &Follow| {
        each.environment == follow.environment
            && each.flow == follow.flow
            && each.tenants == follow.tenants
    };
    let whom = match &follow.tenants {
        None => "every tenant".to_owned(),
        Some(tenants) => format!("{} tenants", tenants.len()),
    };
    if let Some(known) = config.follows.iter().find(|each| known(each)) {
        return output::text(&format!("already followed as '{}'\n", known.name));
    }
    verify(config, &follow)?;
    let verb = if options.dry_run {
        "would follow"
    } else {
        "following"
    };
    let report = format!("{verb} '{}' for {whom}\n", follow.name);
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

/// Jobs as they are to be written.
pub(super) fn entries(config: &Config, jobs: Vec<WatchedJob>) -> Vec<JobEntry> {
    let entry = |job: WatchedJob| {
        let environment = config.environments[job.environment].name.to_string();
        job.with_environment(environment)
    };
    jobs.into_iter().map(entry).collect()
}

/// The references given, those of standard input for `-`.
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

fn dress(job: &mut WatchedJob, options: &Add) {
    if let Some(name) = &options.name {
        job.name = Text::cut(name, 256);
    }
    job.tags = options.tag.iter().map(|tag| Text::cut(tag, 64)).collect();
    job.poll_interval = options.interval;
}
