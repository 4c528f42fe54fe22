//! Simulated days: see `world` and docs/simulation.md.
#![expect(clippy::expect_used, reason = "a test may panic")]

mod world;

use world::run;

/// A seed of a small world.
const SMALL: u64 = 5;

/// A few seeds; `.ci/run` runs a thousand.
#[test]
fn some_seeds_hold() {
    let (totals, failures) = run::many(0..6, |_| {});
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(
        totals.requests > 1_000 && totals.transitions > 100,
        "{totals:?}"
    );
}

/// The seed that `SIMULATION_SEED` names.
#[test]
fn one_seed() {
    let seed = std::env::var("SIMULATION_SEED");
    let seed = seed.map_or(SMALL, |text| text.parse().expect("a number"));
    match run::one(seed) {
        Ok(totals) => println!("{totals:?}"),
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn a_seed_repeats_itself() {
    let runs = [run::one(SMALL), run::one(SMALL)].map(|run| run.map_err(|it| it.to_string()));
    assert_eq!(runs[0], runs[1]);
    let other = run::one(SMALL + 1).map_err(|it| it.to_string());
    assert_ne!(runs[0], other);
}
