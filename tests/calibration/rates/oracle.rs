//! What is possible at best: an oracle that knows how a world works, and the
//! typical duration of every tenant in this rollout, but not what will happen.

use fastrand::Rng;

use super::world::World;

/// How many runs the oracle knows a distribution from.
const RUNS: usize = 20_000;
/// How many futures it considers.
const FUTURES: usize = 500;

/// A running run as the oracle knows it; times are in seconds.
#[derive(Debug, Clone, Copy)]
pub struct RunningRun {
    pub started: f64,
    pub ln_typical: f64,
    /// How long it had run at its last poll.
    pub elapsed: f64,
}

/// An oracle for one world.
pub struct Oracle {
    /// Logarithms of durations as multiples of the typical one, ascending.
    outcomes: Vec<f64>,
    rng: Rng,
}

impl Oracle {
    pub fn new(world: &World, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        let mut outcomes: Vec<f64> = (0..RUNS).map(|_| world.outcome(&mut rng).0).collect();
        outcomes.sort_by(f64::total_cmp);
        Self { outcomes, rng }
    }

    /// The index of the run that is the last in most futures.
    pub fn last(&mut self, runs: &[RunningRun]) -> Option<usize> {
        let mut times_last = vec![0; runs.len()];
        for _ in 0..FUTURES {
            let finish = |run: &RunningRun| {
                // Of all outcomes those that take longer than it has run.
                let reached = run.elapsed.max(1e-9).ln() - run.ln_typical;
                let longer = self.outcomes.partition_point(|outcome| *outcome <= reached);
                let chosen = longer + self.rng.usize(0..(RUNS - longer).max(1));
                let outcome = self.outcomes.get(chosen).copied();
                run.started + (run.ln_typical + outcome.unwrap_or(reached)).exp()
            };
            let finishes: Vec<f64> = runs.iter().map(finish).collect();
            let finishes = finishes.iter().enumerate();
            let last = finishes.max_by(|(_, one), (_, other)| one.total_cmp(other));
            if let Some((last, _)) = last {
                times_last[last] += 1;
            }
        }
        let counted = times_last.iter().enumerate();
        Some(counted.max_by_key(|(_, times)| **times)?.0)
    }
}
