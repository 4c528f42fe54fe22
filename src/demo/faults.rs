//! The faults of a service that misbehaves, and how often each occurs.

use fastrand::Rng;

/// What the service does instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    /// 429 with `Retry-After: 2`.
    TooManyRequests,
    /// 502, 503 or 504.
    Gateway(u16),
    /// No response until the client gives up.
    Silence,
    /// A sign-in page.
    Html,
    /// JSON that breaks off.
    TruncatedJson,
    /// JSON without a status.
    NoStatus,
}

/// Draws a fault for about one request in eight.
pub(super) fn draw(rng: &mut Rng) -> Option<Fault> {
    Some(match rng.u16(0..1000) {
        0..=4 => Fault::TooManyRequests,
        5..=69 => Fault::Gateway([502, 503, 504][rng.usize(0..3)]),
        70..=79 => Fault::Silence,
        80..=99 => Fault::Html,
        100..=114 => Fault::TruncatedJson,
        115..=124 => Fault::NoStatus,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn one_request_in_eight_meets_a_fault_and_every_kind_occurs() {
        let mut rng = Rng::with_seed(1);
        let drawn: Vec<_> = (0..10_000).filter_map(|_| draw(&mut rng)).collect();
        assert!((1_150..1_350).contains(&drawn.len()), "{}", drawn.len());
        let kinds: HashSet<_> = drawn.into_iter().collect();
        assert_eq!(kinds.len(), 8, "{kinds:?}");
    }
}
