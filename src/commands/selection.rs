//! The jobs that a command line selects: by name, id or reference.

use std::collections::HashSet;
use std::io::{self, Read};

use super::job_index::JobIndex;
use super::{CliError, output};
use crate::cli::Global;
use crate::config::{
    self, Config, ConfigError, Environment, Follow, Overrides, Resolution, WatchedJob, config_path,
    did_you_mean, resolve,
};
use crate::hotglue::{FlowId, Reference, ReferenceError, TenantId, Text, read_references};

/// The most that is read from standard input, in bytes.
const MAX_INPUT: u64 = 64 * 1024 * 1024;

/// Loads the config, narrowed to the jobs that are given by name, id or
/// reference, if any are. `-` stands for references on standard input.
/// References also work without a config file: their `env_id` names the
/// environment.
pub(super) fn load(global: &Global, named: &[String]) -> Result<Config, CliError> {
    let path = config_path(global.config.clone())?;
    let overrides = global.overrides();
    let mut config = match config::load(&path, &overrides) {
        Ok(config) => config,
        Err(ConfigError::Missing { .. })
            if global.config.is_none() && (!named.is_empty() || overrides.env_id.is_some()) =>
        {
            without_file(&path, overrides)?
        }
        Err(error) => return Err(error.into()),
    };
    if !named.is_empty() {
        narrow(&mut config, named, global)?;
    }
    Ok(config)
}

/// The config where there is no file. A base URL without an `env_id` belongs to
/// the environment that a reference names.
fn without_file(path: &std::path::Path, overrides: Overrides) -> Result<Config, CliError> {
    let overrides = if overrides.env_id.is_some() {
        overrides
    } else {
        Overrides::default()
    };
    Ok(config::parse("", path, &overrides)?)
}

fn narrow(config: &mut Config, named: &[String], global: &Global) -> Result<(), CliError> {
    let mut chosen: Vec<WatchedJob> = Vec::new();
    let mut follows: Vec<Follow> = Vec::new();
    // Adding an environment that a reference names does not change the jobs.
    let watched_jobs = config.clone();
    let watched = JobIndex::new(&watched_jobs);
    for name in named {
        if name == "-" {
            let text = standard_input()?;
            let found = unwatched(config, &text, global).map_err(CliError::Usage)?;
            if found.is_empty() {
                return Err(CliError::Usage("no references on stdin".to_owned()));
            }
            chosen.extend(found);
            continue;
        }
        let found_follows: Vec<_> = config
            .follows
            .iter()
            .filter(|follow| follow.name.as_str() == name)
            .cloned()
            .collect();
        let mut found: Vec<_> = watched.find(name).into_iter().cloned().collect();
        if found.is_empty() && found_follows.is_empty() {
            found = unwatched(config, name, global).map_err(CliError::Usage)?;
            if found.is_empty() {
                return Err(CliError::Usage(unknown(config, name)));
            }
        }
        follows.extend(found_follows);
        chosen.extend(found);
    }
    let mut seen = HashSet::new();
    chosen.retain(|job| seen.insert((job.environment, job.address.job_root.clone())));
    (config.jobs, config.follows) = (chosen, follows);
    Ok(())
}

/// The followed flow of a command line; of all tenants unless some are given.
pub(super) fn follow(
    global: &Global,
    config: &Config,
    flow: &str,
    tenants: &[String],
    name: Option<&str>,
) -> Result<Follow, String> {
    let flow = FlowId::parse(flow).map_err(|error| format!("--follow: {error}"))?;
    let tenants: Result<Vec<_>, _> = tenants
        .iter()
        .map(|tenant| TenantId::parse(tenant))
        .collect();
    let tenants = tenants.map_err(|error| format!("--tenant: {error}"))?;
    Ok(Follow {
        name: Text::cut(name.unwrap_or(flow.as_str()), 256),
        environment: environment(global, config)?,
        flow,
        tenants: (!tenants.is_empty()).then_some(tenants),
        since: None,
        gate: Vec::new(),
    })
}

/// The environment of a command line, by its index: that of `--env`, else the
/// only one.
pub(super) fn environment(global: &Global, config: &Config) -> Result<usize, String> {
    let named = global.env.as_ref().and_then(|name| {
        let mut known = config.environments.iter();
        known.position(|environment| environment.name.as_str() == name)
    });
    match (named, config.environments.len()) {
        (Some(index), _) => Ok(index),
        (None, 1) => Ok(0),
        (None, 0) => {
            Err("no environments: add one with hgtop config init, or use --env-id".to_owned())
        }
        (None, _) => Err("several environments: choose one with --env".to_owned()),
    }
}

/// Reads standard input, 64 MiB at most.
pub(super) fn standard_input() -> io::Result<String> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MAX_INPUT).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The error for a name that is neither a job nor a reference.
pub(super) fn unknown(config: &Config, name: &str) -> String {
    let jobs = config.jobs.iter().map(|job| job.name.as_str());
    let follows = config.follows.iter().map(|follow| follow.name.as_str());
    let hint = did_you_mean(name, jobs.chain(follows));
    format!("no watched job is named \"{name}\"{hint}, and it is not a reference")
}

/// The jobs of references, which need not be watched. Text that is no reference
/// gives no jobs if it is a single line, else an error.
fn unwatched(config: &mut Config, text: &str, global: &Global) -> Result<Vec<WatchedJob>, String> {
    let mut found = Vec::new();
    for read in read_references(text) {
        let reference = match read.result {
            Ok(reference) => reference,
            // What hgtop prints has rows of tenants without a job.
            Err(ReferenceError::NotStarted) => {
                output::note(&format!(
                    "line {}: {}",
                    read.line,
                    ReferenceError::NotStarted
                ));
                continue;
            }
            Err(_) if found.is_empty() && !text.contains('\n') => return Ok(Vec::new()),
            Err(error) => return Err(format!("line {}: {}: {error}", read.line, read.excerpt)),
        };
        if config.environments.is_empty()
            && let Some(environment) = environment_of(&reference, global)?
        {
            config.environments.push(environment);
        }
        let default = environment(global, config).ok();
        match resolve(
            &reference,
            config.environments.iter().enumerate(),
            default,
            |_, _| None,
        ) {
            Resolution::Complete(job) => found.push(job),
            Resolution::Watched(_) => {}
            Resolution::Incomplete(missing) => {
                return Err(format!("{}: {missing}", reference.job_root));
            }
        }
    }
    Ok(found)
}

/// The environment that a reference names, if none is configured. It is reached
/// at hotglue's address or that of the command line, never at one that the
/// reference contains, since the API key is sent there.
fn environment_of(reference: &Reference, global: &Global) -> Result<Option<Environment>, String> {
    let Some(env_id) = &reference.env_id else {
        return Ok(None);
    };
    let overrides = Overrides {
        env: None,
        env_id: Some(env_id.to_string()),
        base_url: global.base_url.clone(),
    };
    let config = config::parse("", std::path::Path::new("-"), &overrides)
        .map_err(|error| error.to_string())?;
    Ok(config.environments.into_iter().next())
}
