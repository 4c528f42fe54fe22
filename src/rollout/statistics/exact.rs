//! Exact tests and intervals of counts, and the correction for several tests.

use statrs::function::beta::inv_beta_reg;
use statrs::function::factorial::ln_binomial;

/// The interval that holds the rate behind `hits` of `of` with a probability
/// of at least 95 %, as shares (C. J. Clopper, E. S. Pearson, "The use of
/// confidence or fiducial limits illustrated in the case of the binomial",
/// Biometrika 26, 1934).
pub(in crate::rollout) fn rate_interval(hits: u64, of: u64) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
    let (hit, missed) = (hits as f64, of.saturating_sub(hits) as f64);
    let low = if hits == 0 {
        0.0
    } else {
        inv_beta_reg(hit, missed + 1.0, 0.025)
    };
    let high = if hits >= of {
        1.0
    } else {
        inv_beta_reg(hit + 1.0, missed, 0.975)
    };
    (low, high)
}

/// The probability of at least `both` failures among the `members` of a group,
/// when `failed` of all `jobs` failed and membership does not matter: Fisher's
/// exact test, one-sided (R. A. Fisher, "The Design of Experiments", 1935).
pub(in crate::rollout) fn fisher(both: u64, members: u64, failed: u64, jobs: u64) -> f64 {
    let total = ln_binomial(jobs, failed);
    let most = members.min(failed);
    let least = (members + failed).saturating_sub(jobs);
    (both.max(least)..=most)
        .map(|both| {
            (ln_binomial(members, both) + ln_binomial(jobs - members, failed - both) - total).exp()
        })
        .sum::<f64>()
        .min(1.0)
}

/// Which of the hypotheses are rejected at a family-wise error rate of `error`
/// (S. Holm, "A simple sequentially rejective multiple test procedure",
/// Scandinavian Journal of Statistics 6, 1979). In the order of `p_values`.
pub(in crate::rollout) fn holm(p_values: &[f64], error: f64) -> Vec<bool> {
    let mut by_value: Vec<usize> = (0..p_values.len()).collect();
    by_value.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut rejected = vec![false; p_values.len()];
    for (remaining, index) in (1..=p_values.len()).rev().zip(by_value) {
        #[expect(clippy::cast_precision_loss, reason = "there are few hypotheses")]
        if p_values[index] * remaining as f64 > error {
            break;
        }
        rejected[index] = true;
    }
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_interval_matches_published_values() {
        // R's binom.test(1, 20) and binom.test(0, 10); the rule of three is
        // close to the latter.
        let (low, high) = rate_interval(1, 20);
        assert!((low - 0.001_265).abs() < 1e-5, "{low}");
        assert!((high - 0.248_733).abs() < 1e-5, "{high}");
        let (low, high) = rate_interval(0, 10);
        assert!(
            low.abs() < 1e-12 && (high - 0.308_497).abs() < 1e-5,
            "{high}"
        );
        assert!((rate_interval(10, 10).1 - 1.0).abs() < 1e-12);
        assert_eq!(rate_interval(0, 0), (0.0, 1.0));
    }

    #[test]
    fn fishers_tea_taster() {
        // All four cups named right: 1 in 70; three of four: 17 in 70.
        assert!((fisher(4, 4, 4, 8) - 1.0 / 70.0).abs() < 1e-12);
        assert!((fisher(3, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((fisher(0, 4, 4, 8) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_planted_cause_is_found_among_many_attributes() {
        assert!(fisher(6, 6, 6, 40) * 1_000.0 < 0.05);
    }

    #[test]
    fn holm_stops_at_the_first_hypothesis_that_is_not_rejected() {
        assert_eq!(
            holm(&[0.01, 0.04, 0.03, 0.005], 0.05),
            [true, false, false, true]
        );
        assert!(holm(&[], 0.05).is_empty());
    }
}
