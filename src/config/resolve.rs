//! A reference held against the config: which environment it means, whether
//! it is watched already, what is missing.

use crate::hotglue::{JobAddress, JobRoot, Reference, Text};

use super::problem::did_you_mean;
use super::{Environment, WatchedJob};

/// What a reference comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// All that is needed is known.
    Complete(WatchedJob),
    /// It is on the list, by this name.
    Watched(Text),
    /// Something is missing, and what to do.
    Incomplete(String),
}

/// Holds a reference against the environments, and what is watched: `watched`
/// knows the name of a job by its environment's place and its root. `default`
/// is the environment of references that name none.
pub fn resolve(
    reference: &Reference,
    environments: &[Environment],
    default: Option<usize>,
    watched: impl Fn(usize, &JobRoot) -> Option<Text>,
) -> Resolution {
    let environment = match environment(reference, environments, default) {
        Ok(environment) => environment,
        Err(missing) => return Resolution::Incomplete(missing),
    };
    if let Some(name) = watched(environment, &reference.job_root) {
        return Resolution::Watched(name);
    }
    let (Some(tenant), Some(flow)) = (reference.tenant.clone(), reference.flow.clone()) else {
        return Resolution::Incomplete(
            "tenant and flow cannot be read out of this job_root; give them in a table with \
             the columns job_root, tenant, flow"
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

fn environment(
    reference: &Reference,
    environments: &[Environment],
    default: Option<usize>,
) -> Result<usize, String> {
    if let Some(name) = &reference.environment {
        let found = environments
            .iter()
            .position(|each| each.name.as_str() == name);
        return found.ok_or_else(|| {
            let known = environments.iter().map(|each| each.name.as_str());
            format!("no environment '{name}'{}", did_you_mean(name, known))
        });
    }
    if let Some(env_id) = &reference.env_id {
        let found = environments.iter().position(|each| each.env_id == *env_id);
        return found.ok_or_else(|| format!("no environment with env_id {env_id} is configured"));
    }
    match (default, environments.len()) {
        (Some(default), _) => Ok(default),
        (None, 1) => Ok(0),
        (None, 0) => Err("no environment is configured".to_owned()),
        (None, _) => Err("which environment? several are configured".to_owned()),
    }
}
