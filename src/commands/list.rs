//! `hgtop list`: lists the watched jobs from the config file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{CliError, Exit, output};
use crate::cli::{Global, List};
use crate::config::{self, Follow, config_path};
use crate::hotglue::TenantId;
use crate::report::{JobIdentity, Table};
use crate::runtime::watchlist::listed;

pub(super) fn run(global: &Global, list: &List) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let jobs = config
        .jobs
        .iter()
        .map(|job| listed(&config.environments[job.environment], job));
    // Only hotglue knows which jobs are the newest.
    let newest = config.follows.iter().flat_map(|follow| {
        let environment = &config.environments[follow.environment];
        tenants(follow).into_iter().map(move |tenant| JobIdentity {
            name: format!("{tenant} {}", follow.name),
            names: Vec::new(),
            environment: environment.name.to_string(),
            env_id: environment.env_id.to_string(),
            tenant,
            flow: follow.flow.to_string(),
            job_root: None,
            tags: Vec::new(),
        })
    });
    let mut jobs: Vec<JobIdentity> = jobs.collect();
    // A tenant that several followed flows name is one row.
    let mut rows: HashMap<[String; 3], usize> = HashMap::new();
    for job in newest {
        let key = [&job.environment, &job.tenant, &job.flow].map(String::clone);
        match rows.entry(key) {
            Entry::Occupied(row) => jobs[*row.get()].add_names([job.name]),
            Entry::Vacant(row) => {
                row.insert(jobs.len());
                jobs.push(job);
            }
        }
    }
    let mut table = Table::new(&["NAME", "ENVIRONMENT", "TENANT", "FLOW", "TAGS", "JOB_ROOT"]);
    for job in &jobs {
        let root = job.job_root.clone();
        table.row(vec![
            job.name_label(),
            job.environment.clone(),
            job.tenant.clone(),
            job.flow.clone(),
            job.tags.join(" "),
            root.unwrap_or_else(|| "(newest)".to_owned()),
        ]);
    }
    output::records(list.output, "jobs", &jobs, &table, false)
}

fn tenants(follow: &Follow) -> Vec<String> {
    match &follow.tenants {
        None => vec!["*".to_owned()],
        Some(tenants) => tenants.iter().map(TenantId::to_string).collect(),
    }
}
