//! Exact tests of counts, and the correction for testing several of them.

use statrs::function::factorial::ln_binomial;

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
    fn holm_stops_at_the_first_hypothesis_that_stands() {
        assert_eq!(
            holm(&[0.01, 0.04, 0.03, 0.005], 0.05),
            [true, false, false, true]
        );
        assert!(holm(&[], 0.05).is_empty());
    }
}
