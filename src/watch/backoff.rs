//! How long to wait after failures: exponential, with full jitter, a floor
//! and a cap, and no arithmetic that could overflow.

use std::time::Duration;

use fastrand::Rng;

/// No wait after a failure is shorter.
const FLOOR: Duration = Duration::from_secs(1);

/// A wait after `failures` failures in a row: a random part of
/// `base × 2^(failures − 1)`, that product being at most `cap`.
pub(super) fn full_jitter(rng: &mut Rng, base: Duration, cap: Duration, failures: u32) -> Duration {
    // Beyond 2^20 any base has long passed any cap.
    let doublings = failures.saturating_sub(1).min(20);
    let window = base.saturating_mul(1 << doublings).min(cap);
    window.mul_f64(rng.f64()).max(FLOOR)
}

/// A length between `from` and `to` times `length`.
pub(super) fn between(rng: &mut Rng, length: Duration, from: f64, to: f64) -> Duration {
    length.mul_f64(from + (to - from) * rng.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_within_bounds_for_ever() {
        let mut rng = Rng::with_seed(1);
        let (base, cap) = (Duration::from_secs(5), Duration::from_mins(2));
        for failures in [0, 1, 2, 5, 64, 100, 5_000, u32::MAX] {
            for _ in 0..100 {
                let wait = full_jitter(&mut rng, base, cap, failures);
                assert!((FLOOR..=cap).contains(&wait), "{failures}: {wait:?}");
            }
        }
        let longest = (0..1_000)
            .map(|_| full_jitter(&mut rng, base, cap, 5_000))
            .max();
        assert!(longest > Some(Duration::from_secs(110)));
    }
}
