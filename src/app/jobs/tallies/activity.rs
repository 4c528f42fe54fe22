//! When jobs started and finished: the data of the burn-up and of the
//! throughput.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::app::jobs::row::Row;
use crate::hotglue::State;

/// Times are counted in slots of this many seconds.
pub(super) const SLOT: i64 = 10;
/// A rollout begins after a gap of this length without starts and finishes.
const GAP: i64 = 30 * 60 / SLOT;
/// The longest time that is shown, in slots.
pub(super) const LONGEST: i64 = 12 * 3_600 / SLOT;
/// The lengths of a step of the burn-up, in slots.
const STEPS: [i64; 12] = [1, 2, 3, 6, 12, 30, 60, 90, 120, 180, 360, 720];
/// The time over which the current rate is averaged.
const RATE: i64 = 5 * 60 / SLOT;

/// Starts and finishes by time. See the module's documentation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Activity(BTreeMap<i64, Slot>);

/// What happened in a slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Slot {
    started: usize,
    completed: usize,
    failed: usize,
}

/// A step of a burn-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Point {
    /// The jobs that completed in the step.
    pub(crate) completed: usize,
    /// The jobs that failed or were canceled in the step.
    pub(crate) failed: usize,
}

/// The jobs that finished in each step since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BurnUp {
    /// The start of the first step.
    pub(crate) start: Timestamp,
    /// The length of a step.
    pub(crate) step: SignedDuration,
    /// The steps, up to the one that contains the present.
    pub(crate) points: Vec<Point>,
}

impl BurnUp {
    /// The finished jobs of all steps.
    pub(crate) fn total(&self) -> Point {
        let mut total = Point::default();
        for point in &self.points {
            total.completed += point.completed;
            total.failed += point.failed;
        }
        total
    }
}

impl Activity {
    pub(super) fn add(&mut self, row: &Row) {
        self.change(row, |count| *count += 1);
    }

    pub(super) fn remove(&mut self, row: &Row) {
        self.change(row, |count| *count = count.saturating_sub(1));
    }

    fn change(&mut self, row: &Row, change: impl Fn(&mut usize)) {
        if row.is_not_started() {
            return;
        }
        if let Some(started) = row.started() {
            self.at(started, |slot| change(&mut slot.started));
        }
        if let Some(finished) = row.finished() {
            let is_completed = row.state() == State::Completed;
            self.at(finished, |slot| {
                change(if is_completed {
                    &mut slot.completed
                } else {
                    &mut slot.failed
                });
            });
        }
    }

    fn at(&mut self, time: Timestamp, change: impl FnOnce(&mut Slot)) {
        let index = slot_of(time);
        let slot = self.0.entry(index).or_default();
        change(slot);
        if *slot == Slot::default() {
            self.0.remove(&index);
        }
    }

    /// The jobs that finished since `since`, or since the rollout began as far
    /// as that can be seen, in at most `most` steps. The work is bounded by the
    /// longest time that is shown.
    pub(crate) fn burn_up(&self, since: Option<Timestamp>, now: Timestamp, most: usize) -> BurnUp {
        let end = slot_of(now);
        let first = since.map_or_else(|| self.beginning(end), slot_of);
        let first = first.clamp(end - LONGEST, end);
        let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
        let fits = |step: &&i64| (end - first) / **step < most;
        let step = STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
        let count = usize::try_from((end - first) / step + 1).unwrap_or(1);
        let mut points = vec![Point::default(); count];
        for (index, slot) in self.0.range(first..=end) {
            let place = usize::try_from((index - first) / step);
            if let Some(point) = place.ok().and_then(|place| points.get_mut(place)) {
                point.completed += slot.completed;
                point.failed += slot.failed;
            }
        }
        BurnUp {
            start: Timestamp::from_second(first * SLOT).unwrap_or(now),
            step: SignedDuration::from_secs(step * SLOT),
            points,
        }
    }

    /// The slot after the last gap.
    fn beginning(&self, end: i64) -> i64 {
        let mut first = end;
        for (index, _) in self.0.range(end - LONGEST..=end).rev() {
            if first - index > GAP && first != end {
                break;
            }
            first = *index;
        }
        first
    }

    /// The jobs that completed and failed in a minute, over the last minutes.
    pub(crate) fn rates(&self, now: Timestamp) -> [f64; 2] {
        let end = slot_of(now);
        let first = self.beginning(end).max(end - RATE);
        let slots = self.0.range(first..=end);
        let (completed, failed) = slots.fold((0, 0), |(completed, failed), (_, slot)| {
            (completed + slot.completed, failed + slot.failed)
        });
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        [completed, failed].map(|count| {
            let minutes = ((end - first + 1) * SLOT) as f64 / 60.0;
            count as f64 / minutes.max(1.0)
        })
    }
}

/// The slot that contains a time.
pub(super) fn slot_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(SLOT)
}
