//! `hgtop history`: lists recorded runs, and its commands.

mod export;
mod learn;
mod open;
mod prune;

use std::collections::HashSet;
use std::io;

use jiff::SignedDuration;
use serde::Serialize;
use serde_json::json;

use self::open::{history_error, open};
use super::{CliError, Exit, output, selection};
use crate::cli::{Global, History, HistoryCommand, Output};
use crate::config::{Config, Follow};
use crate::history::Run;
use crate::hotglue::{FlowId, TenantId, Text, compact_count, elapsed};
use crate::report::{Table, json_document};

/// The most runs of a tenant that are listed.
const MAX_RUNS: u32 = 50;

#[derive(Serialize)]
struct RunRecord {
    job_root: String,
    tenant: String,
    flow: String,
    status: String,
    started: Option<String>,
    last_updated: String,
    elapsed_seconds: Option<i64>,
    rows: Option<u64>,
    message: Option<String>,
    steps: Vec<StepRecord>,
}

#[derive(Serialize)]
struct StepRecord {
    status: String,
    /// The time that hotglue gave.
    updated: Option<String>,
    /// The time of the poll.
    seen: String,
}

/// A rollout among the selected follows.
#[derive(Serialize)]
struct RolloutRecord {
    name: String,
    environment: String,
    flow: String,
    since: String,
}

pub(super) fn run(global: &Global, options: &History) -> Result<Exit, CliError> {
    match &options.command {
        None => list(global, options),
        Some(HistoryCommand::Learn(options)) => learn::run(global, options),
        Some(HistoryCommand::Export(options)) => export::run(global, options),
        Some(HistoryCommand::Prune(options)) => prune::run(options),
    }
}

fn list(global: &Global, options: &History) -> Result<Exit, CliError> {
    let config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    if !config.settings.history {
        output::note("history = false in the config: nothing new is recorded");
    }
    let store = open()?;
    let mut runs = Vec::new();
    for (environment, flow, tenant) in selected(&config) {
        let env_id = &config.environments[environment].env_id;
        let found = store.runs(env_id, flow, tenant, MAX_RUNS);
        let found = found.map_err(history_error)?;
        runs.extend(found.iter().map(|run| record(flow, run)));
    }
    let mut table = Table::new(&[
        "TENANT", "FLOW", "STATUS", "STARTED", "ELAPSED", "ROWS", "MESSAGE",
    ]);
    for run in &runs {
        let ran = run.elapsed_seconds.map(SignedDuration::from_secs);
        table.row(vec![
            run.tenant.clone(),
            run.flow.clone(),
            run.status.clone(),
            run.started.clone().unwrap_or_default(),
            ran.map(elapsed).unwrap_or_default(),
            run.rows.map(compact_count).unwrap_or_default(),
            run.message.clone().unwrap_or_default(),
        ]);
    }
    let (recorded_runs, bytes) = store.size().map_err(history_error)?;
    let rollouts: Vec<_> = config
        .follows
        .iter()
        .filter_map(|follow| rollout(&config, follow))
        .collect();
    if options.output == Output::Json {
        let document = json_document([
            ("runs", json!(runs)),
            ("rollouts", json!(rollouts)),
            ("database", json!({"runs": recorded_runs, "bytes": bytes})),
        ]);
        return output::raw(document.map_err(io::Error::from)?.as_bytes());
    }
    output::records(options.output, "runs", &runs, &table, false)?;
    if options.output == Output::Table {
        if runs.is_empty() {
            output::note("no recorded runs of these jobs");
        }
        for rollout in &rollouts {
            output::note(&format!(
                "rollout {} in {} since {}",
                rollout.name, rollout.environment, rollout.since
            ));
        }
        output::note(&format!(
            "database: {recorded_runs} runs, {}.{} MB",
            bytes / 1_000_000,
            bytes / 100_000 % 10
        ));
    }
    Ok(Exit::Success)
}

/// The rollout of a follow that has a start.
fn rollout(config: &Config, follow: &Follow) -> Option<RolloutRecord> {
    Some(RolloutRecord {
        name: follow.name.to_string(),
        environment: config.environments[follow.environment].name.to_string(),
        flow: follow.flow.to_string(),
        since: follow.since?.to_string(),
    })
}

/// The environments, flows and tenants of a config's jobs, each once; `None`
/// stands for all tenants.
fn selected(config: &Config) -> impl Iterator<Item = (usize, &FlowId, Option<&TenantId>)> {
    let jobs = config.jobs.iter().map(|job| {
        let address = &job.address;
        (job.environment, &address.flow, Some(&address.tenant))
    });
    let follows = config.follows.iter().flat_map(|follow| {
        let tenants = follow.tenants.iter().flatten();
        tenants.map(move |tenant| (follow.environment, &follow.flow, Some(tenant)))
    });
    let of_all_tenants = config
        .follows
        .iter()
        .filter(|follow| follow.tenants.is_none())
        .map(|follow| (follow.environment, &follow.flow, None));
    let mut seen = HashSet::new();
    jobs.chain(follows)
        .chain(of_all_tenants)
        .filter(move |selected| seen.insert(*selected))
}

fn record(flow: &FlowId, run: &Run) -> RunRecord {
    let steps = run.steps.iter().map(|step| StepRecord {
        status: step.status.to_string(),
        updated: step.updated.map(|updated| updated.to_string()),
        seen: step.seen.to_string(),
    });
    let started = run.started;
    RunRecord {
        job_root: run.job_root.to_string(),
        tenant: run.tenant.to_string(),
        flow: flow.to_string(),
        status: run.status.to_string(),
        started: started.map(|started| started.to_string()),
        last_updated: run.last.to_string(),
        elapsed_seconds: started.map(|started| run.last.duration_since(started).as_secs()),
        rows: run.rows.as_ref().and_then(|rows| rows.total),
        message: run.message.as_ref().map(Text::to_string),
        steps: steps.collect(),
    }
}
