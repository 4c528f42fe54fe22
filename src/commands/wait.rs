//! `hgtop wait`: polls until every job has ended, and tells by its exit code
//! how they did.
//!
//! Only a job's own status ends the wait: a poll that fails is tried again.
//! What can never be learned (a key that is refused, a job that does not
//! exist) ends it with 3.

mod progress;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use self::progress::ProgressReporter;
use super::{CliError, Exit, output, selection};
use crate::cli::{Global, Output, Wait};
use crate::config::Config;
use crate::history::Recorder;
use crate::hotglue::{FetchError, State, Text};
use crate::report::{GateResult, Polled, status_table};
use crate::runtime::history::HistoryStore;
use crate::runtime::watchlist::Watchlist;
use crate::runtime::{executor, signals};
use crate::watch::{Batch, EnvironmentStatus, FailureStreak, JobId, Snapshot, Watcher};

/// So long nothing may be learned of a job before that is the answer.
const NO_ANSWER_LIMIT: Duration = Duration::from_mins(5);
/// A job that is not known yet is asked about again after this.
const NOT_YET: Duration = Duration::from_secs(2);

pub(super) fn run(global: &Global, options: &Wait) -> Result<Exit, CliError> {
    let mut config = selection::load(global, &options.jobs)?;
    output::warn(&config.warnings);
    choose(global, &mut config, options).map_err(CliError::Usage)?;
    let executor = executor::build()?;
    let ending = executor.block_on(wait(global, &config, options));
    executor.shutdown_background();
    ending
}

/// Narrows the config to what the options name.
fn choose(global: &Global, config: &mut Config, options: &Wait) -> Result<(), String> {
    if !options.tag.is_empty() {
        let wanted = |tag: &Text| options.tag.iter().any(|each| each == tag.as_str());
        config.jobs.retain(|job| job.tags.iter().any(wanted));
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
    if config.jobs.is_empty() && config.follows.is_empty() {
        return Err("there is nothing to wait for: name jobs, or watch some first".to_owned());
    }
    Ok(())
}

/// A job of the wait, as far as it is known.
struct Known {
    snapshot: Snapshot,
    /// When it was last heard of; when the wait began, before that.
    heard: Instant,
}

struct Waiting<'a> {
    list: &'a Watchlist,
    options: &'a Wait,
    known: BTreeMap<JobId, Known>,
    /// Why a state can never be learned.
    lost: BTreeMap<JobId, String>,
    /// Tenants that have nothing to do with the followed flow.
    unlinked_tenants: BTreeSet<JobId>,
}

/// How a wait ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    /// By what the jobs came to, or a gate's verdict.
    Done(Exit),
    TimedOut,
    /// By a signal, with its exit code.
    Interrupted(i32),
}

async fn wait(global: &Global, config: &Config, options: &Wait) -> Result<Exit, CliError> {
    let began = Instant::now();
    let deadline = options
        .timeout
        .and_then(|timeout| began.checked_add(timeout));
    let list = Watchlist::new(config).await;
    if let Some(problem) = list.problems.values().next() {
        return Err(CliError::NotLearned(problem.clone()));
    }
    let (watcher, mut updates) = list.connected(config);
    watcher.add(list.targets().collect());
    let run_history = HistoryStore::of(config);
    let recorder = Recorder::start(move || run_history.open(), |_| {});
    let mut waiting = Waiting {
        list: &list,
        options,
        known: BTreeMap::new(),
        lost: BTreeMap::new(),
        unlinked_tenants: BTreeSet::new(),
    };
    let mut reporter = ProgressReporter::new(global, options, &list);
    let mut interrupted = std::pin::pin!(signals::termination());
    let mut retry = Retry::default();
    let ending = loop {
        let told = reporter.draw(&waiting.states());
        told.map_err(CliError::Output)?;
        if let Some(exit) = waiting.is_over(began) {
            break Ending::Done(exit);
        }
        let wake = [
            deadline,
            retry.next(),
            reporter.next(),
            waiting.patience_ends(began),
        ];
        let wake = wake.into_iter().flatten().min();
        tokio::select! {
            code = &mut interrupted => break Ending::Interrupted(code),
            batch = updates.recv() => match batch {
                Some(batch) => {
                    list.remember(&recorder, &batch);
                    reporter.publish(&list, &batch).map_err(CliError::Output)?;
                    waiting.merge(batch, &mut retry);
                }
                None => return Err(CliError::WATCHER_LOST),
            },
            () = sleep_until(wake.unwrap_or(began)), if wake.is_some() => {}
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| deadline <= now) {
            break Ending::TimedOut;
        }
        retry.ask(&watcher, now);
    };
    drop(recorder);
    conclude(global, &waiting, &ending)
}

/// Jobs that are asked about again soon, out of turn.
#[derive(Default)]
struct Retry(BTreeMap<JobId, Instant>);

impl Retry {
    fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    fn ask(&mut self, watcher: &Watcher, now: Instant) {
        let due: Vec<_> = self
            .0
            .iter()
            .filter(|(_, at)| **at <= now)
            .map(|(key, _)| *key)
            .collect();
        self.0.retain(|_, at| *at > now);
        if !due.is_empty() {
            watcher.poll_now(due);
        }
    }
}

impl Waiting<'_> {
    fn merge(&mut self, batch: Batch, retry: &mut Retry) {
        let now = Instant::now();
        for (key, snapshot) in batch.snapshots {
            let trouble = snapshot.health.failure_streak.as_ref();
            let heard = match (&trouble, self.known.get(&key)) {
                (None, _) | (_, None) => now,
                (Some(_), Some(known)) => known.heard,
            };
            let entry = self.list.entry(key);
            if let Some(trouble) = trouble
                && entry.is_some_and(|entry| entry.is_unlinked_tenant(&trouble.error))
            {
                self.unlinked_tenants.insert(key);
                self.known.remove(&key);
                continue;
            }
            // Right after its start a job may not be known everywhere.
            if let Some(FailureStreak { error, count, .. }) = trouble
                && matches!(
                    **error,
                    FetchError::NotFound { .. } | FetchError::Rejected { .. }
                )
            {
                if *count < FailureStreak::UNREACHABLE {
                    retry.0.insert(key, now + NOT_YET);
                } else {
                    self.lost.insert(key, error.to_string());
                }
            }
            self.known.insert(key, Known { snapshot, heard });
        }
        for (environment, status) in batch.environment_statuses {
            let EnvironmentStatus::Unauthorized { error, .. } = status else {
                continue;
            };
            let entries = self.list.entries.iter();
            for entry in entries.filter(|entry| entry.target.environment == environment) {
                self.lost.insert(entry.target.id, error.to_string());
            }
        }
    }

    /// How each job stands. One from before `--newer-than` does not count.
    fn states(&self) -> Vec<Polled> {
        let now = Timestamp::now();
        let entries = self.list.entries.iter();
        entries
            .filter(|entry| !self.unlinked_tenants.contains(&entry.target.id))
            .map(|entry| {
                let key = entry.target.id;
                let mut listed = entry.listed.clone();
                let snapshot = self.known.get(&key).map(|known| &known.snapshot);
                let job = snapshot
                    .and_then(|snapshot| snapshot.job.as_deref())
                    .filter(|job| {
                        let started = job.start_time.as_ref().and_then(|start| start.at);
                        self.options.newer_than.is_none_or(|newer_than| {
                            started.is_some_and(|started| started > newer_than)
                        })
                    });
                let address = snapshot.and_then(|snapshot| snapshot.address.as_ref());
                if let Some(address) = address.filter(|_| job.is_some()) {
                    listed.job_root = Some(address.job_root.to_string());
                }
                let trouble = snapshot.and_then(|snapshot| snapshot.health.failure_streak.as_ref());
                let error = self.lost.get(&key).cloned();
                let error = error.or_else(|| trouble.map(|trouble| trouble.error.to_string()));
                Polled::new(listed, job, error, now)
            })
            .collect()
    }

    /// When the first job has been out of reach for too long.
    fn patience_ends(&self, began: Instant) -> Option<Instant> {
        let troubled = self.known.values().filter(|known| {
            let trouble = known.snapshot.health.failure_streak.as_ref();
            trouble.is_some_and(|trouble| trouble.count >= FailureStreak::UNREACHABLE)
        });
        let first = troubled.map(|known| known.heard.max(began)).min()?;
        first.checked_add(NO_ANSWER_LIMIT)
    }

    fn is_over(&self, began: Instant) -> Option<Exit> {
        let states = self.states();
        let failed = |job: &&Polled| {
            job.state == State::Failed.name() || job.state == State::Cancelled.name()
        };
        let failures = states.iter().filter(failed).count();
        let over = failures
            + states
                .iter()
                .filter(|job| job.state == State::Completed.name())
                .count();
        if let Some(gate) = &self.options.gate {
            let min_done = self
                .options
                .min_done
                .unwrap_or(states.len())
                .min(states.len());
            match gate.judge(failures, over, min_done, states.len()) {
                GateResult::Go => return Some(Exit::Success),
                GateResult::Hold => return Some(Exit::JobFailed),
                GateResult::TooEarly => {}
            }
        } else {
            if failures > 0 && self.options.fail_fast {
                return Some(Exit::JobFailed);
            }
            let enough = self
                .options
                .min_done
                .unwrap_or(states.len())
                .min(states.len());
            if over >= enough && over > 0 {
                return Some(match failures {
                    0 => Exit::Success,
                    _ => Exit::JobFailed,
                });
            }
        }
        // What was never heard of, three times in a row, is not there; what was
        // heard of before is given more time.
        let never = self.known.values().any(|known| {
            let health = &known.snapshot.health;
            health.last_success.is_none()
                && health
                    .failure_streak
                    .as_ref()
                    .is_some_and(|trouble| trouble.count >= FailureStreak::UNREACHABLE)
        });
        let nothing = self
            .known
            .values()
            .all(|known| known.snapshot.health.last_success.is_none());
        let out_of_patience = self
            .patience_ends(began)
            .is_some_and(|end| end <= Instant::now());
        // A job that cannot be learned does not keep the others from ending.
        let rest = states.len() - over - self.lost.len().min(states.len() - over);
        ((never && nothing) || out_of_patience || (!self.lost.is_empty() && rest == 0)).then_some(
            if failures > 0 {
                Exit::JobFailed
            } else {
                Exit::NotLearned
            },
        )
    }
}

/// Tells what it came to.
fn conclude(global: &Global, waiting: &Waiting<'_>, ending: &Ending) -> Result<Exit, CliError> {
    let states = waiting.states();
    let options = waiting.options;
    let form = options.output.unwrap_or(Output::Table);
    if !matches!(form, Output::Table | Output::Jsonl) {
        let colors = output::colors(global.color);
        output::print(form, "jobs", &states, &status_table(&states), colors)?;
    }
    let count = |state: State| {
        states
            .iter()
            .filter(|job| job.state == state.name())
            .count()
    };
    let failures = count(State::Failed) + count(State::Cancelled);
    let over = failures + count(State::Completed);
    let mut words = vec![match ending {
        Ending::Done(_) => String::new(),
        Ending::TimedOut => format!(
            "--timeout of {} s is over; ",
            options.timeout.unwrap_or_default().as_secs()
        ),
        Ending::Interrupted(_) => "interrupted; ".to_owned(),
    }];
    words.push(format!(
        "{over} of {} jobs done, {failures} failed",
        states.len()
    ));
    if let Some(gate) = &options.gate {
        let min_done = options.min_done.unwrap_or(states.len()).min(states.len());
        words.push(gate.words(failures, over, min_done, states.len()));
    }
    if !options.quiet || *ending != Ending::Done(Exit::Success) {
        output::note(&words.concat());
        let bad = states
            .iter()
            .filter(|job| job.error.is_some() || job.state == "failed" || job.state == "cancelled");
        for job in bad.take(20) {
            let words = job.error.as_ref().or(job.message.as_ref());
            let words = words.map_or("", String::as_str).replace('\n', "\n    ");
            output::note(&format!(
                "{}: {}: {words}",
                job.job.name,
                job.status_words()
            ));
        }
    }
    Ok(match ending {
        Ending::Done(exit) => *exit,
        Ending::TimedOut => Exit::Code(124),
        Ending::Interrupted(code) => Exit::Code(*code),
    })
}
