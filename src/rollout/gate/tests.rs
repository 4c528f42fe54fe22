//! Tests of gates.

use proptest::prelude::*;

use super::*;

fn input(failed: usize, finished: usize, expected: usize) -> GateInput {
    GateInput {
        failed,
        finished,
        expected,
    }
}

fn gate(conditions: &[&str], confidence: Option<&str>, min_finished: usize) -> Gate {
    let conditions = conditions
        .iter()
        .map(|condition| condition.parse().unwrap());
    let confidence = confidence.map(|confidence| confidence.parse().unwrap());
    Gate::new(conditions.collect(), confidence, min_finished)
}

fn result(condition: &str, input: GateInput) -> GateResult {
    let mut gate = gate(&[condition], None, 0);
    gate.observe(input);
    gate.result()
}

#[test]
fn confidences_are_percentages() {
    for bad in ["", "high", "49", "100", "-1", "NaN"] {
        assert_eq!(bad.parse::<Confidence>(), Err(ConfidenceError), "{bad}");
    }
    assert!("95%".parse::<Confidence>().is_ok());
}

#[test]
fn plain_gate_waits_until_nothing_can_change_its_result() {
    // Two of 100 may fail.
    assert_eq!(
        result("failed<=2%", input(0, 97, 100)),
        GateResult::Inconclusive
    );
    assert_eq!(result("failed<=2%", input(0, 98, 100)), GateResult::Pass);
    assert_eq!(
        result("failed<=2%", input(2, 99, 100)),
        GateResult::Inconclusive
    );
    assert_eq!(result("failed<=2%", input(2, 100, 100)), GateResult::Pass);
    assert_eq!(result("failed<=2%", input(3, 3, 100)), GateResult::Hold);
    assert_eq!(result("failed<1", input(0, 4, 5)), GateResult::Inconclusive);
    assert_eq!(result("failed<1", input(0, 5, 5)), GateResult::Pass);
    assert_eq!(result("failed<1", input(1, 1, 5)), GateResult::Hold);
}

#[test]
fn inconclusive_plain_gate_names_the_clean_jobs_needed() {
    let mut gate = gate(&["failed<=2%"], None, 0);
    let counts = input(1, 56, 100);
    gate.observe(counts);
    // One more may fail: of 44 unfinished jobs 43 have to be clean.
    assert_eq!(gate.report(counts)[0].needed, Some(43));
    assert_eq!(
        gate.report(counts)[0].to_string(),
        "gate failed<=2%: inconclusive: 43 more clean jobs needed \
         (1 of 56 finished jobs failed, 95 % interval 0.0–9.6 %)"
    );
}

#[test]
fn report_names_result_counts_and_interval() {
    let mut gate = gate(&["failed<=2%"], None, 0);
    let counts = input(3, 40, 100);
    gate.observe(counts);
    assert_eq!(
        gate.report(counts)[0].to_string(),
        "gate failed<=2%: hold (3 of 40 finished jobs failed, 95 % interval 1.6–20.4 %)"
    );
    let nothing = input(0, 0, 5);
    assert_eq!(
        gate.report(nothing)[0].to_string(),
        "gate failed<=2%: hold (0 of 0 finished jobs failed)"
    );
}

#[test]
fn one_condition_holds_the_gate_and_all_have_to_pass() {
    let mut gate = gate(&["failed<=10%", "failed<3"], None, 0);
    gate.observe(input(2, 20, 40));
    assert_eq!(gate.result(), GateResult::Inconclusive);
    gate.observe(input(3, 20, 40));
    assert_eq!(gate.result(), GateResult::Hold);
    gate.observe(input(2, 40, 40));
    assert_eq!(gate.result(), GateResult::Pass);
}

#[test]
fn gate_with_confidence_does_not_decide_before_its_first_look() {
    let mut gate = gate(&["failed<=10%"], Some("95"), 60);
    gate.observe(input(0, 59, 1_000));
    assert_eq!(gate.result(), GateResult::Inconclusive);
    assert_eq!(gate.report(input(0, 59, 1_000))[0].needed, Some(1));
    gate.observe(input(0, 60, 1_000));
    assert_eq!(gate.result(), GateResult::Pass);
    // The proof does not expire.
    gate.observe(input(9, 80, 1_000));
    assert_eq!(gate.result(), GateResult::Pass);
}

#[test]
fn gate_with_confidence_stays_inconclusive_when_all_jobs_prove_too_little() {
    let mut gate = gate(&["failed<=2%"], Some("95"), 0);
    gate.observe(input(0, 20, 20));
    assert_eq!(gate.result(), GateResult::Inconclusive);
    assert!(gate.report(input(0, 20, 20))[0].needed.unwrap() > 100);
}

#[test]
fn conditions_on_a_number_are_exact_with_a_confidence_too() {
    let mut gate = gate(&["failed<3", "failed<=0%"], Some("95"), 0);
    gate.observe(input(0, 19, 20));
    assert_eq!(gate.result(), GateResult::Inconclusive);
    gate.observe(input(0, 20, 20));
    assert_eq!(gate.result(), GateResult::Pass);
}

/// The percentage of waves of 300 jobs with a failure rate that a gate passes.
fn percent_passed(rate: f64, seed: u64) -> usize {
    let mut rng = fastrand::Rng::with_seed(seed);
    let waves = 100;
    let passed = (0..waves).filter(|_| {
        let mut gate = gate(&["failed<=2%"], Some("95"), 50);
        let mut failed = 0;
        (1..=300).any(|finished| {
            failed += usize::from(rng.f64() < rate);
            gate.observe(input(failed, finished, 300));
            gate.result() == GateResult::Pass
        })
    });
    passed.count() * 100 / waves
}

#[test]
fn wave_that_fails_above_the_limit_rarely_passes_with_confidence() {
    assert!(percent_passed(0.04, 1) <= 5);
    assert!(percent_passed(0.021, 2) <= 5);
    assert!(percent_passed(0.001, 3) >= 75);
}

proptest! {
    #[test]
    fn plain_result_never_changes_once_it_is_decided(
        outcomes in proptest::collection::vec(any::<bool>(), 1..60),
        limit in 0_u32..=100,
    ) {
        let condition = format!("failed<={limit}%");
        let mut decided = None;
        let mut failed = 0;
        for (index, fails) in outcomes.iter().enumerate() {
            failed += usize::from(*fails);
            let now = result(&condition, input(failed, index + 1, outcomes.len()));
            if let Some(before) = decided {
                prop_assert_eq!(now, before);
            }
            if now != GateResult::Inconclusive {
                decided = Some(now);
            }
        }
        prop_assert!(decided.is_some());
    }
}
