//! `hgtop wait`: polls until every job has finished; the exit code reports the
//! result. When it ends, and how, is decided by [`rollout::Wait`].
//!
//! [`rollout::Wait`]: crate::rollout::Wait

mod conclusion;
mod failures;
mod forecast_log;
mod github;
mod jobs;
mod junit;
mod live;
mod print;
mod progress;
mod requests;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use self::conclusion::{Conclusion, Ending};
use self::progress::ProgressReporter;
use self::requests::{Requests, running};
use super::{CliError, Exit, output, selection};
use crate::cli::{self, Global};
use crate::config::Config;
use crate::history::{RecordedEvent, RecordedKind};
use crate::hotglue::Text;
use crate::rollout::{ExpectedJob, TenantRuns, Wait, WaitEnd, WaitRules};
use crate::runtime::forecaster::Forecaster;
use crate::runtime::history::{CLOSE_LIMIT, HistoryStore, unsaved_notice};
use crate::runtime::past_runs::PastRuns;
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{executor, signals};
use crate::watch::{JobSelector, Target};

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
    if let Some(limit) = options.newer_than {
        list.start_after(limit);
    }
    if let Some(problem) = list.first_problem() {
        return Err(CliError::Undetermined(problem.to_owned()));
    }
    let (watcher, mut updates) = list.connected(config);
    watcher.add(list.targets().collect());
    let (recorder, baselines) = HistoryStore::of(config).record(output::note);
    let mut forecaster = Forecaster::new(&list, baselines);
    let mut wait = Wait::new(rules(options), expected(&list));
    if wait.needs_past_runs() {
        take_past_runs(config, &list, &mut wait, options);
    }
    let mut reporter = ProgressReporter::new(global, options, list.entries.len());
    let mut requests = Requests::new(reporter.is_live());
    if requests.has_keys() {
        reporter.announce_keys();
    }
    let ending = loop {
        let now = began.elapsed();
        let end = wait.end(now);
        reporter.draw((&list, &wait), now, &forecaster, end.is_some())?;
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
            () = requests.next() => {
                let running = running(&list, &wait, began.elapsed(), forecaster.eta());
                reporter.print(&running)?;
            }
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
    #[cfg_attr(
        not(unix),
        expect(clippy::drop_non_drop, reason = "keys are read on Unix only")
    )]
    drop(requests);
    let conclusion = Conclusion {
        global,
        config,
        options,
        list: &list,
        wait: &wait,
        now: began.elapsed(),
        ending,
    };
    print::print(&conclusion)
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
        since: entry.since,
        may_be_unlinked: entry.may_be_unlinked,
    })
}
