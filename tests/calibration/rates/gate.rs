//! Gates: false passes while every finished job is looked at, and how soon a
//! good rollout passes.

use fastrand::Rng;
use hgtop::config::Condition;
use hgtop::rollout::{Confidence, Gate, GateInput, GateResult};

use super::table::{Effort, Measurement};

const WAVES: usize = 400;
const JOBS: usize = 500;
const SEED: u64 = 42;

pub fn measure(effort: Effort) -> Vec<Measurement> {
    let waves = effort.repetitions(WAVES);
    let mut measured = Vec::new();
    for (limit, rate) in [
        (2.0, 0.021),
        (2.0, 0.03),
        (2.0, 0.04),
        (5.0, 0.055),
        (5.0, 0.1),
    ] {
        let passes = count_results(limit, rate, waves, GateResult::Pass);
        let world = format!(
            "failed<={limit}%, true rate {:.1} %, {JOBS} looks",
            rate * 100.0
        );
        let conclusion = "gate, 95 %: false pass";
        measured.push(Measurement::at_most(
            0.05,
            conclusion,
            world,
            SEED,
            (passes, waves),
        ));
    }
    let passes = count_results(5.0, 0.0125, waves, GateResult::Pass);
    let world = format!("failed<=5%, true rate 1.25 %, {JOBS} jobs");
    let counts = (passes, waves);
    measured.push(Measurement::at_least(
        0.95,
        "gate, 95 %: pass",
        world,
        SEED,
        counts,
    ));
    let holds = count_results(5.0, 0.05, waves, GateResult::Hold);
    let world = format!("failed<=5%, true rate 5.0 %, {JOBS} looks");
    let counts = (holds, waves);
    measured.push(Measurement::at_most(
        0.05,
        "gate, 95 %: false hold",
        world,
        SEED,
        counts,
    ));
    let wrong = plain_results_that_are_wrong(waves);
    let world = "2 to 80 jobs, looks after each";
    measured.push(Measurement::at_most(
        0.0,
        "gate, plain: wrong",
        world,
        SEED,
        (wrong, waves),
    ));
    measured
}

/// The waves whose gate has a result after any of their jobs.
fn count_results(limit: f64, rate: f64, waves: usize, wanted: GateResult) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let condition: Condition = format!("failed<={limit}%").parse().unwrap();
    let confidence: Confidence = "95".parse().unwrap();
    let with_result = (0..waves).filter(|_| {
        let mut gate = Gate::new(vec![condition], Some(confidence), 0);
        let mut failed = 0;
        let mut has_result = false;
        for finished in 1..=JOBS {
            failed += usize::from(rng.f64() < rate);
            gate.observe(GateInput {
                failed,
                finished,
                expected: JOBS,
            });
            has_result |= gate.result() == wanted;
        }
        has_result
    });
    with_result.count()
}

/// The waves whose plain gate decides otherwise than the outcome of all jobs.
fn plain_results_that_are_wrong(waves: usize) -> usize {
    let mut rng = Rng::with_seed(SEED);
    let wrong = (0..waves).filter(|_| {
        let jobs = rng.usize(2..=80);
        let limit = rng.usize(0..=20);
        let condition: Condition = format!("failed<={limit}%").parse().unwrap();
        let rate = rng.f64() * 0.3;
        let outcomes: Vec<bool> = (0..jobs).map(|_| rng.f64() < rate).collect();
        let failures = outcomes.iter().filter(|failed| **failed).count();
        let truth = if failures * 100 <= limit * jobs {
            GateResult::Pass
        } else {
            GateResult::Hold
        };
        let mut gate = Gate::new(vec![condition], None, 0);
        let mut failed = 0;
        let is_wrong = (1..).zip(&outcomes).any(|(finished, outcome)| {
            failed += usize::from(*outcome);
            gate.observe(GateInput {
                failed,
                finished,
                expected: jobs,
            });
            gate.result() != GateResult::Inconclusive && gate.result() != truth
        });
        is_wrong || gate.result() != truth
    });
    wrong.count()
}
