//! Handling of finished requests: outcomes to the schedule, responses to the
//! jobs, changes to the receiver.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::{Id, JoinError};
use tokio::time::Instant;

use super::environment::wall_time;
use super::service::Service;
use super::task::{InFlight, Response, Task};
use crate::hotglue::{FetchError, ListedJob, State};
use crate::watch::request::{PollOutcome, PollRequest};
use crate::watch::snapshot::Snapshot;
use crate::watch::target::{EnvironmentId, FollowId, JobId};
use crate::watch::updates::Batch;

type Finished = Result<(Id, Result<Response, FetchError>), JoinError>;

impl<S: Service> Task<S> {
    pub(super) fn on_complete(&mut self, finished: Finished) {
        let (id, result) = match finished {
            Ok((id, result)) => (id, result),
            Err(error) => {
                tracing::error!(%error, "a poll panicked");
                (error.id(), Err(FetchError::Internal))
            }
        };
        let Some(poll) = self.in_flight.remove(&id) else {
            return;
        };
        let now = Instant::now();
        if let Some(environment) = self.environments.get_mut(&poll.environment) {
            let outcome = outcome(&result);
            environment.schedule.finish(poll.request, outcome, now);
        }
        let result = result.map_err(Arc::new);
        self.publish_status(poll.environment, result.as_ref().err());
        match poll.request {
            PollRequest::Status(id) => self.on_status(id, &poll, result, now),
            PollRequest::Newest(id) => self.on_jobs(id, &poll, result, now),
            PollRequest::Tenants(id) => self.on_tenants(id, result),
        }
    }

    fn on_status(
        &mut self,
        id: JobId,
        poll: &InFlight,
        result: Result<Response, Arc<FetchError>>,
        now: Instant,
    ) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        // The row may show another run by now.
        if job.address() != poll.address {
            return;
        }
        let result = result.and_then(|response| match response {
            Response::Status(job) => Ok(job),
            Response::Jobs(_) | Response::Tenants(_) => Err(Arc::new(FetchError::Internal)),
        });
        let latency = now.duration_since(poll.sent);
        let before = job.snapshot.clone();
        let transition = job.apply_status(result, latency, (self.clock)());
        if transition.is_none() && job.snapshot.confirms(&before) {
            let snapshot = self.current_snapshot(id, now);
            self.outbox.confirm(|batch| {
                batch
                    .snapshots
                    .extend(snapshot.map(|snapshot| (id, snapshot)));
            });
            return;
        }
        self.publish(id, now, |batch, snapshot| {
            batch.snapshots.insert(id, snapshot);
            batch.transitions.extend(transition);
        });
    }

    fn on_jobs(
        &mut self,
        id: JobId,
        poll: &InFlight,
        result: Result<Response, Arc<FetchError>>,
        now: Instant,
    ) {
        let error = match result {
            Ok(Response::Jobs(jobs)) => return self.on_list(id, poll.environment, jobs, now),
            Ok(Response::Status(_) | Response::Tenants(_)) => Arc::new(FetchError::Internal),
            Err(error) => error,
        };
        // While the newest job runs, its own polls decide what the row shows.
        let is_polled = self
            .schedule_of(id)
            .is_some_and(|schedule| schedule.due(PollRequest::Status(id)).is_some());
        if is_polled {
            return;
        }
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        job.apply_list_error(error, now.duration_since(poll.sent), (self.clock)());
        self.publish(id, now, |batch, snapshot| {
            batch.snapshots.insert(id, snapshot);
        });
    }

    /// Applies a list of jobs: the row shows the newest of them.
    fn on_list(
        &mut self,
        id: JobId,
        environment: EnvironmentId,
        jobs: Vec<ListedJob>,
        now: Instant,
    ) {
        let Some(job) = self.jobs.get_mut(&id) else {
            return;
        };
        let update = job.apply_list(jobs, (self.clock)());
        let interval = job.interval;
        let awaits_run = job.awaits_run();
        if let Some(schedule) = self.schedule_of(id) {
            schedule.await_run(PollRequest::Newest(id), awaits_run);
            let request = PollRequest::Status(id);
            // A finished job may have been re-triggered.
            let is_resumed = update.is_unfinished && !schedule.contains(request);
            if update.is_unfinished && (update.is_new_run || is_resumed) {
                schedule.add(request, interval, now);
            } else if update.is_new_run {
                schedule.remove(request);
            }
        }
        self.publish(id, now, |batch, snapshot| {
            batch.snapshots.insert(id, snapshot);
            batch.transitions.extend(update.transition);
            if let Some(earlier) = update.earlier_jobs {
                batch.listed.insert(id);
                let earlier = earlier.into_iter().map(|job| (environment, job));
                batch.earlier_jobs.extend(earlier);
            }
        });
    }

    fn on_tenants(&mut self, id: FollowId, result: Result<Response, Arc<FetchError>>) {
        let tenants = result.and_then(|response| match response {
            Response::Tenants(tenants) => Ok(tenants),
            Response::Status(_) | Response::Jobs(_) => Err(Arc::new(FetchError::Internal)),
        });
        self.outbox.send(|batch| {
            batch.discoveries.insert(id, tenants);
        });
    }

    /// Publishes the snapshot of a job.
    fn publish(&mut self, id: JobId, now: Instant, change: impl FnOnce(&mut Batch, Snapshot)) {
        if let Some(snapshot) = self.current_snapshot(id, now) {
            self.outbox.send(|batch| change(batch, snapshot));
        }
    }

    /// The snapshot of a job, with the time of its next poll.
    fn current_snapshot(&mut self, id: JobId, now: Instant) -> Option<Snapshot> {
        let due = self.schedule_of(id).and_then(|schedule| {
            let status = schedule.due(PollRequest::Status(id));
            status.or_else(|| schedule.due(PollRequest::Newest(id)))
        });
        let job = self.jobs.get_mut(&id)?;
        let time: Timestamp = (self.clock)();
        job.snapshot.health.next_poll = due.map(|due| wall_time(due, now, time));
        Some(job.snapshot.clone())
    }

    /// Publishes the status of an environment where it changed.
    pub(super) fn publish_status(&mut self, id: EnvironmentId, error: Option<&Arc<FetchError>>) {
        let (now, time) = (Instant::now(), (self.clock)());
        let environment = self.environments.get_mut(&id);
        let status =
            environment.and_then(|environment| environment.update_status(error, now, time));
        if let Some(status) = status {
            self.outbox.send(|batch| {
                batch.environment_statuses.insert(id, status);
            });
        }
    }
}

fn outcome(result: &Result<Response, FetchError>) -> PollOutcome {
    match result {
        Ok(Response::Status(job)) => match job.status.state() {
            State::Completed => PollOutcome::Completed,
            State::Failed | State::Cancelled => PollOutcome::Failed,
            State::Queued | State::Running | State::Unknown => PollOutcome::Running,
        },
        // A list is requested again whatever it contains.
        Ok(Response::Jobs(_) | Response::Tenants(_)) => PollOutcome::Running,
        Err(error) => error.into(),
    }
}
