//! An anytime-valid test of whether failures became more or less frequent,
//! stratified by tenant.
//!
//! Given how many of a tenant's runs failed in all, each of them is equally
//! likely to be the one after the start when nothing changed: the condition of
//! Fisher's exact test, for each stratum on its own, so that a tenant that
//! always fails says nothing (N. Mantel, W. Haenszel, "Statistical aspects of
//! the analysis of data from retrospective studies of disease", Journal of the
//! National Cancer Institute 22, 1959). Under a change by an odds ratio the
//! outcome has the noncentral hypergeometric distribution (J. Cornfield, "A
//! statistical problem arising from retrospective studies", Proceedings of the
//! Third Berkeley Symposium 4, 1956). The likelihood ratio of the two, averaged
//! over odds ratios, is evidence in the sense of `confidence_sequence`: it
//! reaches `1 / error` with a probability of at most `error` while nothing
//! changed, however often it is looked at.

use super::confidence_sequence::Side;

/// A tenant with runs before the start and one after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rollout) struct Stratum {
    /// The failed runs among those before the start.
    pub(crate) failed_before: u32,
    /// The finished runs before the start.
    pub(crate) finished_before: u32,
    /// Whether the run after the start failed; `None` while it is running.
    pub(crate) failed: Option<bool>,
}

/// The changes of the odds that the evidence is averaged over.
const ODDS_RATIOS: [f64; 10] = [1.5, 2.0, 3.0, 4.5, 7.0, 10.0, 16.0, 24.0, 40.0, 80.0];

impl Stratum {
    /// The logarithm of the likelihood of the outcome under an odds ratio,
    /// relative to that without a change.
    fn ln_likelihood_ratio(self, ln_odds_ratio: f64, failed: bool) -> f64 {
        let in_all = f64::from(self.failed_before) + f64::from(u8::from(failed));
        let share = in_all / (f64::from(self.finished_before) + 1.0);
        let gain = if failed { ln_odds_ratio } else { 0.0 };
        gain - (share * ln_odds_ratio.exp_m1()).ln_1p()
    }
}

/// Whether the outcomes prove that failures are less frequent (`Below`) or
/// more frequent (`Above`) than before, with an error rate of at most `error`.
/// A running job counts as the outcome that speaks against it.
pub(in crate::rollout) fn proves_change(side: Side, strata: &[Stratum], error: f64) -> bool {
    ln_evidence(side, strata) >= -error.ln()
}

fn ln_evidence(side: Side, strata: &[Stratum]) -> f64 {
    let (sign, unknown) = match side {
        Side::Above => (1.0, false),
        Side::Below => (-1.0, true),
    };
    let logarithms = ODDS_RATIOS.map(|ratio| {
        let ratio = sign * ratio.ln();
        let strata = strata.iter();
        strata
            .map(|one| one.ln_likelihood_ratio(ratio, one.failed.unwrap_or(unknown)))
            .sum::<f64>()
    });
    let largest = logarithms.iter().copied().fold(f64::MIN, f64::max);
    let sum: f64 = logarithms.iter().map(|ln| (ln - largest).exp()).sum();
    #[expect(clippy::cast_precision_loss, reason = "there are ten odds ratios")]
    let count = ODDS_RATIOS.len() as f64;
    largest + (sum / count).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::statistics::exact::fisher;
    use fastrand::Rng;

    fn stratum(failed_before: u32, finished_before: u32, failed: bool) -> Stratum {
        Stratum {
            failed_before,
            finished_before,
            failed: Some(failed),
        }
    }

    #[test]
    fn evidence_of_a_stratum_is_one_on_average() {
        // One failure in all of eight runs: it is the last one in 1 of 8 cases.
        let share = fisher(1, 1, 1, 8);
        assert!((share - 0.125).abs() < 1e-12);
        for side in [Side::Above, Side::Below] {
            let last = ln_evidence(side, &[stratum(0, 7, true)]).exp();
            let earlier = ln_evidence(side, &[stratum(1, 7, false)]).exp();
            let expected = share * last + (1.0 - share) * earlier;
            assert!((expected - 1.0).abs() < 1e-12, "{expected}");
        }
    }

    #[test]
    fn tenants_that_always_or_never_fail_say_nothing() {
        for side in [Side::Above, Side::Below] {
            let always = vec![stratum(10, 10, true); 50];
            assert!(ln_evidence(side, &always).abs() < 1e-9);
            let never = vec![stratum(0, 10, false); 50];
            assert!(ln_evidence(side, &never).abs() < 1e-9);
        }
    }

    #[test]
    fn new_failures_are_proven_and_running_jobs_prove_nothing() {
        let mut strata = vec![stratum(0, 10, false); 54];
        strata.extend([stratum(0, 10, true); 6]);
        assert!(proves_change(Side::Above, &strata, 0.0025));
        assert!(!proves_change(Side::Below, &strata, 0.0025));
        let running = Stratum {
            failed: None,
            ..stratum(5, 10, true)
        };
        assert!(!proves_change(Side::Above, &[running; 40], 0.0025));
        assert!(!proves_change(Side::Below, &[running; 40], 0.0025));
        let healed = vec![stratum(9, 10, false); 20];
        assert!(proves_change(Side::Below, &healed, 0.0025));
    }

    #[test]
    fn chance_is_rarely_called_a_change_while_looking_at_every_tenant() {
        let mut rng = Rng::with_seed(4);
        let rollouts = 300;
        let wrong = (0..rollouts).filter(|_| {
            let mut strata = Vec::new();
            (0..80).any(|_| {
                // Some tenants fail often, most of them rarely.
                let rate = if rng.f64() < 0.1 { 0.5 } else { 0.03 };
                let runs = rng.u32(1..=10);
                let failed = (0..runs).filter(|_| rng.f64() < rate).count();
                let failed = u32::try_from(failed).unwrap();
                strata.push(stratum(failed, runs, rng.f64() < rate));
                proves_change(Side::Above, &strata, 0.025)
                    || proves_change(Side::Below, &strata, 0.025)
            })
        });
        assert!(wrong.count() * 20 <= rollouts);
    }
}
