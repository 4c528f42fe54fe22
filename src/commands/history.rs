//! `hgtop history`: what is remembered of earlier runs.

use serde::Serialize;

use super::{CliError, Exit, output, selection};
use crate::cli::{Global, History, Output};
use crate::history::{HistoryAnswer, Opened, Run, Store};
use crate::hotglue::{EnvId, FlowId, TenantId, Text, elapsed};
use crate::report::Table;
use crate::runtime::history::HistoryStore;

/// The most runs that are told of a job's tenant.
const MOST: u32 = 50;

#[derive(Serialize)]
struct Remembered {
    job_root: String,
    tenant: String,
    flow: String,
    status: String,
    started: Option<String>,
    last_updated: String,
    elapsed_seconds: Option<i64>,
    message: Option<String>,
    steps: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    status: String,
    /// When the service said it was.
    updated: Option<String>,
    /// When hgtop saw it.
    seen: String,
}

pub(super) fn run(global: &Global, options: &History) -> Result<Exit, CliError> {
    let config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    if !config.settings.history {
        output::note("history = false in the config: nothing new is kept");
    }
    let opened = HistoryStore::OnDisk.open();
    let Opened { store, set_aside } =
        opened.map_err(|error| CliError::Undetermined(error.to_string()))?;
    if let Some(notice) = set_aside.and_then(|path| HistoryAnswer::SetAside(path).notice()) {
        output::note(&notice);
    }
    let mut told: Vec<(EnvId, FlowId, TenantId)> = Vec::new();
    let jobs = config.jobs.iter().map(|job| {
        (
            job.environment,
            &job.address.flow,
            Some(&job.address.tenant),
        )
    });
    let follows = config.follows.iter().flat_map(|follow| {
        let tenants = follow.tenants.iter().flatten();
        tenants.map(move |tenant| (follow.environment, &follow.flow, Some(tenant)))
    });
    let everyone = config
        .follows
        .iter()
        .filter(|follow| follow.tenants.is_none())
        .map(|follow| (follow.environment, &follow.flow, None));
    let mut found = Vec::new();
    for (environment, flow, tenant) in jobs.chain(follows).chain(everyone) {
        let env_id = &config.environments[environment].env_id;
        if let Some(tenant) = tenant {
            let which = (env_id.clone(), flow.clone(), tenant.clone());
            if told.contains(&which) {
                continue;
            }
            told.push(which);
        }
        found.extend(remembered(&store, env_id, flow, tenant)?);
    }
    let mut table = Table::new(&["TENANT", "FLOW", "STATUS", "STARTED", "ELAPSED", "MESSAGE"]);
    for run in &found {
        let ran = run.elapsed_seconds.map(jiff::SignedDuration::from_secs);
        table.row(vec![
            run.tenant.clone(),
            run.flow.clone(),
            run.status.clone(),
            run.started.clone().unwrap_or_default(),
            ran.map(elapsed).unwrap_or_default(),
            run.message.clone().unwrap_or_default(),
        ]);
    }
    if found.is_empty() && options.output == Output::Table {
        output::note("nothing is remembered of these jobs yet");
    }
    output::records(options.output, "runs", &found, &table, false)
}

fn remembered(
    store: &Store,
    env_id: &EnvId,
    flow: &FlowId,
    tenant: Option<&TenantId>,
) -> Result<Vec<Remembered>, CliError> {
    let runs = store.runs(env_id, flow, tenant, MOST);
    let runs = runs.map_err(|error| CliError::Undetermined(error.to_string()))?;
    Ok(runs.into_iter().map(|run| told(flow, &run)).collect())
}

fn told(flow: &FlowId, run: &Run) -> Remembered {
    Remembered {
        job_root: run.job_root.to_string(),
        tenant: run.tenant.to_string(),
        flow: flow.to_string(),
        status: run.status.to_string(),
        started: run.started.map(|at| at.to_string()),
        last_updated: run.last.to_string(),
        elapsed_seconds: run
            .started
            .map(|started| run.last.duration_since(started).as_secs()),
        message: run.message.as_ref().map(Text::to_string),
        steps: run
            .steps
            .iter()
            .map(|step| Step {
                status: step.status.to_string(),
                updated: step.updated.map(|at| at.to_string()),
                seen: step.seen.to_string(),
            })
            .collect(),
    }
}
