//! How a troubled service answers, now and then.

use fastrand::Rng;

/// What to do instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// 429 with `Retry-After: 2`.
    TooMany,
    /// 502, 503 or 504.
    Gateway(u16),
    /// No answer at all.
    Silence,
    /// A sign-in page.
    Html,
    /// JSON that breaks off.
    HalfJson,
    /// JSON without a status.
    NoStatus,
}

/// Draws a fault for about one request in eight.
pub(super) fn draw(rng: &mut Rng) -> Option<Fault> {
    Some(match rng.u16(0..1000) {
        0..=4 => Fault::TooMany,
        5..=69 => Fault::Gateway([502, 503, 504][rng.usize(0..3)]),
        70..=79 => Fault::Silence,
        80..=99 => Fault::Html,
        100..=114 => Fault::HalfJson,
        115..=124 => Fault::NoStatus,
        _ => return None,
    })
}
