//! Simulated days of the watcher, the model and the history: see
//! docs/simulation.md.
//!
//! `cargo run --release --example simulation -- --seeds 1000` runs the seeds 0
//! to 999, 24 hours each, on all cores.

#[path = "../tests/simulation/world/mod.rs"]
mod world;

use std::process::ExitCode;
use std::time::Instant;

use world::run;

fn main() -> ExitCode {
    let mut seeds = 0..1_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
        match (name.as_str(), number) {
            ("--seeds", Some(count)) => seeds.end = seeds.start + count,
            ("--from", Some(first)) => seeds = first..first + (seeds.end - seeds.start),
            _ => {
                eprintln!("usage: simulation [--from FIRST] [--seeds COUNT]");
                return ExitCode::from(2);
            }
        }
    }
    if seeds.end - seeds.start == 1 {
        print!("{}", world::plan::Plan::new(seeds.start));
    }
    let begin = Instant::now();
    let (totals, failures) = run::many(seeds.clone(), |_| {});
    let count = seeds.end - seeds.start;
    println!(
        "{count} seeds × 24 h in {:.1} s",
        begin.elapsed().as_secs_f64()
    );
    println!("{totals:#?}");
    for failure in failures.iter().take(20) {
        println!("{failure}");
    }
    println!("{} of {count} seeds failed", failures.len());
    if failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
