//! The ETA of a rollout, and its text.

use jiff::{SignedDuration, Timestamp};

use crate::watch::JobId;

/// A wide range from this number of minutes on says only the earliest time.
const LONG: i64 = 24 * 60;
/// The probability that it is no earlier than the start of the interval, in
/// percent.
const AT_LEAST: u8 = 95;

/// When the last started job of a rollout is expected to finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eta {
    /// The median: it has finished by then with a probability of one half.
    pub p50: Timestamp,
    /// The 90th percentile.
    pub p90: Timestamp,
    /// The start of the interval that contains the finish with a probability
    /// of [`CONFIDENCE`](Self::CONFIDENCE) percent.
    pub(crate) from: Timestamp,
    /// The end of that interval.
    pub(crate) to: Timestamp,
    /// The jobs that may be the last, the likeliest first; at least one.
    pub(crate) last_jobs: Vec<LastJob>,
    /// How many started, unfinished jobs it is for.
    pub(crate) started: usize,
    /// How many expected jobs have not started; it does not include them.
    pub(crate) not_started: usize,
}

/// A job that may be the last to finish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastJob {
    /// The job.
    pub(crate) id: JobId,
    /// When it is expected to finish: the median.
    pub(crate) expected: Timestamp,
}

impl Eta {
    /// The probability of the interval, in percent.
    pub const CONFIDENCE: u8 = 90;

    /// The job that is most likely to finish last.
    pub fn last_job(&self) -> Option<JobId> {
        Some(self.last_jobs.first()?.id)
    }

    /// Whether the interval has passed.
    pub(crate) fn is_overdue(&self, now: Timestamp) -> bool {
        self.to <= now
    }

    /// The ETA as a range with its confidence, such as "ETA 4–7 min (90 %)",
    /// in whole minutes since seconds would suggest a precision it lacks; with
    /// the jobs that it does not include, where there are any.
    pub(crate) fn label(&self, now: Timestamp, unicode: bool) -> String {
        let range = self.range(now, unicode);
        match self.not_started {
            0 => range,
            not_started => format!(
                "{range} for {} started, {not_started} not started",
                self.started
            ),
        }
    }

    /// The range with its confidence.
    pub(crate) fn range(&self, now: Timestamp, unicode: bool) -> String {
        let confidence = Self::CONFIDENCE;
        let dash = if unicode { "–" } else { "-" };
        match (minutes(self.from, now), minutes(self.to, now)) {
            _ if self.is_overdue(now) => "overdue".to_owned(),
            (from, to) if to >= LONG && to >= 2 * from => {
                format!("ETA > {} ({AT_LEAST} %)", with_unit(from))
            }
            (_, 0) => "ETA < 1 min".to_owned(),
            (0, to) => format!("ETA < {} ({confidence} %)", with_unit(to)),
            (from, to) if from == to => format!("ETA {} ({confidence} %)", with_unit(to)),
            (from, to @ ..60) => format!("ETA {from}{dash}{to} min ({confidence} %)"),
            (from, to) => format!(
                "ETA {} {dash} {} ({confidence} %)",
                with_unit(from),
                with_unit(to)
            ),
        }
    }

    /// When the text changes next without another forecast; `None` once it is
    /// overdue.
    pub(crate) fn label_changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let change = |end: Timestamp| {
            let shown = minutes(end, now);
            let least = match shown {
                0 => 0,
                // The first half minute of an hour of minutes is rounded up.
                shown => (shown * 60 - 30).max(60),
            };
            let first_below = end.checked_sub(SignedDuration::from_secs(least)).ok()?;
            let change = first_below
                .checked_add(SignedDuration::from_millis(1))
                .ok()?;
            Some(change).filter(|time| *time > now)
        };
        let overdue = Some(self.to).filter(|to| *to > now);
        [change(self.from), change(self.to), overdue]
            .into_iter()
            .flatten()
            .min()
    }
}

/// The time until `end` in minutes, rounded; 0 below one minute.
fn minutes(end: Timestamp, now: Timestamp) -> i64 {
    // Whole seconds, rounded up: a minute is shown until it has passed.
    let left = end.duration_since(now).as_millis();
    match i64::try_from(left).unwrap_or(i64::MAX).div_euclid(1_000) {
        ..60 => 0,
        seconds => (seconds + 30) / 60,
    }
}

fn with_unit(minutes: i64) -> String {
    match minutes {
        ..60 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn eta(from: i64, to: i64, not_started: usize) -> Eta {
        Eta {
            p50: at(i64::midpoint(from, to)),
            p90: at(to),
            from: at(from),
            to: at(to),
            last_jobs: Vec::new(),
            started: 34,
            not_started,
        }
    }

    #[test]
    fn label_is_a_range_with_its_confidence() {
        let label = |from, to| eta(from, to, 0).label(at(0), true);
        assert_eq!(label(-9, 0), "overdue");
        assert_eq!(label(0, 59), "ETA < 1 min");
        assert_eq!(label(30, 180), "ETA < 3 min (90 %)");
        assert_eq!(label(240, 420), "ETA 4–7 min (90 %)");
        assert_eq!(label(240, 245), "ETA 4 min (90 %)");
        assert_eq!(label(3_000, 4_200), "ETA 50 min – 1 h 10 min (90 %)");
        assert_eq!(label(7_200, 900_000), "ETA > 2 h 00 min (95 %)");
        assert_eq!(eta(240, 420, 0).label(at(0), false), "ETA 4-7 min (90 %)");
    }

    #[test]
    fn jobs_that_have_not_started_are_named_beside_it() {
        let label = eta(240, 420, 13).label(at(0), true);
        assert_eq!(label, "ETA 4–7 min (90 %) for 34 started, 13 not started");
    }

    proptest::proptest! {
        #[test]
        fn text_changes_exactly_when_it_is_said_to(from in -100_i64..9_000, length in 0_i64..4_000) {
            let eta = eta(from, from + length, 2);
            let mut now = at(0);
            while let Some(change) = eta.label_changes_at(now) {
                let before = change - SignedDuration::from_millis(1);
                proptest::prop_assert_eq!(eta.label(now, true), eta.label(before.max(now), true));
                now = change;
            }
            proptest::prop_assert!(eta.is_overdue(now));
        }
    }
}
