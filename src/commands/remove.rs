//! `hgtop remove`: removes jobs from the config file.

use super::job_index::JobIndex;
use super::{CliError, Exit, output, selection};
use crate::cli::{Global, Remove};
use crate::config::{self, Change, JobEntryId, config_path};

pub(super) fn run(global: &Global, options: &Remove) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    let mut ids = Vec::new();
    let mut report = String::new();
    let watched = JobIndex::new(&config);
    for name in &options.jobs {
        let found = watched.find(name);
        if found.is_empty() {
            return Err(CliError::Usage(selection::unknown(&config, name)));
        }
        for job in found {
            let root = &job.address.job_root;
            report.push_str(&format!("removed \"{}\" ({root})\n", job.name));
            ids.push(JobEntryId {
                environment: config.environments[job.environment].name.to_string(),
                job_root: job.address.job_root.clone(),
            });
        }
    }
    config::save(&path, &Change::Remove(ids))
        .map_err(|error| CliError::Usage(error.to_string()))?;
    output::text(&report)
}
