//! `hgtop status`: polls each job once.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

use super::{CliError, Exit, output, selection};
use crate::cli::{Global, Status};
use crate::config::Config;
use crate::hotglue::{State, elapsed};
use crate::report::{Polled, status_table};
use crate::runtime::environment_line::environment_line;
use crate::runtime::past_runs::PastRuns;
use crate::runtime::poll_once::{Bounds, PollResult, poll_once};
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{connector, executor};
use crate::watch::{EnvironmentId, EnvironmentStatus, JobId};

/// How often the remaining wait is updated on a terminal.
const TICK: Duration = Duration::from_secs(1);
/// A longer timeout is cut to this one.
const FOREVER: Duration = Duration::from_hours(24 * 365);

pub(super) fn run(global: &Global, options: &Status) -> Result<Exit, CliError> {
    let config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    let executor = executor::build()?;
    let polled = executor.block_on(poll(&config, options.timeout));
    executor.shutdown_background();
    let (list, mut results) = polled?;

    let now = Timestamp::now();
    let past = past_runs(&config);
    let given_too = given_too(&list, &results);
    let records: Vec<_> = list
        .entries
        .iter()
        .filter(|entry| !given_too.contains(&entry.target.id))
        .filter_map(|entry| {
            let listed = entry.listed.clone();
            Some(match results.remove(&entry.target.id)? {
                PollResult::Run(address, job, polled) => {
                    let listed = list.listed_as(entry, &address);
                    let environment = &config.environments[entry.target.environment.0];
                    let anomalies = past.anomalies(&environment.env_id, &address, &job, polled);
                    Polled::new(listed, Some(&job), None, now).with_anomalies(anomalies)
                }
                PollResult::NotStarted => Polled::new(listed, None, None, now),
                PollResult::Failed(error) => Polled::new(listed, None, Some(error), now),
                PollResult::Unlinked => return None,
            })
        })
        .collect();
    let (table, colors) = (status_table(&records), output::colors(global.color));
    output::records(options.output, "jobs", &records, &table, colors)?;
    for problem in &list.unlisted {
        output::note(problem);
    }
    let has_failed = records.iter().any(|job| job.state == State::Failed);
    let is_undetermined = records.iter().any(|job| job.error.is_some());
    let has_problems = !list.problems.is_empty() || !list.unlisted.is_empty();
    Ok(if has_failed {
        Exit::JobFailed
    } else if is_undetermined || has_problems {
        Exit::Undetermined
    } else {
        Exit::Success
    })
}

/// The earlier runs to compare with; none where they cannot be read.
pub(super) fn past_runs(config: &Config) -> PastRuns {
    PastRuns::of(config, output::note)
}

/// The given jobs that are the newest ones of followed tenants, and so are
/// listed with these.
fn given_too(list: &Watchlist, results: &BTreeMap<JobId, PollResult>) -> BTreeSet<JobId> {
    let given = list.entries.iter().filter_map(|entry| {
        let address = match results.get(&entry.target.id)? {
            PollResult::Run(address, ..) => address,
            PollResult::NotStarted | PollResult::Failed(_) | PollResult::Unlinked => return None,
        };
        Some(list.given_too(entry, address)?.target.id)
    });
    given.collect()
}

/// Polls each job once, and shows on standard error when hotglue asks to wait.
pub(super) async fn poll(
    config: &Config,
    timeout: Duration,
) -> Result<(Watchlist, BTreeMap<JobId, PollResult>), CliError> {
    let started = Instant::now();
    let deadline = started.checked_add(timeout).unwrap_or(started + FOREVER);
    let list = timeout_at(deadline, Watchlist::new(config)).await;
    let list = list.map_err(|_| {
        let timeout = elapsed(SignedDuration::try_from(timeout).unwrap_or_default());
        CliError::Undetermined(format!("timed out after {timeout} before the first poll"))
    })?;
    let bounds = Bounds {
        limits: connector::limits(config),
        started,
        deadline,
    };
    let results = poll_visibly(&list, bounds).await;
    Ok((list, results))
}

async fn poll_visibly(list: &Watchlist, bounds: Bounds) -> BTreeMap<JobId, PollResult> {
    let waits = RateLimits::new(list);
    let results = poll_once(list, bounds, |id, until| waits.start(id, until));
    let mut results = std::pin::pin!(results);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            results = &mut results => {
                waits.end();
                return results;
            }
            _ = tick.tick() => waits.update(),
        }
    }
}

/// The environments that are rate limited, as lines on standard error: one line
/// that is updated on a terminal, a line for each wait elsewhere.
struct RateLimits<'a> {
    list: &'a Watchlist,
    until: RefCell<BTreeMap<EnvironmentId, Timestamp>>,
    progress: RefCell<output::ProgressLine>,
}

impl<'a> RateLimits<'a> {
    fn new(list: &'a Watchlist) -> Self {
        Self {
            list,
            until: RefCell::default(),
            progress: RefCell::default(),
        }
    }

    fn line(&self, id: EnvironmentId, until: Timestamp) -> Option<String> {
        let status = EnvironmentStatus::RateLimited { until };
        environment_line(self.list.environment_name(id), &status, Timestamp::now())
    }

    fn start(&self, id: EnvironmentId, until: Timestamp) {
        let before = self.until.borrow_mut().insert(id, until);
        let second = SignedDuration::from_secs(1);
        let is_longer = before.is_none_or(|before| until.duration_since(before) > second);
        if is_longer && let Some(line) = self.line(id, until) {
            self.progress.borrow_mut().start(&line);
        }
    }

    fn update(&self) {
        let now = Timestamp::now();
        self.until.borrow_mut().retain(|_, until| *until > now);
        let until = self.until.borrow();
        let lines = until
            .iter()
            .filter_map(|(id, until)| self.line(*id, *until));
        let lines: Vec<_> = lines.collect();
        self.progress.borrow_mut().update(&lines.join("; "));
    }

    fn end(&self) {
        self.progress.borrow_mut().update("");
    }
}
