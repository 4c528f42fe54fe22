//! Waits after failures: exponential, with full jitter, a minimum and a maximum,
//! and without overflow.

use std::time::Duration;

use fastrand::Rng;

/// The shortest wait after a failure.
const MIN_WAIT: Duration = Duration::from_secs(1);

/// Returns the wait after `failures` failures in a row: a random part of
/// `base × 2^(failures − 1)`, which is at most `max`.
pub(super) fn full_jitter(rng: &mut Rng, base: Duration, max: Duration, failures: u32) -> Duration {
    // 2^20 times any base exceeds any maximum.
    let doublings = failures.saturating_sub(1).min(20);
    let window = base.saturating_mul(1 << doublings).min(max);
    window.mul_f64(rng.f64()).max(MIN_WAIT)
}

/// Returns a random duration between `from` and `to` times `duration`.
pub(super) fn between(rng: &mut Rng, duration: Duration, from: f64, to: f64) -> Duration {
    duration.mul_f64(from + (to - from) * rng.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_their_limits_after_any_number_of_failures() {
        let mut rng = Rng::with_seed(1);
        let (base, max) = (Duration::from_secs(5), Duration::from_mins(2));
        for failures in [0, 1, 2, 5, 64, 100, 5_000, u32::MAX] {
            for _ in 0..100 {
                let wait = full_jitter(&mut rng, base, max, failures);
                assert!((MIN_WAIT..=max).contains(&wait), "{failures}: {wait:?}");
            }
        }
        let longest = (0..1_000)
            .map(|_| full_jitter(&mut rng, base, max, 5_000))
            .max();
        assert!(longest > Some(Duration::from_secs(110)));
    }
}
