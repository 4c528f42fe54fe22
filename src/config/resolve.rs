//! Completing a reference with the config: which environment it means, whether
//! its job is watched already, what is missing.

use crate::hotglue::{JobAddress, JobRoot, Reference, Text};

use super::contents::{Environment, WatchedJob};
use super::problem::{clean, did_you_mean};

/// A reference, completed with the config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Resolution<E = usize> {
    /// A job that can be watched.
    Complete(WatchedJob<E>),
    /// A job that is watched already, by its name.
    Watched(Text),
    /// What is missing, and the fix.
    Incomplete(String),
}

/// Resolves a reference to a job in one of the environments, each given with
/// what refers to it. `default` is the environment of references that name
/// none; `watched` returns the name of a job that is watched already.
pub(crate) fn resolve<'a, E: Copy>(
    reference: &Reference,
    environments: impl Iterator<Item = (E, &'a Environment)> + Clone,
    default: Option<E>,
    watched: impl Fn(E, &JobRoot) -> Option<Text>,
) -> Resolution<E> {
    let environment = match environment_of(reference, environments, default) {
        Ok(environment) => environment,
        Err(missing) => return Resolution::Incomplete(missing),
    };
    if let Some(name) = watched(environment, &reference.job_root) {
        return Resolution::Watched(name);
    }
    let (Some(tenant), Some(flow)) = (reference.tenant.clone(), reference.flow.clone()) else {
        return Resolution::Incomplete(
            "job_root is not of the form TENANT/flows/FLOW/jobs/…; use a table with the columns \
             job_root, tenant, flow"
                .to_owned(),
        );
    };
    let name = reference.name.clone();
    let name = name.unwrap_or_else(|| Text::cut(reference.job_root.job_id(), 256));
    Resolution::Complete(WatchedJob {
        name,
        environment,
        address: JobAddress {
            flow,
            tenant,
            job_root: reference.job_root.clone(),
        },
        poll_interval: None,
        tags: Vec::new(),
    })
}

fn environment_of<'a, E: Copy>(
    reference: &Reference,
    mut environments: impl Iterator<Item = (E, &'a Environment)> + Clone,
    default: Option<E>,
) -> Result<E, String> {
    let mut all = environments.clone();
    if let Some(name) = &reference.environment {
        let found = all.find(|(_, environment)| environment.name.as_str() == name);
        return found.map(|(id, _)| id).ok_or_else(|| {
            let known = environments.map(|(_, environment)| environment.name.as_str());
            let hint = did_you_mean(name, known);
            format!("unknown environment \"{}\"{hint}", clean(name))
        });
    }
    if let Some(env_id) = &reference.env_id {
        let found = all.find(|(_, environment)| environment.env_id == *env_id);
        return found
            .map(|(id, _)| id)
            .ok_or_else(|| format!("no environment with env_id \"{env_id}\" is configured"));
    }
    if let Some(default) = default {
        return Ok(default);
    }
    match (environments.next(), environments.next()) {
        (Some((only, _)), None) => Ok(only),
        (None, _) => Err("no environment is configured".to_owned()),
        (Some(_), Some(_)) => Err("several environments are configured; name one".to_owned()),
    }
}
