//! A part of the calibration: see docs/calibration.md.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod rates;

use rates::{Effort, Measurement, measure, page};

/// How many standard errors a rate of a small sample may lie beyond its target.
const TOLERANCE: f64 = 3.0;

#[test]
fn conclusions_are_as_often_right_as_they_claim() {
    let measured = measure(Effort::Small);
    let missed: Vec<_> = measured
        .iter()
        .filter(|one| !one.is_known_to_miss() && !one.is_within(TOLERANCE))
        .map(Measurement::line)
        .collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let page = page(&measured);
    for conclusion in [
        "ETA: finished by p90",
        "last job named right, 75 % finished",
        "slow, silent: false alarm",
        "gate, plain: wrong",
        "rows: false alarm",
    ] {
        assert!(page.contains(&format!("| {conclusion} |")), "{conclusion}");
    }
}
