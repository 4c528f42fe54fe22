//! `hgtop wait`: polls until every job has finished; the exit code reports the
//! result. When it ends, and how, is decided by [`rollout::Wait`].
//!
//! [`rollout::Wait`]: crate::rollout::Wait

mod forecast_log;
mod progress;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep_until};

use self::progress::ProgressReporter;
use super::{CliError, Exit, output, selection};
use crate::cli::{self, Global, Output};
use crate::config::Config;
use crate::history::{RecordedEvent, RecordedKind};
use crate::hotglue::{State, Text, elapsed};
use crate::report::{AnomalyRecord, Polled, status_table};
use crate::rollout::{ExpectedJob, JobProgress, TenantRuns, Wait, WaitEnd, WaitRules, WaitedJob};
use crate::runtime::forecaster::Forecaster;
use crate::runtime::history::{CLOSE_LIMIT, HistoryStore, unsaved_notice};
use crate::runtime::past_runs::PastRuns;
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{executor, signals};
use crate::watch::{EnvironmentId, JobSelector, Target};

/// The most failed and undetermined jobs that the summary names.
const MOST_NAMED: usize = 20;

pub(super) fn run(global: &Global, options: &cli::Wait) -> Result<Exit, CliError> {
    let mut config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    choose(global, &mut config, options).map_err(CliError::Usage)?;
    let executor = executor::build()?;
    let exit = executor.block_on(wait(global, &config, options));
    executor.shutdown_background();
    exit
}

/// Narrows the config to what the options name.
fn choose(global: &Global, config: &mut Config, options: &cli::Wait) -> Result<(), String> {
    if !options.tag.is_empty() {
        let is_wanted = |tag: &Text| options.tag.iter().any(|wanted| wanted == tag.as_str());
        config.jobs.retain(|job| job.tags.iter().any(is_wanted));
        config.follows.clear();
        if config.jobs.is_empty() {
            let tags = options.tag.join(", ");
            return Err(format!("no watched job has the tag {tags}"));
        }
    }
    if let Some(flow) = &options.follow {
        if options.jobs.is_empty() && options.tag.is_empty() {
            config.jobs.clear();
            config.follows.clear();
        }
        let follow = selection::follow(global, config, flow, &options.tenant, None)?;
        config.follows.push(follow);
    }
    let compared = options
        .gate
        .iter()
        .find(|condition| condition.needs_baseline());
    if let (Some(condition), Some(_)) = (compared, options.confidence) {
        return Err(format!(
            "--confidence tests failure rates, and {condition} is always exact: \
             remove --confidence or --gate '{condition}'"
        ));
    }
    if config.jobs.is_empty() && config.follows.is_empty() {
        return Err("no jobs to wait for: name some, or add some with hgtop add".to_owned());
    }
    Ok(())
}

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// By the rules of the wait.
    Ended(WaitEnd),
    /// By a signal, with its exit code.
    Interrupted(i32),
}

async fn wait(global: &Global, config: &Config, options: &cli::Wait) -> Result<Exit, CliError> {
    let began = Instant::now();
    let mut interrupted = std::pin::pin!(signals::termination());
    let timeout = options
        .timeout
        .and_then(|timeout| began.checked_add(timeout));
    let mut list = tokio::select! {
        list = Watchlist::new(config) => list,
        code = &mut interrupted => return Ok(Exit::Code(code)),
        () = sleep_until(timeout.unwrap_or(began)), if timeout.is_some() => {
            let message = "timed out before the jobs were known";
            output::note(message);
            let has_gate = !options.gate.is_empty();
            return Ok(Exit::Code(WaitEnd::TimedOut { has_gate }.exit_code()));
        }
    };
    if let Some(start) = options.newer_than {
        list.start_at(start);
    }
    if let Some(problem) = list.first_problem() {
        return Err(CliError::Undetermined(problem.to_owned()));
    }
    let (watcher, mut updates) = list.connected(config);
    watcher.add(list.targets().collect());
    let (recorder, baselines) = HistoryStore::of(config).record(output::note);
    let mut forecaster = Forecaster::new(&list, options.newer_than, baselines);
    let mut wait = Wait::new(rules(options), expected(&list));
    if wait.needs_past_runs() {
        take_past_runs(config, &list, &mut wait, options);
    }
    let mut reporter = ProgressReporter::new(global, options, list.entries.len());
    let ending = loop {
        let now = began.elapsed();
        if reporter.is_live() {
            let (records, counts) = (records(&list, &wait, now), wait.counts(now));
            reporter.draw(&list, &records, &counts, forecaster.eta())?;
        }
        let end = wait.end(now);
        reporter.publish_gate(&wait.gate_report(&wait.counts(now)))?;
        if let Some(end) = end {
            break Ending::Ended(end);
        }
        let counts = wait.counts(now);
        forecaster.refresh(&list, &recorder, Timestamp::now(), counts);
        reporter.publish_forecast(&list, &forecaster)?;
        let wake = wait
            .wakes_at(now)
            .and_then(|wakes_at| began.checked_add(wakes_at));
        let wake = [wake, reporter.redraws_at()].into_iter().flatten().min();
        tokio::select! {
            code = &mut interrupted => break Ending::Interrupted(code),
            batch = updates.recv() => {
                let batch = batch.ok_or(CliError::WATCHER_LOST)?;
                list.record(&recorder, &batch);
                reporter.publish(&list, &batch)?;
                let now = began.elapsed();
                for (id, snapshot) in batch.snapshots {
                    forecaster.take_snapshot(&list, id, &snapshot);
                    wait.take_snapshot(id, snapshot, now);
                }
                for (id, status) in &batch.environment_statuses {
                    wait.take_environment_status(*id, status, now);
                }
            }
            () = forecaster.changed(&list) => {}
            () = sleep_until(wake.unwrap_or(began)), if wake.is_some() => {}
        }
        let retries = wait.take_retries(began.elapsed());
        if !retries.is_empty() {
            watcher.poll_now(retries);
        }
    };
    recorder.record_events(gate_events(&list, &wait, began.elapsed()));
    if let Some(notice) = unsaved_notice(recorder.close(CLOSE_LIMIT)) {
        output::note(&notice);
    }
    conclude(
        (global, config),
        options,
        &list,
        &wait,
        began.elapsed(),
        ending,
    )
}

/// The results of the gate, as the history records them.
fn gate_events(list: &Watchlist, wait: &Wait, now: Duration) -> Vec<RecordedEvent> {
    let Some(client) = list.clients.values().next() else {
        return Vec::new();
    };
    let reports = wait.gate_report(&wait.counts(now)).into_iter();
    let events = reports.map(|report| RecordedEvent {
        time: Timestamp::now(),
        env_id: client.env().clone(),
        kind: RecordedKind::Gate,
        subject: None,
        detail: Some(Text::new(&report.to_string())),
    });
    events.collect()
}

fn rules(options: &cli::Wait) -> WaitRules {
    WaitRules {
        conditions: options.gate.clone(),
        confidence: options.confidence,
        min_finished: options.min_finished,
        fail_fast: options.fail_fast,
        newer_than: options.newer_than,
        timeout: options.timeout,
    }
}

/// Gives the wait the earlier runs of each job's tenant.
fn take_past_runs(config: &Config, list: &Watchlist, wait: &mut Wait, options: &cli::Wait) {
    let start = options.newer_than.unwrap_or_else(Timestamp::now);
    let past = PastRuns::of(config, output::note);
    for entry in &list.entries {
        let Target {
            environment,
            selector,
            ..
        } = &entry.target;
        let env_id = &config.environments[environment.0].env_id;
        let before = entry.target.since.map_or(start, |since| since.min(start));
        let runs = past.of_tenant(env_id, selector.flow(), selector.tenant(), before);
        wait.take_past_runs(entry.target.id, TenantRuns::of(&runs));
    }
}

fn expected(list: &Watchlist) -> impl Iterator<Item = ExpectedJob> {
    list.entries.iter().map(|entry| ExpectedJob {
        id: entry.target.id,
        environment: entry.target.environment,
        job_root: match &entry.target.selector {
            JobSelector::Job(address) => Some(address.job_root.clone()),
            JobSelector::Newest { .. } => None,
        },
        since: entry.target.since,
        may_be_unlinked: entry.may_be_unlinked,
    })
}

/// The jobs as records.
fn records(list: &Watchlist, wait: &Wait, now: Duration) -> Vec<Polled> {
    let wall = Timestamp::now();
    wait.jobs(now)
        .filter_map(|(id, waited)| {
            let entry = list.entry(id)?;
            let listed = match waited.run {
                Some((_, address)) => list.listed_as(entry, address),
                None => entry.listed.clone(),
            };
            let error = waited.error.map(ToString::to_string);
            Some(match (waited.progress, error) {
                (JobProgress::Pending, None) => Polled::pending(listed, wall),
                (_, error) => Polled::new(listed, waited.run.map(|(job, _)| &**job), error, wall),
            })
        })
        .collect()
}

/// The deviations of the jobs from earlier runs, in the order of the records.
fn anomalies(
    config: &Config,
    list: &Watchlist,
    wait: &Wait,
    now: Duration,
) -> Vec<Option<Vec<AnomalyRecord>>> {
    let past = PastRuns::of(config, output::note);
    let jobs = wait.jobs(now).filter_map(|(id, waited)| {
        let environment = list.entry(id)?.target.environment;
        Some((environment, waited))
    });
    let judge = |(environment, waited): (EnvironmentId, WaitedJob<'_>)| {
        let env_id = &config.environments[environment.0].env_id;
        let (job, address) = waited.run?;
        past.anomalies(env_id, address, job, waited.polled?)
    };
    jobs.map(judge).collect()
}

/// Prints the result.
fn conclude(
    (global, config): (&Global, &Config),
    options: &cli::Wait,
    list: &Watchlist,
    wait: &Wait,
    now: Duration,
    ending: Ending,
) -> Result<Exit, CliError> {
    let mut records = records(list, wait, now);
    let form = options.output.unwrap_or(Output::Table);
    if !matches!(form, Output::Table | Output::Jsonl) {
        let anomalies = anomalies(config, list, wait, now);
        for (record, anomalies) in records.iter_mut().zip(anomalies) {
            record.anomalies = anomalies;
        }
        let colors = output::colors(global.color);
        output::records(form, "jobs", &records, &status_table(&records), colors)?;
    }
    let exit = match ending {
        Ending::Ended(WaitEnd::Gate(_) | WaitEnd::TimedOut { has_gate: true })
            if options.dry_run =>
        {
            Exit::Success
        }
        Ending::Ended(end) => Exit::Code(end.exit_code()),
        Ending::Interrupted(code) => Exit::Code(code),
    };
    if options.quiet && exit.code() == 0 {
        return Ok(exit);
    }
    output::note(&summary(options, wait, now, ending));
    let is_named = |job: &&Polled| {
        job.error.is_some() || matches!(job.state, State::Failed | State::Cancelled)
    };
    let named: Vec<_> = records.iter().filter(is_named).collect();
    for job in named.iter().take(MOST_NAMED) {
        let text = job.error.as_ref().or(job.message.as_ref());
        let text = text.map_or("", String::as_str).replace('\n', "\n    ");
        let name = Text::new(&job.job.name_label()).one_line();
        output::note(&format!("{name}: {}: {text}", job.status_label()));
    }
    if let more @ 1.. = named.len().saturating_sub(MOST_NAMED) {
        output::note(&format!("and {more} more"));
    }
    Ok(exit)
}

fn summary(options: &cli::Wait, wait: &Wait, now: Duration, ending: Ending) -> String {
    let counts = wait.counts(now);
    let prefix = match ending {
        Ending::Ended(WaitEnd::NothingExpected) => match &options.follow {
            Some(flow) => return format!("no tenant uses flow \"{flow}\""),
            None => return "no tenant uses the followed flow".to_owned(),
        },
        Ending::Ended(WaitEnd::TimedOut { .. }) => {
            let timeout = SignedDuration::try_from(options.timeout.unwrap_or(now));
            format!("timed out after {}; ", elapsed(timeout.unwrap_or_default()))
        }
        Ending::Ended(_) => String::new(),
        Ending::Interrupted(_) => "interrupted; ".to_owned(),
    };
    let mut summary = format!("{prefix}{counts}");
    for condition in wait.gate_report(&counts) {
        summary.push_str(&format!("; {condition}"));
    }
    summary
}
