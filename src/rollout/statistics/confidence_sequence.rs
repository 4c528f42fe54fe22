//! An anytime-valid test of a failure rate against a limit: it may be looked
//! at after every job without raising the error rate.
//!
//! Evidence is the likelihood of the outcomes, averaged over rates on one side
//! of the limit, relative to their likelihood at the limit. While the true
//! rate lies on the other side, that ratio is a supermartingale that starts at
//! one, so by Ville's inequality it reaches `1 / error` with a probability of
//! at most `error`, however often it is looked at (the method of mixtures:
//! H. Robbins, "Statistical methods related to the law of the iterated
//! logarithm", Annals of Mathematical Statistics 41, 1970; S. Howard et al.,
//! "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals
//! of Statistics 49, 2021). The average is a Beta(1/2, 1/2) cut at the limit.

use statrs::function::beta::{beta_reg, ln_beta};

/// Both parameters of the Beta distribution that the average is taken over.
const PRIOR: f64 = 0.5;

/// Where the underlying failure rate lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rollout) enum Side {
    /// Below the limit.
    Below,
    /// Above the limit.
    Above,
}

/// The logarithm of the evidence that the rate lies on `side` of `limit`
/// (a share, exclusively between 0 and 1), after `failed` of `finished` jobs.
fn ln_evidence(side: Side, limit: f64, failed: u64, finished: u64) -> f64 {
    let clean = finished.saturating_sub(failed);
    let (limit, failed, clean) = match side {
        Side::Below => (limit, count(failed), count(clean)),
        Side::Above => (1.0 - limit, count(clean), count(failed)),
    };
    let mass = |failed: f64, clean: f64| {
        ln_beta(PRIOR + failed, PRIOR + clean) + beta_reg(PRIOR + failed, PRIOR + clean, limit).ln()
    };
    mass(failed, clean) - mass(0.0, 0.0) - failed * limit.ln() - clean * (-limit).ln_1p()
}

#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 jobs")]
fn count(jobs: u64) -> f64 {
    jobs as f64
}

/// Whether the outcomes prove that the failure rate lies on `side` of `limit`
/// with an error rate of at most `error`.
pub(in crate::rollout) fn proves(
    side: Side,
    limit: f64,
    failed: u64,
    finished: u64,
    error: f64,
) -> bool {
    ln_evidence(side, limit, failed, finished) >= -error.ln()
}

/// The rates that the outcomes do not rule out, from the lowest to the highest,
/// with an error rate of at most `error`.
pub(in crate::rollout) fn rate_sequence(failed: u64, finished: u64, error: f64) -> (f64, f64) {
    if finished == 0 {
        return (0.0, 1.0);
    }
    let rate = count(failed) / count(finished);
    let limit = |mut inside: f64, mut outside: f64, side: Side| {
        for _ in 0..40 {
            let middle = f64::midpoint(inside, outside);
            if proves(side, middle, failed, finished, error / 2.0) {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        outside
    };
    let low = if failed == 0 {
        0.0
    } else {
        limit(rate, 0.0, Side::Above)
    };
    let high = if failed >= finished {
        1.0
    } else {
        limit(rate, 1.0, Side::Below)
    };
    (low, high)
}

/// The largest number of jobs that is distinguished from more.
const MOST_NEEDED: u64 = 1 << 40;

/// How many more jobs must complete, none of them failing, until the outcomes
/// prove that the failure rate is below `limit`.
pub(in crate::rollout) fn clean_jobs_needed(
    limit: f64,
    failed: u64,
    finished: u64,
    error: f64,
) -> u64 {
    // Each clean job adds evidence, so the answer can be bisected.
    let suffices = |more: u64| proves(Side::Below, limit, failed, finished + more, error);
    if suffices(0) {
        return 0;
    }
    let (mut too_few, mut enough) = (0, 1);
    while !suffices(enough) {
        too_few = enough;
        enough = enough.saturating_mul(2);
        if enough > MOST_NEEDED {
            return MOST_NEEDED;
        }
    }
    while enough - too_few > 1 {
        let middle = too_few.midpoint(enough);
        if suffices(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    enough
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// The percentage of waves of `jobs` jobs that are proven to lie on `side` at
    /// any look.
    fn percent_proven(side: Side, limit: f64, rate: f64, jobs: u64, seed: u64) -> usize {
        let mut rng = Rng::with_seed(seed);
        let waves = 100;
        let proven = (0..waves).filter(|_| {
            let mut failed = 0;
            let mut proven = false;
            for finished in 1..=jobs {
                failed += u64::from(rng.f64() < rate);
                proven |= proves(side, limit, failed, finished, 0.05);
            }
            proven
        });
        proven.count() * 100 / waves
    }

    #[test]
    fn evidence_is_one_before_the_first_job() {
        assert!(ln_evidence(Side::Below, 0.02, 0, 0).abs() < 1e-9);
        assert!(ln_evidence(Side::Above, 0.02, 0, 0).abs() < 1e-9);
    }

    #[test]
    fn evidence_is_a_martingale_at_the_limit() {
        for (failed, finished) in [(0, 10), (1, 40), (7, 90)] {
            let limit = 0.05;
            let now = ln_evidence(Side::Below, limit, failed, finished).exp();
            let after_failure = ln_evidence(Side::Below, limit, failed + 1, finished + 1).exp();
            let after_success = ln_evidence(Side::Below, limit, failed, finished + 1).exp();
            let expected = limit * after_failure + (1.0 - limit) * after_success;
            assert!((expected / now - 1.0).abs() < 1e-9, "{failed}/{finished}");
        }
    }

    #[test]
    fn false_proofs_are_rare_under_continual_looking() {
        for rate in [0.02, 0.04] {
            assert!(
                percent_proven(Side::Below, 0.02, rate, 300, 1) <= 5,
                "{rate}"
            );
        }
        assert!(percent_proven(Side::Above, 0.05, 0.05, 300, 2) <= 5);
    }

    #[test]
    fn a_quarter_of_the_limit_is_proven_within_500_jobs() {
        assert!(percent_proven(Side::Below, 0.05, 0.0125, 500, 3) >= 95);
    }

    #[test]
    fn rate_sequence_is_wider_than_the_interval_of_a_single_look() {
        // Clopper and Pearson's 95 % interval of 5 in 100 is 1.64 to 11.28 %.
        let (low, high) = rate_sequence(5, 100, 0.05);
        assert!(0.005 < low && low < 0.0164, "{low}");
        assert!(0.1128 < high && high < 0.16, "{high}");
        assert_eq!(rate_sequence(0, 0, 0.05), (0.0, 1.0));
        assert!((rate_sequence(10, 10, 0.05).1 - 1.0).abs() < 1e-9);
        assert!(rate_sequence(0, 10, 0.05).0.abs() < 1e-9);
    }

    #[test]
    fn the_number_of_clean_jobs_needed_is_exact() {
        for (limit, failed, finished) in [(0.05, 0, 0), (0.02, 1, 60), (0.05, 3, 100)] {
            let needed = clean_jobs_needed(limit, failed, finished, 0.05);
            assert!(proves(Side::Below, limit, failed, finished + needed, 0.05));
            assert!(!proves(
                Side::Below,
                limit,
                failed,
                finished + needed - 1,
                0.05
            ));
        }
        assert_eq!(clean_jobs_needed(0.05, 0, 200, 0.05), 0);
    }
}
