//! `hgtop list`: the watched jobs as the config file has them.

use serde::Serialize;

use super::output::{self, Table};
use super::{Exit, Failure};
use crate::cli::{Global, List};
use crate::config::{self, Config, WatchedJob, config_path};
use crate::hotglue::Text;

/// A watched job, as `--output json` has it.
#[derive(Debug, Serialize)]
pub(super) struct Listed<'a> {
    pub(super) name: &'a str,
    pub(super) environment: &'a str,
    pub(super) env_id: &'a str,
    pub(super) tenant: &'a str,
    pub(super) flow: &'a str,
    pub(super) job_root: &'a str,
    pub(super) tags: Vec<&'a str>,
}

impl<'a> Listed<'a> {
    pub(super) fn new(config: &'a Config, job: &'a WatchedJob) -> Self {
        let environment = &config.environments[job.environment];
        Self {
            name: job.name.as_str(),
            environment: environment.name.as_str(),
            env_id: environment.env_id.as_str(),
            tenant: job.address.tenant.as_str(),
            flow: job.address.flow.as_str(),
            job_root: job.address.job_root.as_str(),
            tags: job.tags.iter().map(Text::as_str).collect(),
        }
    }
}

pub(super) fn run(global: &Global, list: &List) -> Result<Exit, Failure> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let jobs: Vec<_> = config
        .jobs
        .iter()
        .map(|job| Listed::new(&config, job))
        .collect();
    let mut table = Table::new(&["NAME", "ENVIRONMENT", "TENANT", "FLOW", "TAGS", "JOB_ROOT"]);
    for job in &jobs {
        table.row(vec![
            job.name.to_owned(),
            job.environment.to_owned(),
            job.tenant.to_owned(),
            job.flow.to_owned(),
            job.tags.join(" "),
            job.job_root.to_owned(),
        ]);
    }
    output::print(list.output, &jobs, &table, None)
}
