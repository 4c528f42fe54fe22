//! What was watched, as an exported file has it.

use super::pseudonyms::{NameOf, Pseudonyms};
use crate::history::replay::JobList;
use crate::hotglue::FlowId;

/// A list without the flows that are not exported, on request with pseudonyms.
pub(super) fn exported(
    mut list: JobList,
    flows: &[FlowId],
    pseudonyms: Option<&Pseudonyms>,
) -> JobList {
    if !flows.is_empty() {
        let is_exported = |flow: &str| flows.iter().any(|it| it.as_str() == flow);
        list.jobs.retain(|job| is_exported(&job.flow));
        list.follows.retain(|follow| is_exported(&follow.flow));
    }
    let Some(pseudonyms) = pseudonyms else {
        return list;
    };
    let replace = |of: NameOf, name: &mut String| *name = pseudonyms.name(of, name);
    for environment in &mut list.environments {
        replace(NameOf::Environment, &mut environment.env_id);
        environment.name.clone_from(&environment.env_id);
    }
    for job in &mut list.jobs {
        let is_unnamed = job.job_root.rsplit('/').next() == Some(job.name.as_str());
        // As the runs have it.
        let job_id = pseudonyms.name(NameOf::Job, &job.job_root);
        replace(NameOf::Flow, &mut job.flow);
        replace(NameOf::Tenant, &mut job.tenant);
        job.job_root = format!("{}/flows/{}/jobs/{job_id}", job.tenant, job.flow);
        job.name = if is_unnamed {
            job_id
        } else {
            pseudonyms.name(NameOf::Job, &job.name)
        };
        for tag in &mut job.tags {
            replace(NameOf::Word, tag);
        }
    }
    for follow in &mut list.follows {
        replace(NameOf::Flow, &mut follow.flow);
        replace(NameOf::Rollout, &mut follow.name);
        for tenant in &mut follow.tenants {
            replace(NameOf::Tenant, tenant);
        }
    }
    list
}
