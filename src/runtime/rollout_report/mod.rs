//! A rollout whose jobs were polled: its result, its comparison and its report,
//! the same for `rollout show`, `rollout compare`, `rollout report` and the
//! dashboard.

mod comparison;
mod jobs;
mod result;
pub(crate) mod writer;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::past_runs::PastRuns;
use super::poll_once::PollResult;
use super::watchlist::Watchlist;
use crate::config::{Config, Follow};
use crate::history::Store;
use crate::hotglue::EnvId;
use crate::report::{CommandRecord, ReportParts, RolloutReport};
use crate::rollout::compare;
use crate::watch::JobId;

pub(crate) use comparison::{PolledRuns, SplitRuns, comparison_record};

/// A rollout and the newest poll of each of its jobs.
pub(crate) struct PolledRollout<'a, S = Store> {
    pub(crate) follow: &'a Follow,
    /// The name of its environment.
    pub(crate) environment: &'a str,
    pub(crate) env_id: &'a EnvId,
    /// Its jobs and no others.
    pub(crate) list: &'a Watchlist,
    pub(crate) results: &'a BTreeMap<JobId, PollResult>,
    pub(crate) past: &'a PastRuns<S>,
    pub(crate) now: Timestamp,
}

impl<'a> PolledRollout<'a> {
    /// The rollout of a config's only followed flow, as of now.
    pub(crate) fn of(
        config: &'a Config,
        list: &'a Watchlist,
        results: &'a BTreeMap<JobId, PollResult>,
        past: &'a PastRuns,
    ) -> Self {
        let follow = &config.follows[0];
        let environment = &config.environments[follow.environment];
        Self {
            follow,
            environment: environment.name.as_str(),
            env_id: &environment.env_id,
            list,
            results,
            past,
            now: Timestamp::now(),
        }
    }
}

impl<S: Borrow<Store>> PolledRollout<'_, S> {
    /// The report. Its numbers are those of [`Self::result`].
    pub(crate) fn report(&self, problems: Vec<String>) -> RolloutReport {
        RolloutReport::new(ReportParts {
            now: self.now,
            since: self.follow.since,
            result: self.result(),
            jobs: self.jobs(),
            comparison: self.comparison(),
            commands: self.commands(),
            problems,
        })
    }

    /// What could not be determined, and why.
    pub(crate) fn problems(&self) -> Vec<String> {
        let of_list = self.list.problems.values().chain(&self.list.unlisted);
        let mut problems: Vec<String> = of_list.cloned().collect();
        let failed_polls: Vec<_> = self
            .results
            .values()
            .filter_map(|result| match result {
                PollResult::Failed(error) => Some(error),
                PollResult::Run(..) | PollResult::NotStarted | PollResult::Unlinked => None,
            })
            .collect();
        if let [first, more @ ..] = &failed_polls[..] {
            let count = more.len() + 1;
            let s = if count == 1 { "" } else { "s" };
            problems.push(format!("{count} job{s} undetermined: {first}"));
        }
        problems
    }

    /// The comparison with the runs before the start, where there is one.
    fn comparison(&self) -> Vec<crate::report::ComparisonRecord> {
        let Some(since) = self.follow.since else {
            return Vec::new();
        };
        let polled = PolledRuns::of(self.list, self.results, self.env_id, since);
        let runs = self
            .past
            .query(|store| SplitRuns::read(store, self.env_id, self.follow, since, polled));
        let compared = runs.map(|runs| compare(runs.compared(self.now)));
        compared.iter().flatten().map(comparison_record).collect()
    }

    /// The commands that print what the report contains.
    fn commands(&self) -> Vec<CommandRecord> {
        let name = self.follow.name.as_str();
        // A line break has no place in a command that is copied.
        let name = if name.chars().any(char::is_control) {
            self.follow.flow.as_str()
        } else {
            name
        };
        let quoted = |text: &str| match shlex::try_quote(text) {
            Ok(quoted) => quoted.into_owned(),
            Err(_) => self.follow.flow.to_string(),
        };
        let name = quoted(name);
        let environment = quoted(self.environment);
        let command = |command: &str, prints| CommandRecord {
            command: format!("hgtop {command} {name} --env {environment}"),
            prints,
        };
        let mut commands = vec![
            command("rollout show", "counts, gate, failure groups, anomalies"),
            command("status", "each job with its message"),
            command("history", "the recorded runs with their stages"),
        ];
        if self.follow.since.is_some() {
            commands.insert(1, command("rollout compare", "the comparison"));
        }
        commands.push(command("rollout report", "this report, as of then"));
        commands
    }
}
