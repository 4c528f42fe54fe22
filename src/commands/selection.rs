//! Which jobs a command is about: names and references against the config.

use crate::config::{Config, Resolution, WatchedJob, did_you_mean, resolve};
use crate::hotglue::{Reference, read_references};

/// Narrows a config to the jobs that were named, by name, id or reference. A
/// job that is not watched is taken for this once.
///
/// # Errors
/// When a name is none of a watched job and no complete reference either.
pub(super) fn narrow(config: &mut Config, named: &[String]) -> Result<(), String> {
    if named.is_empty() {
        return Ok(());
    }
    let mut chosen: Vec<WatchedJob> = Vec::new();
    for name in named {
        let mut found: Vec<_> = watched(config, name).into_iter().cloned().collect();
        if found.is_empty() {
            found = unwatched(config, name)?;
        }
        found.retain(|job| !chosen.contains(job));
        chosen.extend(found);
    }
    config.jobs = chosen;
    Ok(())
}

/// The watched jobs of a name, an id, or a reference.
pub(super) fn watched<'a>(config: &'a Config, name: &str) -> Vec<&'a WatchedJob> {
    let references = references(name);
    let is_called = |job: &&WatchedJob| {
        let root = &job.address.job_root;
        job.name.as_str() == name
            || root.job_id() == name
            || root.as_str() == name.trim().trim_matches('/')
            || references
                .iter()
                .any(|reference| reference.job_root == *root)
    };
    config.jobs.iter().filter(is_called).collect()
}

/// What to say of a name that means nothing.
pub(super) fn unknown(config: &Config, name: &str) -> String {
    let known = config.jobs.iter().map(|job| job.name.as_str());
    let hint = did_you_mean(name, known);
    format!("no watched job is called '{name}', and it is no reference to one{hint}")
}

fn references(text: &str) -> Vec<Reference> {
    read_references(text)
        .into_iter()
        .filter_map(|read| read.result.ok())
        .collect()
}

fn unwatched(config: &Config, name: &str) -> Result<Vec<WatchedJob>, String> {
    let references = references(name);
    if references.is_empty() {
        return Err(unknown(config, name));
    }
    references
        .iter()
        .map(
            |reference| match resolve(reference, &config.environments, None, |_, _| None) {
                Resolution::Complete(job) => Ok(job),
                Resolution::Watched(_) => Err(unknown(config, name)),
                Resolution::Incomplete(missing) => Err(format!(
                    "'{}' is not watched: {missing}",
                    reference.job_root
                )),
            },
        )
        .collect()
}
