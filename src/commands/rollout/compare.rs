//! `hgtop rollout compare`: compares a rollout with the runs before its start.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::{CliError, Exit, output};
use super::find::find;
use crate::cli::{CompareBy, Global, RolloutCompare};
use crate::config::{self, Config, Follow, config_path};
use crate::history::{HistoryAnswer, HistoryError, Opened, PastRun, Store};
use crate::hotglue::{TenantId, Text};
use crate::report::comparison_table;
use crate::rollout::{ComparedMetric, compare, compare_by, compare_by_version};
use crate::runtime::history::HistoryStore;
use crate::runtime::poll_once::{Bounds, PollResult, poll_once};
use crate::runtime::rollout_report::{PolledRuns, SplitRuns, comparison_record};
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{connector, executor};

/// A longer timeout is cut to this one.
const FOREVER: Duration = Duration::from_hours(24 * 365);

pub(super) fn run(global: &Global, options: &RolloutCompare) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    let follow = find(&config, &options.name)?.clone();
    let Some(since) = follow.since else {
        return Err(CliError::Usage(format!(
            "{} has no start: set it with hgtop rollout start",
            follow.name
        )));
    };
    let store = open_history()?;
    let executor = executor::build()?;
    let polled = executor.block_on(poll(&config, &follow, since, options.timeout));
    executor.shutdown_background();
    let failed = |error: HistoryError| CliError::Undetermined(error.to_string());
    let env_id = &config.environments[follow.environment].env_id;
    let runs = SplitRuns::read(&store, env_id, &follow, since, polled.runs).map_err(failed)?;
    let before = &runs.before;
    let runs = runs.compared(Timestamp::now());
    let compared = match options.by {
        None => compare(runs),
        Some(CompareBy::TapVersion) => compare_by_version(runs),
        Some(CompareBy::Tag) => compare_by(runs, |tenant, _| tags(&config, &follow, tenant)),
    };
    if compared.is_empty() {
        output::note(&nothing_to_compare(before, &follow));
    }
    print(global, options, &compared)?;
    for problem in &polled.problems {
        output::note(problem);
    }
    Ok(if polled.problems.is_empty() {
        Exit::Success
    } else {
        Exit::Undetermined
    })
}

fn open_history() -> Result<Store, CliError> {
    let opened = HistoryStore::OnDisk.open();
    let Opened { store, set_aside } =
        opened.map_err(|error| CliError::Undetermined(error.to_string()))?;
    if let Some(notice) = set_aside.and_then(|path| HistoryAnswer::SetAside(path).notice()) {
        output::note(&notice);
    }
    Ok(store)
}

fn nothing_to_compare(before: &[PastRun], follow: &Follow) -> String {
    if before.is_empty() {
        format!(
            "no run before the start is in the history: fill it with hgtop history learn --flow {}",
            follow.flow
        )
    } else {
        "no tenant has a run since the start".to_owned()
    }
}

/// The newest runs according to the service.
struct Polled {
    runs: PolledRuns,
    /// What could not be determined.
    problems: Vec<String>,
}

async fn poll(config: &Config, follow: &Follow, since: Timestamp, timeout: Duration) -> Polled {
    let mut config = config.clone();
    config.jobs.clear();
    config.follows = vec![follow.clone()];
    let started = Instant::now();
    let list = Watchlist::new(&config).await;
    let bounds = Bounds {
        limits: connector::limits(&config),
        started,
        deadline: started.checked_add(timeout).unwrap_or(started + FOREVER),
    };
    let results = poll_once(&list, bounds, |_, _| {}).await;
    let env_id = &config.environments[follow.environment].env_id;
    let mut problems = list.unlisted.clone();
    let failed: Vec<_> = results
        .values()
        .filter_map(|result| match result {
            PollResult::Failed(error) => Some(error),
            PollResult::Run(..) | PollResult::NotStarted | PollResult::Unlinked => None,
        })
        .collect();
    match failed[..] {
        [] => {}
        [reason] => problems.push(format!("1 job could not be polled: {reason}")),
        [reason, ..] => {
            let count = failed.len();
            problems.push(format!("{count} jobs could not be polled: {reason}"));
        }
    }
    Polled {
        runs: PolledRuns::of(&list, &results, env_id, since),
        problems,
    }
}

/// The tags of the watched jobs of a tenant in the flow.
fn tags(config: &Config, follow: &Follow, tenant: &TenantId) -> Vec<Text> {
    let is_of = |address: &crate::hotglue::JobAddress| {
        address.tenant == *tenant && address.flow == follow.flow
    };
    let jobs = config.jobs.iter();
    let tags: BTreeSet<Text> = jobs
        .filter(|job| job.environment == follow.environment && is_of(&job.address))
        .flat_map(|job| job.tags.iter().cloned())
        .collect();
    if tags.is_empty() {
        vec![Text::new("no tag")]
    } else {
        tags.into_iter().collect()
    }
}

fn print(
    global: &Global,
    options: &RolloutCompare,
    compared: &[ComparedMetric],
) -> Result<Exit, CliError> {
    let records: Vec<_> = compared.iter().map(comparison_record).collect();
    let table = comparison_table(&records, options.by.is_some());
    let colors = output::colors(global.color);
    output::records(options.output, "comparison", &records, &table, colors)
}
