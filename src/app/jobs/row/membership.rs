//! Which watched job and followed flows a row belongs to.

use jiff::Timestamp;

use crate::app::jobs::row::Row;
use crate::app::jobs::sources::{FollowedBy, SameJob};
use crate::config::Follow;
use crate::hotglue::{Job, Text};
use crate::rollout::JobProgress;
use crate::watch::{EnvironmentId, FollowId, JobId};

/// The longest name of a row, in bytes.
const MAX_NAME_BYTES: usize = 256;

impl Row {
    /// Whether a followed flow names it.
    pub fn is_followed(&self) -> bool {
        !self.follows.is_empty()
    }

    /// Whether it belongs to a followed flow.
    pub(crate) fn is_followed_by(&self, id: FollowId) -> bool {
        self.follows.iter().any(|follow| follow.id == id)
    }

    /// The row that shows its job instead, if another one does.
    pub(in crate::app) fn shown_by(&self) -> Option<JobId> {
        self.shown_by
    }

    /// The row of the watched job that it shows too, if there is one.
    pub(in crate::app) fn entry(&self) -> Option<JobId> {
        self.entry.as_ref().map(|entry| entry.id)
    }

    /// The followed flow that started last, else the first one.
    pub(in crate::app) fn latest_follow(&self) -> Option<FollowId> {
        let last = self.follows.iter().filter(|follow| follow.since.is_some());
        let last = last.max_by_key(|follow| follow.since);
        last.or(self.follows.first()).map(|follow| follow.id)
    }

    /// The start of its rollout: the latest where it is in several.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        self.follows.iter().filter_map(|follow| follow.since).max()
    }

    /// Whether a run is expected and none has started: the tenant has no run,
    /// or the newest began before the start of the rollout.
    pub fn is_not_started(&self) -> bool {
        self.is_followed()
            && match &self.snapshot.job {
                None => self.snapshot.health.last_success.is_some(),
                Some(job) => self
                    .start()
                    .is_some_and(|start| !job.has_begun_since(start)),
            }
    }

    /// How far it is in each of its followed flows, which may have different
    /// starts.
    pub(in crate::app::jobs) fn progress_by_follow(
        &self,
    ) -> impl Iterator<Item = (FollowId, JobProgress)> {
        let health = &self.snapshot.health;
        self.follows.iter().map(move |follow| {
            let counts = |job: &Job| follow.since.is_none_or(|since| job.has_begun_since(since));
            let progress = match &self.snapshot.job {
                Some(job) if counts(job) => job.status.state().into(),
                Some(_) => JobProgress::NotStarted,
                None if health.last_success.is_some() => JobProgress::NotStarted,
                None if health.failure_streak.is_some() => JobProgress::Undetermined,
                None => JobProgress::Pending,
            };
            (follow.id, progress)
        })
    }

    /// How far it is in a followed flow; `None` where it does not belong to it.
    pub(in crate::app) fn progress_in(&self, follow: FollowId) -> Option<JobProgress> {
        let mut progress = self.progress_by_follow();
        progress.find_map(|(id, progress)| (id == follow).then_some(progress))
    }

    /// Adds a followed flow, or takes over its name and start.
    pub(in crate::app::jobs) fn add_follow(&mut self, id: FollowId, flow: &Follow<EnvironmentId>) {
        let name = format!("{} {}", self.tenant(), flow.name);
        let follow = FollowedBy {
            id,
            name: Text::cut(&name, MAX_NAME_BYTES),
            since: flow.since,
        };
        match self.follows.iter_mut().find(|known| known.id == id) {
            Some(known) => *known = follow,
            None => self.follows.push(follow),
        }
        self.describe();
    }

    /// Removes a followed flow.
    pub(in crate::app::jobs) fn remove_follow(&mut self, id: FollowId) {
        self.follows.retain(|follow| follow.id != id);
        self.describe();
    }

    /// Forgets that it is the same job as another row, which may be outdated.
    pub(in crate::app::jobs) fn unlink(&mut self) {
        self.shown_by = None;
        if self.entry.is_some() {
            self.set_entry(None);
        }
    }

    /// Sets the watched job that it shows too.
    pub(in crate::app::jobs) fn set_entry(&mut self, entry: Option<SameJob>) {
        self.entry = entry;
        self.describe();
    }

    /// Derives name, tags and interval of a followed row from all that names
    /// it.
    fn describe(&mut self) {
        if !self.is_followed() {
            return;
        }
        let entry = self.entry.as_ref().map(|entry| &entry.job);
        let mut names: Vec<&str> = Vec::new();
        let of_follows = self.follows.iter().map(|follow| &follow.name);
        // An entry without a name adds nothing to that of the tenant.
        let named = entry.filter(|job| job.name.as_str() != job.address.job_root.job_id());
        for name in named.map(|job| &job.name).into_iter().chain(of_follows) {
            if !names.contains(&name.as_str()) {
                names.push(name.as_str());
            }
        }
        let name = Text::cut(&names.join(", "), MAX_NAME_BYTES);
        self.tags = entry.map(|job| job.tags.clone()).unwrap_or_default();
        self.poll_interval = entry.and_then(|job| job.poll_interval);
        self.name = name;
    }
}
