//! `hgtop status`: each job asked once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::list::Listed;
use super::output::{self, Table};
use super::{Exit, Failure, dashboard, runtime, selection};
use crate::cli::{Global, Status};
use crate::config::{self, Config, config_path};
use crate::hotglue::{Moment, State, Text, age, elapsed};
use crate::watch::{self, Batch, Condition, EnvironmentKey, JobKey, Snapshot, Updates};

/// A polled job, as `--output json` has it.
#[derive(Debug, Serialize)]
struct Polled<'a> {
    #[serde(flatten)]
    job: Listed<'a>,
    status: Option<String>,
    state: &'static str,
    stage: Option<&'static str>,
    message: Option<String>,
    tap: Option<String>,
    target: Option<String>,
    start_time: Option<String>,
    last_updated: Option<String>,
    elapsed_seconds: Option<i64>,
    /// Why no state could be learned.
    error: Option<String>,
}

pub(super) fn run(global: &Global, options: &Status) -> Result<Exit, Failure> {
    let path = config_path(global.config.clone())?;
    let mut config = config::load(&path, &global.overrides())?;
    output::warn(&config.warnings);
    selection::narrow(&mut config, &options.jobs).map_err(Failure::Usage)?;
    let runtime = runtime()?;
    let outcomes = runtime.block_on(poll_once(&config));
    runtime.shutdown_background();

    let now = Timestamp::now();
    let polled: Vec<_> = config
        .jobs
        .iter()
        .zip(0..)
        .map(|(job, number)| polled(Listed::new(&config, job), &outcomes[&JobKey(number)], now))
        .collect();
    let mut table = Table::new(&[
        "NAME", "TENANT", "FLOW", "STATUS", "UPDATED", "ELAPSED", "MESSAGE",
    ]);
    for (job, outcome) in polled.iter().zip(outcomes.values()) {
        let updated = outcome
            .as_ref()
            .ok()
            .and_then(|snapshot| snapshot.job.as_ref()?.last_updated.clone());
        let one_line = |text: &String| Text::new(text).one_line();
        table.tinted_row(
            vec![
                job.job.name.to_owned(),
                job.job.tenant.to_owned(),
                job.job.flow.to_owned(),
                job.status.clone().unwrap_or_else(|| "?".to_owned()),
                updated
                    .and_then(|moment| moment.at)
                    .map(|at| age(at, now))
                    .unwrap_or_default(),
                job.elapsed_seconds
                    .map(|seconds| elapsed(jiff::SignedDuration::from_secs(seconds)))
                    .unwrap_or_default(),
                job.error
                    .as_ref()
                    .or(job.message.as_ref())
                    .map(one_line)
                    .unwrap_or_default(),
            ],
            match (job.error.is_some(), job.state) {
                (true, _) => Some(33),
                (_, "failed") => Some(31),
                (_, "completed") => Some(32),
                _ => None,
            },
        );
    }
    output::print(
        options.output,
        &polled,
        &table,
        Some(output::colours(global.color)),
    )?;
    Ok(
        if polled.iter().any(|job| job.state == State::Failed.name()) {
            Exit::JobFailed
        } else if polled.iter().any(|job| job.error.is_some()) {
            Exit::NotLearned
        } else {
            Exit::Well
        },
    )
}

type Outcomes = BTreeMap<JobKey, Result<Snapshot, String>>;

/// Asks about each job once, within the bounds.
async fn poll_once(config: &Config) -> Outcomes {
    let (watcher, updates) = watch::start(fastrand::u64(..));
    let mut outcomes = Outcomes::new();
    let targets = dashboard::targets(config);
    for at in 0..config.environments.len() {
        if targets
            .iter()
            .all(|target| target.environment != EnvironmentKey(at))
        {
            continue;
        }
        let limits = dashboard::limits(config);
        match dashboard::client(&config.environments[at], limits).await {
            Ok(client) => watcher.connect(EnvironmentKey(at), client, limits),
            Err(problem) => give_up(config, &mut outcomes, EnvironmentKey(at), &problem),
        }
    }
    let open = targets
        .into_iter()
        .filter(|target| !outcomes.contains_key(&target.key))
        .collect();
    watcher.add(open);
    collect(config, updates, &mut outcomes).await;
    outcomes
}

async fn collect(config: &Config, mut updates: Updates, outcomes: &mut Outcomes) {
    while outcomes.len() < config.jobs.len() {
        let Some(Batch {
            snapshots,
            conditions,
            ..
        }) = updates.recv().await
        else {
            return;
        };
        for (key, snapshot) in snapshots {
            outcomes
                .entry(key)
                .or_insert_with(|| match &snapshot.health.trouble {
                    Some(trouble) => Err(trouble.error.to_string()),
                    None => Ok(snapshot),
                });
        }
        // What one job met the others would meet too: they are not asked.
        for (environment, condition) in conditions {
            match condition {
                Condition::Refused { error, .. } | Condition::Outage { error, .. } => {
                    give_up(config, outcomes, environment, &error.to_string());
                }
                Condition::Fine | Condition::Held { .. } => {}
            }
        }
    }
}

fn give_up(config: &Config, outcomes: &mut Outcomes, environment: EnvironmentKey, problem: &str) {
    for (job, number) in config.jobs.iter().zip(0..) {
        if job.environment == environment.0 {
            outcomes
                .entry(JobKey(number))
                .or_insert_with(|| Err(problem.to_owned()));
        }
    }
}

fn polled<'a>(job: Listed<'a>, outcome: &Result<Snapshot, String>, now: Timestamp) -> Polled<'a> {
    let answer = outcome
        .as_ref()
        .ok()
        .and_then(|snapshot| snapshot.job.as_deref());
    let text = |text: Option<&Text>| text.map(ToString::to_string);
    let time = |moment: Option<&Moment>| {
        moment.map(|moment| {
            moment
                .at
                .map_or_else(|| moment.shown.to_string(), |at| at.to_string())
        })
    };
    let start = answer.and_then(|answer| answer.start_time.as_ref()?.at);
    let end = answer.and_then(|answer| {
        if answer.status.is_terminal() {
            answer.last_updated.as_ref()?.at
        } else {
            Some(now)
        }
    });
    Polled {
        job,
        status: answer.map(|answer| answer.status.to_string()),
        state: answer
            .map_or(State::Unknown, |answer| answer.status.state())
            .name(),
        stage: answer
            .and_then(|answer| answer.status.stage())
            .map(crate::hotglue::Stage::name),
        message: text(answer.and_then(|answer| answer.message.as_ref())),
        tap: text(answer.and_then(|answer| answer.tap.as_ref())),
        target: text(answer.and_then(|answer| answer.target.as_ref())),
        start_time: time(answer.and_then(|answer| answer.start_time.as_ref())),
        last_updated: time(answer.and_then(|answer| answer.last_updated.as_ref())),
        elapsed_seconds: start
            .zip(end)
            .map(|(start, end)| end.duration_since(start).as_secs()),
        error: outcome.as_ref().err().cloned(),
    }
}
