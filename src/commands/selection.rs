//! Which jobs a command is about: names and references against the config.

use crate::config::{Config, WatchedJob, did_you_mean};
use crate::hotglue::{JobAddress, JobRoot, Text};

/// Narrows a config to the jobs that were named: by name, id or `job_root`. A
/// root that is not watched is taken for this once.
///
/// # Errors
/// When a name is none of a watched job and no root either.
pub(super) fn narrow(config: &mut Config, named: &[String]) -> Result<(), String> {
    if named.is_empty() {
        return Ok(());
    }
    let mut chosen: Vec<WatchedJob> = Vec::new();
    for name in named {
        let trimmed = name.trim().trim_matches('/');
        let mut found: Vec<_> = config
            .jobs
            .iter()
            .filter(|job| is_called(job, trimmed))
            .cloned()
            .collect();
        if found.is_empty() {
            found.push(unwatched(config, name)?);
        }
        found.retain(|job| !chosen.contains(job));
        chosen.extend(found);
    }
    config.jobs = chosen;
    Ok(())
}

fn is_called(job: &WatchedJob, name: &str) -> bool {
    let root = &job.address.job_root;
    job.name.as_str() == name || root.as_str() == name || root.job_id() == name
}

fn unwatched(config: &Config, name: &str) -> Result<WatchedJob, String> {
    let root = JobRoot::parse(name).ok();
    let parts = root.as_ref().and_then(JobRoot::parts);
    let (Some(job_root), Some(parts)) = (root, parts) else {
        let known = config.jobs.iter().map(|job| job.name.as_str());
        let hint = did_you_mean(name, known);
        return Err(format!(
            "no watched job is called '{name}', and it is no job_root{hint}"
        ));
    };
    if config.environments.len() != 1 {
        return Err(format!(
            "'{name}' is not watched: say with --env where it runs"
        ));
    }
    Ok(WatchedJob {
        name: Text::new(job_root.job_id()),
        environment: 0,
        address: JobAddress {
            flow: parts.flow,
            tenant: parts.tenant,
            job_root,
        },
        poll_interval: None,
        tags: Vec::new(),
    })
}
