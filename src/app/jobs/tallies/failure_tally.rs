//! The failed jobs by the fingerprint of their messages, the largest group
//! first. Who is in a group, and what distinguishes it, is computed by
//! `rollout::failure_groups` when the list of groups opens.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::app::jobs::row::Row;
use crate::app::jobs::tallies::activity::{LONGEST, SLOT, slot_of};

/// A group that grew within this time is growing.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// The failure groups. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct FailureTally {
    groups: HashMap<Arc<str>, FailureCount>,
    by_size: BTreeSet<(Reverse<usize>, Arc<str>)>,
}

/// The jobs of a failure group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FailureCount {
    /// The message of one of them.
    pub(crate) example: String,
    /// Their number.
    pub(crate) count: usize,
    /// When they failed, in slots of [`SLOT`], with the number of jobs.
    times: BTreeMap<i64, usize>,
}

impl FailureCount {
    /// Whether a job joined the group recently.
    pub(crate) fn is_growing(&self, now: Timestamp) -> bool {
        let last = self.times.last_key_value();
        let is_recent = |slot: &i64| now.as_second() - slot * SLOT < RECENT.as_secs();
        self.count > 1 && last.is_some_and(|(last, _)| is_recent(last))
    }

    /// How many jobs failed in each of `steps` equal parts of the time from the
    /// first failure to now.
    pub(crate) fn trend(&self, now: Timestamp, steps: usize) -> Vec<u64> {
        let mut trend = vec![0; steps.max(1)];
        let end = slot_of(now);
        let first = self
            .times
            .first_key_value()
            .map_or(end, |(first, _)| *first);
        let first = first.clamp(end - LONGEST, end);
        let count = i64::try_from(trend.len()).unwrap_or(1);
        for (slot, jobs) in self.times.range(first..=end) {
            let step = (slot - first) * count / (end - first + 1);
            let step = usize::try_from(step).unwrap_or(0);
            trend[step] += u64::try_from(*jobs).unwrap_or(u64::MAX);
        }
        trend
    }
}

impl FailureTally {
    /// The number of groups.
    pub(crate) fn len(&self) -> usize {
        self.groups.len()
    }

    /// Whether no job failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The groups, the largest first.
    pub(crate) fn largest(&self) -> impl Iterator<Item = &FailureCount> {
        let keys = self.by_size.iter();
        keys.filter_map(|(_, fingerprint)| self.groups.get(fingerprint))
    }

    /// The group with a fingerprint.
    pub(crate) fn get(&self, fingerprint: &str) -> Option<&FailureCount> {
        self.groups.get(fingerprint)
    }

    pub(super) fn add(&mut self, row: &Row) {
        let Some(fingerprint) = row.fingerprint() else {
            return;
        };
        let mut group = self.take(fingerprint);
        if group.count == 0 {
            let facts = row.facts();
            group.example = facts.map(|facts| facts.example()).unwrap_or_default();
        }
        group.count += 1;
        if let Some(time) = row.finished() {
            let slot = slot_of(time);
            *group.times.entry(slot).or_default() += 1;
        }
        self.put(fingerprint, group);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        let Some(fingerprint) = row.fingerprint() else {
            return;
        };
        let mut group = self.take(fingerprint);
        group.count = group.count.saturating_sub(1);
        let slot = row.finished().map(slot_of);
        if let Some(slot) = slot
            && let Some(count) = group.times.get_mut(&slot)
        {
            *count -= 1;
            if *count == 0 {
                group.times.remove(&slot);
            }
        }
        if group.count > 0 {
            self.put(fingerprint, group);
        }
    }

    fn take(&mut self, fingerprint: &Arc<str>) -> FailureCount {
        let group = self.groups.remove(fingerprint).unwrap_or_default();
        let place = (Reverse(group.count), Arc::clone(fingerprint));
        self.by_size.remove(&place);
        group
    }

    fn put(&mut self, fingerprint: &Arc<str>, group: FailureCount) {
        let place = (Reverse(group.count), Arc::clone(fingerprint));
        self.by_size.insert(place);
        self.groups.insert(Arc::clone(fingerprint), group);
    }
}
