//! `hgtop status`: each job asked once.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{CliError, Exit, output, selection};
use crate::cli::{Global, Status};
use crate::config::Config;
use crate::hotglue::State;
use crate::report::{Polled, status_table};
use crate::runtime::executor;
use crate::runtime::watchlist::Watchlist;
use crate::watch::{Batch, EnvironmentId, EnvironmentStatus, JobId, Snapshot, Updates};

pub(super) fn run(global: &Global, options: &Status) -> Result<Exit, CliError> {
    let config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    let executor = executor::build()?;
    let (list, outcomes) = executor.block_on(poll_once(&config));
    executor.shutdown_background();

    let now = Timestamp::now();
    let polled: Vec<_> = list
        .entries
        .iter()
        .filter_map(|entry| {
            let mut listed = entry.listed.clone();
            Some(match &outcomes[&entry.target.id] {
                Outcome::Answered(snapshot) => {
                    let address = snapshot.address.as_ref();
                    listed.job_root = address.map(|address| address.job_root.to_string());
                    Polled::new(listed, snapshot.job.as_deref(), None, now)
                }
                Outcome::Failed(problem) => Polled::new(listed, None, Some(problem.clone()), now),
                Outcome::Stranger => return None,
            })
        })
        .collect();
    let colors = output::colors(global.color);
    output::records(
        options.output,
        "jobs",
        &polled,
        &status_table(&polled),
        colors,
    )?;
    if list.entries.is_empty() && !list.problems.is_empty() {
        let problems: Vec<_> = list.problems.into_values().collect();
        return Err(CliError::Undetermined(problems.join("; ")));
    }
    Ok(if polled.iter().any(|job| job.state == State::Failed) {
        Exit::JobFailed
    } else if polled.iter().any(|job| job.error.is_some()) {
        Exit::Undetermined
    } else {
        Exit::Success
    })
}

/// What asking about a job came to.
enum Outcome {
    Answered(Snapshot),
    Failed(String),
    /// The tenant has nothing to do with the flow.
    Stranger,
}

type Outcomes = BTreeMap<JobId, Outcome>;

/// Asks about each job once, within the bounds.
async fn poll_once(config: &Config) -> (Watchlist, Outcomes) {
    let list = Watchlist::new(config).await;
    let (watcher, updates) = list.connected(config);
    let mut outcomes = Outcomes::new();
    for (environment, problem) in &list.problems {
        give_up(&list, &mut outcomes, *environment, problem);
    }
    let open = list
        .targets()
        .filter(|target| !outcomes.contains_key(&target.id));
    watcher.add(open.collect());
    collect(&list, updates, &mut outcomes).await;
    (list, outcomes)
}

async fn collect(list: &Watchlist, mut updates: Updates, outcomes: &mut Outcomes) {
    while outcomes.len() < list.entries.len() {
        let Some(Batch {
            snapshots,
            environment_statuses,
            ..
        }) = updates.recv().await
        else {
            return;
        };
        for (key, snapshot) in snapshots {
            outcomes.entry(key).or_insert_with(|| {
                let Some(trouble) = &snapshot.health.failure_streak else {
                    return Outcome::Answered(snapshot);
                };
                let entry = list.entry(key);
                if entry.is_some_and(|entry| entry.is_unlinked_tenant(&trouble.error)) {
                    Outcome::Stranger
                } else {
                    Outcome::Failed(trouble.error.to_string())
                }
            });
        }
        // What one job met the others would meet too: they are not asked.
        for (environment, status) in environment_statuses {
            match status {
                EnvironmentStatus::Unauthorized { error, .. }
                | EnvironmentStatus::Outage { error, .. } => {
                    give_up(list, outcomes, environment, &error.to_string());
                }
                EnvironmentStatus::Closed | EnvironmentStatus::RateLimited { .. } => {}
            }
        }
    }
}

fn give_up(list: &Watchlist, outcomes: &mut Outcomes, environment: EnvironmentId, problem: &str) {
    for entry in &list.entries {
        if entry.target.environment == environment {
            outcomes
                .entry(entry.target.id)
                .or_insert_with(|| Outcome::Failed(problem.to_owned()));
        }
    }
}
