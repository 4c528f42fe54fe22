//! The shift between paired measurements, valid however often it is looked at.

use super::confidence_sequence::{Side, proves};

/// A difference within a pair (after minus before), known at least to lie
/// between two values. They are equal once both measurements are complete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rollout) struct Difference {
    /// The smallest value that is possible; minus infinity when any is.
    pub(crate) at_least: f64,
    /// The largest value that is possible; infinity when any is.
    pub(crate) at_most: f64,
}

impl Difference {
    /// A difference that is known.
    pub(in crate::rollout) fn exact(value: f64) -> Self {
        Self {
            at_least: value,
            at_most: value,
        }
    }

    /// A difference of which only a lower bound is known, such as the duration
    /// of a job that is still running.
    pub(in crate::rollout) fn at_least(value: f64) -> Self {
        Self {
            at_least: value,
            at_most: f64::INFINITY,
        }
    }

    /// A difference of which nothing is known.
    pub(in crate::rollout) const UNKNOWN: Self = Self {
        at_least: f64::NEG_INFINITY,
        at_most: f64::INFINITY,
    };
}

/// The typical difference within pairs, with the interval that holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rollout) struct Shift {
    /// The median of the averages of all pairs of differences (J. L. Hodges,
    /// E. L. Lehmann, "Estimates of location based on rank tests", Annals of
    /// Mathematical Statistics 34, 1963): the estimate that belongs to
    /// Wilcoxon's signed-rank test.
    pub(crate) estimate: f64,
    /// The lower end of the interval; minus infinity when there is too little
    /// data for one.
    pub(crate) low: f64,
    /// The upper end of the interval; infinity when there is too little data.
    pub(crate) high: f64,
}

/// The most differences whose averages are all computed. Of more, a regular
/// sample of the sorted ones is taken, which keeps their quantiles.
const MOST_DIFFERENCES: usize = 400;

impl Shift {
    /// The shift of differences, one for each pair. The interval misses the
    /// true median with a probability of at most `error`, under continual
    /// looking: it holds every value for which the signs of the remaining
    /// differences prove nothing (the sign test, inverted, with the evidence
    /// of `confidence_sequence`). Which pairs are included must not depend on
    /// their differences. `None` when no difference has a known bound.
    pub(in crate::rollout) fn of(differences: &[Difference], error: f64) -> Option<Self> {
        let sorted = |bound: fn(&Difference) -> f64| {
            let mut bounds: Vec<f64> = differences.iter().map(bound).collect();
            bounds.sort_by(f64::total_cmp);
            bounds
        };
        let (lows, highs) = (sorted(|one| one.at_least), sorted(|one| one.at_most));
        let finite = lows.iter().copied().filter(|low| low.is_finite());
        let estimate = hodges_lehmann(&finite.collect::<Vec<_>>())?;
        let pairs = differences.len();
        // Fewer differences on one side of the median prove more.
        let proven = |below: u64| proves(Side::Below, 0.5, below, pairs as u64, error / 2.0);
        let cut = (0..=pairs / 2).collect::<Vec<_>>();
        let cut = cut.partition_point(|below| proven(*below as u64));
        let (low, high) = match cut.checked_sub(1) {
            Some(index) => (lows[index], highs[pairs - 1 - index]),
            None => (f64::NEG_INFINITY, f64::INFINITY),
        };
        Some(Self {
            estimate: estimate.max(low).min(high),
            low,
            high,
        })
    }

    /// The shift with an interval that is wider by `margin` on both sides.
    pub(in crate::rollout) fn widened(self, margin: f64) -> Self {
        Self {
            low: self.low - margin,
            high: self.high + margin,
            ..self
        }
    }
}

fn hodges_lehmann(sorted: &[f64]) -> Option<f64> {
    let step = sorted.len().div_ceil(MOST_DIFFERENCES).max(1);
    let sample: Vec<f64> = sorted
        .iter()
        .copied()
        .skip(step / 2)
        .step_by(step)
        .collect();
    let mut averages = Vec::with_capacity(sample.len() * (sample.len() + 1) / 2);
    for (index, one) in sample.iter().enumerate() {
        averages.extend(
            sample[index..]
                .iter()
                .map(|other| f64::midpoint(*one, *other)),
        );
    }
    middle(&mut averages)
}

/// The median; sorts the values. `None` when there are none.
pub(in crate::rollout) fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(values[values.len() / 2 - 1], upper)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    fn normal(rng: &mut Rng) -> f64 {
        (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
    }

    fn exact(values: &[f64]) -> Vec<Difference> {
        values.iter().copied().map(Difference::exact).collect()
    }

    #[test]
    fn estimate_matches_published_values() {
        // Hollander & Wolfe, "Nonparametric Statistical Methods" (1973), p. 29:
        // Hamilton depression scores before and after. R's wilcox.test reports
        // a pseudomedian of 0.46.
        let before = [1830, 500, 1620, 2480, 1680, 1880, 1550, 3060, 1300];
        let after = [878, 647, 598, 2050, 1060, 1290, 1060, 3140, 1290];
        let scores = before.iter().zip(after);
        let differences: Vec<f64> = scores.map(|(b, a)| f64::from(b - a) / 1000.0).collect();
        let shift = Shift::of(&exact(&differences), 0.05).unwrap();
        assert!((shift.estimate - 0.46).abs() < 1e-9, "{shift:?}");
    }

    #[test]
    fn without_data_there_is_no_shift_and_with_little_no_interval() {
        assert_eq!(Shift::of(&[], 0.05), None);
        assert_eq!(Shift::of(&[Difference::UNKNOWN; 40], 0.05), None);
        let shift = Shift::of(&exact(&[1.0, 2.0, 3.0]), 0.05).unwrap();
        assert_eq!((shift.low, shift.high), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn unknown_differences_count_against_both_directions() {
        let mut differences = exact(&[1.0; 20]);
        assert!(Shift::of(&differences, 0.05).unwrap().low > 0.0);
        differences.extend([Difference::UNKNOWN; 20]);
        let low = Shift::of(&differences, 0.05).unwrap().low;
        assert!(low.is_infinite() && low < 0.0);
        let running = vec![Difference::at_least(0.4); 40];
        let shift = Shift::of(&running, 0.05).unwrap();
        assert_eq!((shift.low, shift.high), (0.4, f64::INFINITY));
    }

    #[test]
    fn looking_at_every_pair_rarely_misses_the_true_shift() {
        let mut rng = Rng::with_seed(5);
        let runs = 200;
        let missed = (0..runs).filter(|_| {
            let mut differences = Vec::new();
            (0..100).any(|_| {
                differences.push(Difference::exact(normal(&mut rng)));
                let shift = Shift::of(&differences, 0.05).unwrap();
                shift.low > 0.0 || shift.high < 0.0
            })
        });
        assert!(missed.count() * 20 <= runs);
    }

    #[test]
    fn half_as_long_again_is_found_in_sixty_pairs() {
        let mut rng = Rng::with_seed(6);
        let runs = 200;
        let found = (0..runs).filter(|_| {
            let differences: Vec<_> = (0..60)
                .map(|_| Difference::exact(1.5_f64.ln() + 0.4 * normal(&mut rng)))
                .collect();
            Shift::of(&differences, 0.01).unwrap().low > 0.0
        });
        assert!(found.count() * 10 >= runs * 9);
    }
}
