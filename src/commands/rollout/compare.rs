//! `hgtop rollout compare`: compares a rollout with the runs before its start.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use super::super::{CliError, Exit, output};
use super::find::find;
use crate::cli::{CompareBy, Global, RolloutCompare};
use crate::config::{self, Config, Follow, config_path};
use crate::history::{
    COMPARED_RUNS, HistoryAnswer, HistoryError, Observation, Opened, PastRun, Store,
};
use crate::hotglue::{TenantId, Text};
use crate::report::Table;
use crate::rollout::{
    ComparedMetric, ComparedRuns, UnfinishedRun, compare, compare_by, compare_by_version,
};
use crate::runtime::history::HistoryStore;
use crate::runtime::poll_once::{Bounds, PollResult, poll_once};
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{connector, executor};

/// The worst tenants in a cell of the table.
const WORST_SHOWN: usize = 3;
/// A longer timeout is cut to this one.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// A compared metric in JSON. Durations are in seconds, rates are shares.
#[derive(Serialize)]
struct ComparisonRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    cohort: Option<String>,
    metric: String,
    before: f64,
    after: f64,
    shift: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Whether the shift is a ratio or a difference.
    scale: &'static str,
    pairs: usize,
    result: &'static str,
    worst: Vec<WorstRecord>,
}

#[derive(Serialize)]
struct WorstRecord {
    tenant: String,
    before: f64,
    after: f64,
}

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
    let is_expected = |run: &PastRun| match &follow.tenants {
        Some(tenants) => tenants.contains(&run.tenant),
        None => true,
    };
    let mut before = store
        .past_runs(env_id, &follow.flow, Some(since), COMPARED_RUNS)
        .map_err(failed)?;
    let recorded = store
        .past_runs(env_id, &follow.flow, None, COMPARED_RUNS)
        .map_err(failed)?;
    // Polls are decoded by the same code as what was recorded.
    let mut newest = Store::in_memory().map_err(failed)?;
    newest.record(&polled.finished).map_err(failed)?;
    let newest = newest
        .past_runs(env_id, &follow.flow, None, COMPARED_RUNS)
        .map_err(failed)?;
    let known: BTreeSet<String> = recorded
        .iter()
        .map(|run| run.job_root.to_string())
        .collect();
    let unknown = |run: &PastRun| !known.contains(run.job_root.as_str());
    let mut after = recorded;
    after.extend(newest.into_iter().filter(unknown));
    after.retain(|run| run.started >= since && is_expected(run));
    before.retain(is_expected);
    let runs = ComparedRuns {
        before: &before,
        after: &after,
        unfinished: &polled.unfinished,
        now: Timestamp::now(),
    };
    let compared = match options.by {
        None => compare(runs),
        Some(CompareBy::TapVersion) => compare_by_version(runs),
        Some(CompareBy::Tag) => compare_by(runs, |tenant, _| tags(&config, &follow, tenant)),
    };
    if compared.is_empty() {
        output::note(&nothing_to_compare(&before, &follow));
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
#[derive(Default)]
struct PolledRuns {
    finished: Vec<Observation>,
    unfinished: Vec<UnfinishedRun>,
    /// What could not be determined.
    problems: Vec<String>,
}

async fn poll(config: &Config, follow: &Follow, since: Timestamp, timeout: Duration) -> PolledRuns {
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
    let mut results = poll_once(&list, bounds, |_, _| {}).await;
    let mut polled = PolledRuns {
        problems: list.unlisted.clone(),
        ..PolledRuns::default()
    };
    let env_id = &config.environments[follow.environment].env_id;
    let (mut failed, mut reason) = (0, None);
    for entry in &list.entries {
        match results.remove(&entry.target.id) {
            Some(PollResult::Run(address, job, _)) => {
                let created = job.start_time.as_ref().and_then(|start| start.at);
                let Some(created) = created.filter(|created| *created >= since) else {
                    continue;
                };
                if job.status.is_finished() {
                    let now = Timestamp::now();
                    let observed = Observation::new(env_id.clone(), address, &job, now);
                    polled.finished.push(observed);
                } else {
                    polled.unfinished.push(UnfinishedRun {
                        tenant: entry.target.selector.tenant().clone(),
                        tap_version: job.tap_version(),
                        started: created,
                    });
                }
            }
            Some(PollResult::Failed(error)) => {
                failed += 1;
                reason.get_or_insert(error);
            }
            Some(PollResult::NotStarted | PollResult::Unlinked) | None => {}
        }
    }
    if let Some(reason) = reason {
        let jobs = if failed == 1 {
            "1 job".to_owned()
        } else {
            format!("{failed} jobs")
        };
        polled
            .problems
            .push(format!("{jobs} could not be polled: {reason}"));
    }
    polled
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
    let mut heads = vec![
        "METRIC",
        "BEFORE",
        "AFTER",
        "SHIFT",
        "INTERVAL",
        "PAIRS",
        "RESULT",
        "WORST TENANTS",
    ];
    if options.by.is_some() {
        heads.insert(0, "COHORT");
    }
    let mut table = Table::new(&heads);
    for one in compared {
        let mut cells = vec![
            one.name(),
            one.before_label(),
            one.after_label(),
            one.shift_label(),
            one.interval_label(),
            one.pairs.to_string(),
            one.result.label().to_owned(),
            one.worst_label(WORST_SHOWN),
        ];
        if options.by.is_some() {
            let cohort = one.cohort.as_ref().map(Text::one_line);
            cells.insert(0, cohort.unwrap_or_default());
        }
        table.tinted_row(cells, one.result.tint());
    }
    let records: Vec<_> = compared.iter().map(record).collect();
    let colors = output::colors(global.color);
    output::records(options.output, "comparison", &records, &table, colors)
}

fn record(one: &ComparedMetric) -> ComparisonRecord {
    let worst = one.worst.iter().map(|worst| WorstRecord {
        tenant: worst.tenant.to_string(),
        before: rounded(worst.before),
        after: rounded(worst.after),
    });
    ComparisonRecord {
        cohort: one.cohort.as_ref().map(Text::one_line),
        metric: one.name(),
        before: rounded(one.before),
        after: rounded(one.after),
        shift: rounded(one.shift),
        low: (!one.metric.is_ratio() || one.low > 0.0).then(|| rounded(one.low)),
        high: one.high.is_finite().then(|| rounded(one.high)),
        scale: if one.metric.is_ratio() {
            "ratio"
        } else {
            "difference"
        },
        pairs: one.pairs,
        result: one.result.label(),
        worst: worst.collect(),
    }
}

/// A number with four decimals, so that binary fractions do not show.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}
