//! Scales of the charts: where a time or a count lies on an axis, and which
//! ticks the axis has.

use jiff::{SignedDuration, Timestamp};

/// Steps of a time axis, in seconds. Up to a day they divide a day.
const STEPS: [i64; 22] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 2_592_000, 31_536_000,
];
const DAY: i64 = 86_400;

/// A time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeScale {
    from: Timestamp,
    to: Timestamp,
}

/// A tick of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where it is, as a share of the axis.
    pub(super) position: f64,
    /// Its label.
    pub(super) label: String,
}

impl TimeScale {
    /// An axis between two times; at least one second long.
    pub(super) fn new(from: Timestamp, to: Timestamp) -> Self {
        let shortest = from
            .checked_add(SignedDuration::from_secs(1))
            .unwrap_or(from);
        Self {
            from,
            to: to.max(shortest),
        }
    }

    /// Where a time is, as a share of the axis; times beyond it are at its
    /// ends.
    pub(super) fn position(&self, time: Timestamp) -> f64 {
        let length = self.to.duration_since(self.from).as_secs_f64();
        let since = time.duration_since(self.from).as_secs_f64();
        (since / length.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0)
    }

    /// At most `most` ticks at full seconds, minutes, hours or days in UTC.
    pub(super) fn ticks(&self, most: usize) -> Vec<Tick> {
        let length = self.to.duration_since(self.from).as_secs();
        let most = i64::try_from(most).unwrap_or(i64::MAX).max(1);
        let fits = |step: &i64| length / step < most;
        let step = STEPS.into_iter().find(fits).unwrap_or(length + 1);
        let first = self.from.as_second().div_euclid(step) * step;
        let mut ticks = Vec::new();
        let mut second = first;
        while second <= self.to.as_second() {
            if let Ok(time) = Timestamp::from_second(second)
                && time >= self.from
                && time <= self.to
            {
                ticks.push(Tick {
                    position: self.position(time),
                    label: label(time, step),
                });
            }
            second += step;
        }
        ticks
    }
}

fn label(time: Timestamp, step: i64) -> String {
    let format = match step {
        ..60 => "%H:%M:%S",
        60..DAY => "%H:%M",
        DAY.. => "%b %-d",
    };
    time.strftime(format).to_string()
}

/// The counts at which an axis from zero to `highest` has ticks: zero and at
/// most `most` more.
pub(super) fn count_ticks(highest: usize, most: usize) -> Vec<usize> {
    let mut steps = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_usize.pow(power)));
    let step = steps.find(|step| highest / step <= most.max(1));
    (0..=highest).step_by(step.unwrap_or(1)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn labels(from: &str, to: &str, most: usize) -> Vec<String> {
        let ticks = TimeScale::new(time(from), time(to)).ticks(most);
        ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_at_round_times() {
        assert_eq!(
            labels("2026-11-24T09:00:50Z", "2026-11-24T09:04:10Z", 4),
            ["09:01", "09:02", "09:03", "09:04"]
        );
        assert_eq!(
            labels("2026-11-24T09:00:01Z", "2026-11-24T09:00:31Z", 4),
            ["09:00:10", "09:00:20", "09:00:30"]
        );
        assert_eq!(
            labels("2026-11-22T20:00:00Z", "2026-11-25T02:00:00Z", 4),
            ["Nov 23", "Nov 24", "Nov 25"]
        );
    }

    #[test]
    fn positions_are_shares_of_the_axis_and_end_at_it() {
        let scale = TimeScale::new(time("2026-11-24T09:00:00Z"), time("2026-11-24T10:00:00Z"));
        let position = |text| scale.position(time(text));
        assert!((position("2026-11-24T09:15:00Z") - 0.25).abs() < 1e-9);
        assert!(position("2026-11-24T08:00:00Z").abs() < 1e-9);
        assert!((position("2026-11-25T08:00:00Z") - 1.0).abs() < 1e-9);
        let empty = TimeScale::new(time("2026-11-24T09:00:00Z"), time("2026-11-24T08:00:00Z"));
        assert!(empty.position(time("2026-11-24T09:00:00Z")).abs() < 1e-9);
    }

    #[test]
    fn counts_have_round_ticks_from_zero() {
        assert_eq!(count_ticks(36, 4), [0, 10, 20, 30]);
        assert_eq!(count_ticks(3, 4), [0, 1, 2, 3]);
        assert_eq!(count_ticks(2_000, 4), [0, 500, 1_000, 1_500, 2_000]);
        assert_eq!(count_ticks(0, 4), [0]);
    }

    proptest! {
        #[test]
        fn ticks_are_few_on_the_axis_and_in_order(
            from in 0_i64..4_000_000_000, length in 0_i64..400_000_000, most in 2_usize..12
        ) {
            let from = Timestamp::from_second(from).unwrap();
            let scale = TimeScale::new(from, from + SignedDuration::from_secs(length));
            let ticks = scale.ticks(most);
            prop_assert!(ticks.len() <= most + 1);
            prop_assert!(ticks.windows(2).all(|pair| pair[0].position < pair[1].position));
            prop_assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.position)));
        }
    }
}
