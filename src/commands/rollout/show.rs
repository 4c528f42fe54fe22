//! `hgtop rollout show`: polls the jobs of a rollout once and prints its result
//! so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::super::{CliError, Exit, output, status};
use super::document::{BaselineRecord, EtaRecord, RolloutReport};
use super::find::find;
use crate::cli::{Global, Output, RolloutShow};
use crate::config::{self, Condition, Config, config_path};
use crate::hotglue::Job;
use crate::report::{csv, document, jsonl};
use crate::rollout::{
    Evidence, FlowBaseline, JobFacts, JobProgress, PairedJob, RolloutSummary, RunOutcome,
    TenantRuns, failure_groups,
};
use crate::runtime::executor;
use crate::runtime::forecaster::eta_of_results;
use crate::runtime::past_runs::PastRuns;
use crate::runtime::poll_once::PollResult;
use crate::runtime::watchlist::Watchlist;
use crate::watch::{EnvironmentId, JobId};

pub(super) fn run(global: &Global, options: &RolloutShow) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let mut config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let follow = find(&config, &options.name)?.clone();
    config.jobs.clear();
    config.follows = vec![follow];
    let executor = executor::build()?;
    let polled = executor.block_on(status::poll(&config, options.timeout));
    executor.shutdown_background();
    let (list, results) = polled?;
    let report = report(&config, &list, &results);
    let text = match options.output {
        Output::Json => document(&report).map_err(std::io::Error::from)?,
        Output::Jsonl => jsonl(&[&report]).map_err(std::io::Error::from)?,
        Output::Table => report.text(),
        Output::Csv => csv(&[&report.rollout]).map_err(std::io::Error::from)?,
        Output::Markdown => report.table().markdown(),
    };
    output::raw(text.as_bytes())?;
    for problem in list.problems.values().chain(&list.unlisted) {
        output::note(problem);
    }
    let failed_polls: Vec<_> = results
        .values()
        .filter_map(|result| match result {
            PollResult::Failed(error) => Some(error),
            PollResult::Run(..) | PollResult::NotStarted | PollResult::Unlinked => None,
        })
        .collect();
    if let [first, more @ ..] = &failed_polls[..] {
        let count = more.len() + 1;
        let s = if count == 1 { "" } else { "s" };
        output::note(&format!("{count} job{s} undetermined: {first}"));
    }
    let is_complete = failed_polls.is_empty() && list.first_problem().is_none();
    Ok(if is_complete {
        Exit::Success
    } else {
        Exit::Undetermined
    })
}

fn report(
    config: &Config,
    list: &Watchlist,
    results: &BTreeMap<JobId, PollResult>,
) -> RolloutReport {
    let follow = &config.follows[0];
    let environment = config.environments[follow.environment].name.to_string();
    let counts = results.values().filter_map(|result| match result {
        PollResult::Run(_, job, _) => Some(JobProgress::from(job.status.state())),
        PollResult::NotStarted => Some(JobProgress::NotStarted),
        PollResult::Failed(_) => Some(JobProgress::Undetermined),
        PollResult::Unlinked => None,
    });
    let past = status::past_runs(config);
    let paired = paired(config, list, results, &past);
    let evidence = |condition: &Condition| Evidence::of(*condition, paired.iter().copied());
    let evidence: Vec<Evidence> = follow.gate.iter().map(evidence).collect();
    let summary = RolloutSummary::new(counts.collect(), &follow.gate, &evidence);
    let runs = list.entries.iter().filter_map(|entry| {
        let job: &Arc<Job> = match results.get(&entry.target.id)? {
            PollResult::Run(_, job, _) => job,
            PollResult::NotStarted | PollResult::Failed(_) | PollResult::Unlinked => return None,
        };
        Some(JobFacts {
            id: entry.target.id,
            job,
            tenant: &entry.listed.tenant,
            flow: &entry.listed.flow,
            environment: &environment,
        })
    });
    let groups = failure_groups(runs);
    let env_id = &config.environments[follow.environment].env_id;
    let anomalies = results.values().filter_map(|result| match result {
        PollResult::Run(address, job, polled) => past.anomalies(env_id, address, job, *polled),
        PollResult::NotStarted | PollResult::Failed(_) | PollResult::Unlinked => None,
    });
    let anomalies = anomalies.flatten().collect();
    let now = Timestamp::now();
    let start = follow.since.unwrap_or(now);
    let baseline = FlowBaseline::new(&past.of_flow(env_id, &follow.flow, start));
    let failures = baseline.as_ref().map(FlowBaseline::failures);
    let failures = failures.map(|(failed, runs)| BaselineRecord { failed, runs });
    let eta = baseline.and_then(|baseline| {
        let flow = (EnvironmentId(follow.environment), &follow.flow, baseline);
        let eta = eta_of_results(list, flow, results, now)?;
        let last = eta.last_job().and_then(|id| list.entry(id));
        let last = last.map(|entry| entry.listed.name.clone());
        Some(EtaRecord::new(&eta, last, now))
    });
    let forecast = (eta, failures);
    RolloutReport::new(follow, &environment, &summary, &groups, anomalies, forecast)
}

/// The expected jobs beside the runs before the start, where the gate compares
/// them.
fn paired(
    config: &Config,
    list: &Watchlist,
    results: &BTreeMap<JobId, PollResult>,
    past: &PastRuns,
) -> Vec<PairedJob> {
    let follow = &config.follows[0];
    if !follow.gate.iter().any(|it| it.needs_baseline()) {
        return Vec::new();
    }
    let env_id = &config.environments[follow.environment].env_id;
    let before = follow.since.unwrap_or_else(Timestamp::now);
    let paired = list.entries.iter().filter_map(|entry| {
        let (outcome, started) = match results.get(&entry.target.id)? {
            PollResult::Run(_, job, polled) => (
                RunOutcome::of(job, Some(*polled)),
                job.start_time.as_ref().and_then(|start| start.at),
            ),
            PollResult::NotStarted | PollResult::Failed(_) => (RunOutcome::NOT_STARTED, None),
            PollResult::Unlinked => return None,
        };
        let tenant = entry.target.selector.tenant();
        let runs = past.of_tenant(env_id, &follow.flow, tenant, before);
        Some(PairedJob {
            outcome,
            medians: TenantRuns::of(&runs).medians(started),
        })
    });
    paired.collect()
}
