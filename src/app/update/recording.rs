//! What the history records beside transitions: changes of jobs between two
//! statuses, and what is watched.

use std::sync::Arc;

use crate::app::message::Effect;
use crate::app::model::Model;
use crate::history::{JobUpdate, RecordedList};
use crate::hotglue::{Job, Text};
use crate::watch::{Batch, JobSelector, Snapshot};

impl Model {
    /// Records what is watched, after it changed.
    pub(super) fn record_list(&mut self) -> Option<Effect> {
        (self.jobs.take_list_change() && !self.is_past()).then(|| self.list_effect(false))
    }

    /// The effect that records what is watched.
    pub(super) fn list_effect(&self, is_start: bool) -> Effect {
        Effect::RecordList(RecordedList {
            time: self.now,
            is_start,
            list: self.job_list(),
        })
    }

    /// The changes of a batch that are no transitions.
    pub(super) fn job_updates(&self, batch: &Batch) -> Vec<JobUpdate> {
        let updates = batch.snapshots.iter().filter_map(|(id, snapshot)| {
            let row = self.jobs.get(*id).filter(|row| row.shown_by().is_none())?;
            let held = self.freeze.as_ref().map(|freeze| &freeze.held);
            let known = held.and_then(|held| held.snapshots.get(id));
            let known = known.unwrap_or(&row.snapshot);
            let job = snapshot.job.as_ref()?;
            if !is_recorded(known, snapshot, job) {
                return None;
            }
            let address = match (&snapshot.address, &row.selector) {
                (Some(address), _) | (None, JobSelector::Job(address)) => Arc::clone(address),
                (None, JobSelector::Newest { .. }) => return None,
            };
            let streak = snapshot.health.failure_streak.as_ref();
            Some(JobUpdate {
                env_id: self.env_id(row.environment)?,
                address,
                seen: snapshot.health.last_poll.unwrap_or(self.now),
                updated: job.last_updated.as_ref().and_then(|moment| moment.at),
                message: job.message.clone(),
                rows: job.total_rows,
                error: streak.map(|streak| Text::new(&streak.error.to_string())),
            })
        });
        updates.collect()
    }
}

/// Whether a poll showed something that no recorded status has.
fn is_recorded(known: &Snapshot, now: &Snapshot, job: &Arc<Job>) -> bool {
    let error = |snapshot: &Snapshot| {
        let streak = snapshot.health.failure_streak.as_ref();
        streak.map(|streak| Arc::clone(&streak.error))
    };
    if error(known) != error(now) {
        return true;
    }
    match &known.job {
        Some(before) if Arc::ptr_eq(before, job) => false,
        Some(before) if before.status == job.status && known.address == now.address => {
            before.message != job.message
                || before.last_updated != job.last_updated
                || before.total_rows != job.total_rows
        }
        // The first poll since the start shows when the job was seen again.
        None => true,
        // The status is recorded, with the first line of its message.
        Some(_) => {
            let message = job.message.as_ref();
            message.is_some_and(|message| {
                message.as_str().len() > 400 || message.as_str().contains('\n')
            }) || job.total_rows.is_some()
                || !job.status_times().is_empty()
        }
    }
}
