//! The jobs of a wait as records.

use std::time::Duration;

use jiff::Timestamp;

use super::super::output;
use crate::config::Config;
use crate::report::{AnomalyRecord, Polled};
use crate::rollout::{JobProgress, Wait, WaitedJob};
use crate::runtime::past_runs::PastRuns;
use crate::runtime::watchlist::Watchlist;
use crate::watch::{EnvironmentId, JobId};

/// Jobs of a wait as records.
pub(super) fn records<'a>(
    list: &Watchlist,
    jobs: impl Iterator<Item = (JobId, WaitedJob<'a>)>,
) -> Vec<Polled> {
    let wall = Timestamp::now();
    jobs.filter_map(|(id, waited)| {
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
pub(super) fn anomalies(
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
