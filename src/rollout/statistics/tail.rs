//! The distribution of residuals: what is left of logarithmic durations once
//! their median is taken away.
//!
//! It is the smoothed distribution of residuals that occurred, with a share of
//! Student's t distribution with four degrees of freedom, so that a value
//! beyond all of them is unlikely and never impossible. The fewer residuals
//! there are, the larger is that share.

use statrs::function::erf::erfc;

/// The smallest probability that is distinguished from zero.
const SMALLEST: f64 = 1e-300;
/// As many residuals as weigh as much as the prior distribution.
const PRIOR_WEIGHT: f64 = 10.0;
/// The standard deviation of the kernel that smooths residuals, in scales.
const BANDWIDTH: f64 = 0.25;
/// Between these values the distribution is tabulated, in scales.
const LOWEST: f64 = -12.0;
const HIGHEST: f64 = 24.0;
/// The distance between two values of the table.
const STEP: f64 = 0.1;
/// No scale of logarithmic durations is taken to be smaller: two percent.
pub(crate) const SMALLEST_SCALE: f64 = 0.02;
/// The median of the absolute value of Student's t with four degrees of
/// freedom.
const MEDIAN_OF_ABSOLUTE: f64 = 0.740_697_084_112_682_5;

/// A distribution of residuals in units of their scale. See the module's
/// documentation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tail {
    /// The share of the t distribution.
    prior: f64,
    /// Probabilities of values above those of the table, as logarithms.
    ln_survival: Vec<f64>,
    /// Densities at the values of the table, as logarithms.
    ln_density: Vec<f64>,
}

impl Tail {
    /// The distribution without any residual: Student's t.
    pub(crate) fn prior() -> Self {
        Self::of(&[])
    }

    /// The distribution of residuals, and their scale, which they are divided
    /// by: robust, so that a few stragglers do not widen it.
    pub(crate) fn fit(residuals: &[f64]) -> Option<(Self, f64)> {
        let mut absolute: Vec<_> = residuals.iter().map(|value| value.abs()).collect();
        let scale = (median(&mut absolute)? / MEDIAN_OF_ABSOLUTE).max(SMALLEST_SCALE);
        let standardized: Vec<_> = residuals.iter().map(|value| value / scale).collect();
        Some((Self::of(&standardized), scale))
    }

    fn of(standardized: &[f64]) -> Self {
        let size = index(HIGHEST) + 1;
        let mut counts = vec![0.0; size];
        for value in standardized {
            // A value between two entries counts for both.
            let place = (value.clamp(LOWEST, HIGHEST) - LOWEST) / STEP;
            let lower = index(LOWEST + place.floor() * STEP);
            let share = place - place.floor();
            counts[lower] += 1.0 - share;
            counts[(lower + 1).min(size - 1)] += share;
        }
        #[expect(clippy::cast_precision_loss, reason = "no history has 2^52 runs")]
        let count = standardized.len() as f64;
        let prior = PRIOR_WEIGHT / (PRIOR_WEIGHT + count);
        let weight = 1.0 / (PRIOR_WEIGHT + count);
        let occupied: Vec<_> = (0..size)
            .filter(|entry| counts[*entry] > 0.0)
            .map(|entry| (value_of(entry), counts[entry] * weight))
            .collect();
        let mixed = |at: usize, of_prior: f64, kernel: fn(f64) -> f64| {
            let x = value_of(at);
            let kernels = occupied
                .iter()
                .map(|(value, weight)| weight * kernel((x - value) / BANDWIDTH));
            (prior * of_prior + kernels.sum::<f64>()).max(SMALLEST).ln()
        };
        let entries = 0..size;
        Self {
            prior,
            ln_survival: entries
                .clone()
                .map(|index| mixed(index, student_survival(value_of(index)), normal_survival))
                .collect(),
            ln_density: entries
                .map(|index| mixed(index, student_density(value_of(index)), kernel_density))
                .collect(),
        }
    }

    /// The probability of a value above `x`; never zero.
    pub(crate) fn survival(&self, x: f64) -> f64 {
        if x < LOWEST {
            return 1.0;
        }
        Self::tabulated(&self.ln_survival, x).map_or_else(
            || (self.prior * student_survival(x)).max(SMALLEST),
            f64::exp,
        )
    }

    /// The logarithm of the probability of a value above `x`.
    pub(crate) fn ln_survival(&self, x: f64) -> f64 {
        if x < LOWEST {
            return 0.0;
        }
        Self::tabulated(&self.ln_survival, x)
            .unwrap_or_else(|| (self.prior * student_survival(x)).max(SMALLEST).ln())
    }

    /// The logarithm of the density at `x`.
    pub(crate) fn ln_density(&self, x: f64) -> f64 {
        Self::tabulated(&self.ln_density, x)
            .unwrap_or_else(|| (self.prior * student_density(x)).max(SMALLEST).ln())
    }

    /// The value that is exceeded with a probability.
    pub(crate) fn exceeded_with(&self, probability: f64) -> f64 {
        let (mut low, mut high) = (LOWEST, 1e6);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if self.survival(middle) > probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }

    /// The value of a table at `x`; `None` outside of it.
    fn tabulated(table: &[f64], x: f64) -> Option<f64> {
        let place = (x - LOWEST) / STEP;
        if !(0.0..=(HIGHEST - LOWEST) / STEP - 1.0).contains(&place) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the table has a few hundred entries"
        )]
        let (lower, share) = (place as usize, place.fract());
        let (one, other) = (*table.get(lower)?, *table.get(lower + 1)?);
        Some(one + share * (other - one))
    }
}

/// The entry of the table at or below a value within it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the table has a few hundred entries"
)]
fn index(value: f64) -> usize {
    ((value - LOWEST) / STEP + 1e-9).floor() as usize
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the table has a few hundred entries"
)]
fn value_of(index: usize) -> f64 {
    LOWEST + index as f64 * STEP
}

fn normal_survival(x: f64) -> f64 {
    0.5 * erfc(x / std::f64::consts::SQRT_2)
}

fn kernel_density(x: f64) -> f64 {
    (-0.5 * (x * x + std::f64::consts::TAU.ln())).exp() / BANDWIDTH
}

/// The probability that Student's t with four degrees of freedom exceeds `x`,
/// which has a closed form (W. T. Shaw, "Sampling Student's T distribution",
/// Journal of Computational Finance 9, 2006).
fn student_survival(x: f64) -> f64 {
    let spread = 1.0 + x * x / 4.0;
    let near = 0.5 - 0.375 * x / spread.sqrt() * (1.0 - x * x / (12.0 * spread));
    // The difference above loses its digits far out, where this series does
    // not.
    if x > 60.0 { 3.0 / x.powi(4) } else { near }
}

fn student_density(x: f64) -> f64 {
    0.375 * (1.0 + x * x / 4.0).powf(-2.5)
}

/// The median; sorts the values. `None` when there are none.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(if values.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(values[middle - 1], upper)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survival_matches_published_tables() {
        // Critical values of the t distribution with four degrees of freedom.
        let prior = Tail::prior();
        for (x, probability) in [
            (2.776_445, 0.025),
            (1.533_206, 0.1),
            (4.604_095, 0.005),
            (7.173_182, 0.001),
        ] {
            assert!((student_survival(x) - probability).abs() < 1e-6, "{x}");
            assert!((student_survival(-x) - (1.0 - probability)).abs() < 1e-6);
            // The table interpolates.
            assert!((prior.survival(x) / probability - 1.0).abs() < 0.002, "{x}");
            assert!((prior.exceeded_with(probability) / x - 1.0).abs() < 0.002);
        }
        assert!((student_survival(59.999) / student_survival(60.001) - 1.0).abs() < 0.01);
        let above = 2.0 * student_survival(MEDIAN_OF_ABSOLUTE);
        assert!((above - 0.5).abs() < 1e-9, "{above}");
    }

    /// The quantiles of a normal distribution, which 5 % of stragglers are
    /// added to.
    fn sample(stragglers: bool) -> Vec<f64> {
        let normal = |probability: f64| {
            -std::f64::consts::SQRT_2 * statrs::function::erf::erfc_inv(2.0 * probability)
        };
        (1..1_000)
            .map(|step| {
                let late = f64::from(u8::from(stragglers && step % 20 == 7)) * 1.5;
                0.3 * normal(f64::from(step) / 1_000.0) + late
            })
            .collect()
    }

    #[test]
    fn density_integrates_to_one_and_survival_falls() {
        let (fitted, _) = Tail::fit(&sample(true)).unwrap();
        for tail in [Tail::prior(), fitted] {
            let sum: f64 = (-40_000..40_000)
                .map(|step| tail.ln_density(f64::from(step) / 100.0).exp() / 100.0)
                .sum();
            assert!((sum - 1.0).abs() < 5e-3, "{sum}");
            let values = (-300..3_000).map(|step| tail.survival(f64::from(step) / 10.0));
            assert!(values.is_sorted_by(|one, next| one >= next));
        }
    }

    #[test]
    fn the_distribution_is_that_of_the_residuals() {
        let (plain, scale) = Tail::fit(&sample(false)).unwrap();
        // The normal distribution has a median absolute value of 0.6745.
        assert!(
            (scale - 0.3 * 0.674_49 / MEDIAN_OF_ABSOLUTE).abs() < 0.005,
            "{scale}"
        );
        let far = plain.survival(1.2 / scale);
        assert!(far < 0.001, "{far}");
        let (late, scale) = Tail::fit(&sample(true)).unwrap();
        let far = late.survival(1.2 / scale);
        assert!((0.03..0.06).contains(&far), "{far}");
        assert_eq!(Tail::fit(&[]), None);
    }

    #[test]
    fn few_residuals_leave_a_heavy_tail() {
        let (few, _) = Tail::fit(&[-0.2, -0.1, 0.0, 0.1, 0.2]).unwrap();
        let (many, _) = Tail::fit(&sample(false)).unwrap();
        assert!(few.survival(6.0) > 20.0 * many.survival(6.0));
    }
}
