//! What must hold after every step.

use std::collections::{BTreeMap, BTreeSet};

use hgtop::app::{Columns, GroupBy, Jobs, Row, StateCounts, Typing};
use hgtop::hotglue::{EnvId, JobRoot, State};
use hgtop::rollout::Anomaly;
use hgtop::watch::{Batch, JobId, JobSelector};
use tokio::time::Instant;

use super::user::env_id;
use super::{World, load};

/// The most events that the event log keeps.
const MOST_EVENTS: usize = 10_000;
/// The most statuses that a row keeps.
const MOST_STEPS: usize = 16;

impl World {
    /// Checks the rows that a batch named.
    pub(super) fn check_rows(&mut self, rows: &[JobId]) -> Result<(), String> {
        self.totals.checks += 1;
        self.check_ledgers(false)?;
        for row in rows {
            if let Some(row) = self.process.model.jobs.get(*row) {
                self.check_row(row)?;
            }
        }
        if self.totals.checks.is_multiple_of(64) {
            self.check_counts()?;
        }
        Ok(())
    }

    /// Checks everything that can be checked at any time.
    pub(super) fn check_all(&mut self) -> Result<(), String> {
        self.totals.checks += 1;
        self.check_ledgers(true)?;
        for row in self.process.model.jobs.all() {
            self.check_row(row)?;
        }
        self.check_counts()?;
        self.check_table()
    }

    /// A batch says of an environment only what there is reason for.
    pub(super) fn check_batch(&self, batch: &Batch) -> Result<(), String> {
        let mut state = self.shared.lock();
        for (id, status) in &batch.environment_statuses {
            for ledger in state.ledgers() {
                ledger.check_status(*id, status)?;
            }
        }
        Ok(())
    }

    fn check_ledgers(&self, all: bool) -> Result<(), String> {
        let mut state = self.shared.lock();
        for (number, ledger) in state.ledgers().enumerate() {
            if all {
                ledger.check_all();
            }
            if let Some(violation) = ledger.violations.first() {
                return Err(format!("environment {number}: {violation}"));
            }
        }
        Ok(())
    }

    /// A row shows the newest response, and what it keeps is bounded.
    fn check_row(&self, row: &Row) -> Result<(), String> {
        if row.steps.len() > MOST_STEPS {
            return Err(format!("{} keeps {} statuses", row.name, row.steps.len()));
        }
        if self.process.model.freeze.is_some() {
            return Ok(());
        }
        let Some((environment, name)) = self.names.get(&row.id) else {
            return Err(format!("{} is shown and not watched", row.name));
        };
        let root = match &row.selector {
            JobSelector::Job(_) => name.as_str(),
            JobSelector::Newest { .. } => row.job_root(),
        };
        let mut state = self.shared.lock();
        let ledger = state.ledger(*environment);
        let Some(newest) = ledger.poll(root).and_then(|poll| poll.newest.as_ref()) else {
            return Ok(());
        };
        // What came at this very moment may still be on its way.
        if newest.at >= Instant::now() {
            return Ok(());
        }
        let shown = row.job().map(|job| (&job.status, &job.last_updated));
        let wanted = Some((&newest.job.status, &newest.job.last_updated));
        // A listing call may know more of a job that has finished.
        let is_listed = matches!(row.selector, JobSelector::Newest { .. });
        let is_newer = is_listed
            && row.job().is_some_and(|job| {
                let updated = |job: &hgtop::hotglue::Job| {
                    job.last_updated.as_ref().and_then(|moment| moment.at)
                };
                updated(job) > updated(&newest.job)
            });
        if shown != wanted && !is_newer {
            return Err(format!(
                "{root} shows {shown:?}, but the newest response is {wanted:?}"
            ));
        }
        Ok(())
    }

    /// The counts are those of the rows.
    fn check_counts(&self) -> Result<(), String> {
        let jobs = &self.process.model.jobs;
        let counts: StateCounts = jobs.counts();
        // By state: jobs, slow ones, silent ones.
        let mut rows = [(0, 0, 0); State::ALL.len()];
        let (mut total, mut pending, mut not_started) = (0, 0, 0);
        for row in jobs.all() {
            total += 1;
            if row.is_pending() {
                pending += 1;
                continue;
            }
            if row.is_not_started() {
                not_started += 1;
                continue;
            }
            let (jobs, slow, silent) = &mut rows[row.state() as usize];
            *jobs += 1;
            *slow += usize::from(matches!(row.anomaly, Some(Anomaly::Slow { .. })));
            *silent += usize::from(matches!(row.anomaly, Some(Anomaly::Silent { .. })));
        }
        for state in State::ALL {
            let counted = (counts.of(state), counts.slow(state), counts.silent(state));
            let rows = rows[state as usize];
            if counted != rows {
                let name = state.name();
                return Err(format!(
                    "{counted:?} {name}, slow and silent jobs are counted of {rows:?}"
                ));
            }
        }
        let counted = (counts.total(), counts.pending(), counts.not_started());
        let rows = (total, pending, not_started);
        if counted != rows {
            return Err(format!(
                "{counted:?} jobs, pending and not started ones are counted of {rows:?}"
            ));
        }
        if self.process.model.events.len() > MOST_EVENTS {
            return Err("the event log is unbounded".to_owned());
        }
        Ok(())
    }

    /// The table is as it would be if it were built from the rows now.
    fn check_table(&self) -> Result<(), String> {
        let jobs = &self.process.model.jobs;
        let table = jobs.table();
        let shown: Vec<JobId> = jobs.shown().map(|row| row.id).collect();
        let distinct: BTreeSet<JobId> = shown.iter().copied().collect();
        if distinct.len() != shown.len() || shown.len() != table.shown_count() {
            return Err("a row is shown twice, or the shown rows are miscounted".to_owned());
        }
        let lines = table.line_count();
        if jobs.window().end > lines || jobs.selection().cursor() > lines {
            return Err("the window or the cursor is beyond the table".to_owned());
        }
        let settings = table.settings();
        let is_small = shown.len() < 300;
        if !is_small || table.group_by() != GroupBy::None || settings.only.is_some() {
            return Ok(());
        }
        let mut fresh = Jobs::new(jobs.all().cloned().collect(), Columns::new(false, false));
        fresh.set_sort(settings.sort);
        fresh.set_show(settings.show);
        let filter = settings.filter.text();
        let set = fresh.set_filter(filter, Typing::InProgress);
        set.map_err(|error| error.to_string())?;
        let wanted: Vec<JobId> = fresh.shown().map(|row| row.id).collect();
        if shown != wanted {
            return Err(format!("the table shows {shown:?} instead of {wanted:?}"));
        }
        Ok(())
    }

    /// The rows are those of the config file.
    pub(super) fn check_file(&self) -> Result<(), String> {
        let config = load(&self.path())?;
        let mut wanted: Vec<_> = config
            .jobs
            .iter()
            .map(|job| {
                let environment = config.environments[job.environment].name.to_string();
                (environment, job.address.job_root.to_string())
            })
            .collect();
        let model = &self.process.model;
        let mut shown: Vec<_> = model
            .jobs
            .all()
            .filter(|row| !row.is_followed())
            .map(|row| {
                let environment = model.environments.get(row.environment);
                let name = environment.map(|entry| entry.name().to_string());
                (name.unwrap_or_default(), row.job_root().to_owned())
            })
            .collect();
        wanted.sort_unstable();
        shown.sort_unstable();
        if wanted != shown {
            let missing = wanted.iter().find(|job| !shown.contains(job));
            let surplus = shown.iter().find(|job| !wanted.contains(job));
            return Err(format!(
                "the file has {} jobs, the screen {}: missing {missing:?}, surplus {surplus:?}",
                wanted.len(),
                shown.len()
            ));
        }
        Ok(())
    }

    /// Every change of status that a response brought is in the event log.
    pub(super) fn check_events(&self) -> Result<(), String> {
        let model = &self.process.model;
        if model.events.len() == MOST_EVENTS || model.freeze.is_some() {
            return Ok(());
        }
        let mut logged: BTreeMap<JobId, Vec<&str>> = BTreeMap::new();
        for event in model.events.range(0..model.events.len()) {
            logged.entry(event.job).or_default().push(event.to.as_str());
        }
        let mut state = self.shared.lock();
        for ledger in state.ledgers() {
            for (name, poll) in ledger.polls() {
                let Some(row) = poll.row.filter(|_| !poll.is_uncertain) else {
                    continue;
                };
                if poll
                    .newest
                    .as_ref()
                    .is_some_and(|newest| newest.at >= Instant::now())
                {
                    continue;
                }
                let wanted = &poll.statuses[poll.known..];
                let logged = logged.get(&row).map_or(&[][..], Vec::as_slice);
                if !logged.ends_with(&wanted.iter().map(String::as_str).collect::<Vec<_>>()) {
                    return Err(format!(
                        "{name}: responses {wanted:?}, event log {logged:?}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Every change of status that a response brought is in the history.
    pub(super) fn check_history(&self) -> Result<(), String> {
        let mut state = self.shared.lock();
        for (number, ledger) in state.ledgers().enumerate() {
            let env_id = EnvId::parse(&env_id(number)).map_err(|error| error.to_string())?;
            for (root, poll) in ledger.polls().filter(|(_, poll)| !poll.is_uncertain) {
                if poll.statuses.is_empty() {
                    continue;
                }
                let root = JobRoot::parse(root).map_err(|error| error.to_string())?;
                let steps = self.store.steps(&env_id, &root);
                let steps = steps.map_err(|error| error.to_string())?;
                let kept: Vec<_> = steps.iter().map(|step| step.status.as_str()).collect();
                let whole = if poll.has_times {
                    // The times that the service reports replace those observed.
                    poll.statuses
                        .iter()
                        .all(|status| kept.contains(&status.as_str()))
                } else {
                    kept.iter().eq(poll.statuses.iter())
                };
                if !whole {
                    let seen = &poll.statuses;
                    return Err(format!("{root}: responses {seen:?}, history {kept:?}"));
                }
            }
        }
        Ok(())
    }
}
