//! Running many seeds on all cores.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::totals::Totals;

/// A seed whose world violated something.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) problem: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { seed, problem } = self;
        writeln!(f, "seed {seed}: {problem}")?;
        write!(
            f,
            "repeat it: SIMULATION_SEED={seed} cargo test --test simulation one_seed"
        )
    }
}

/// Runs one seed.
///
/// # Errors
/// When something was violated, or the program panicked.
pub(crate) fn one(seed: u64) -> Result<Totals, Failure> {
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| super::run(seed)));
    let problem = match outcome {
        Ok(Ok(totals)) => return Ok(totals),
        Ok(Err(problem)) => problem,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
            format!("panic: {}", text.unwrap_or_default())
        }
    };
    Err(Failure { seed, problem })
}

/// Runs seeds on all cores; `report` is called after each one.
pub(crate) fn many(
    seeds: std::ops::Range<u64>,
    report: impl Fn(u64) + Sync,
) -> (Totals, Vec<Failure>) {
    let next = AtomicU64::new(seeds.start);
    let result = Mutex::new((Totals::default(), Vec::new()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = one(seed);
                    let mut result = result.lock().expect("no panic while it is held");
                    match outcome {
                        Ok(totals) => result.0.add(totals),
                        Err(failure) => result.1.push(failure),
                    }
                    drop(result);
                    report(seed);
                }
            });
        }
    });
    result.into_inner().expect("no panic while it is held")
}
