//! How often hgtop's conclusions are right, measured on simulated rollouts
//! whose truth is known. The worlds are not used by the product.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the example and the test each use a part of it"
)]

mod anomalies;
mod attributes;
mod comparison;
mod forecast;
mod gate;
mod oracle;
mod row_counts;
mod table;
mod world;

pub use table::{Effort, Measurement, page};

/// Measures every conclusion, each kind in its own thread.
pub fn measure(effort: Effort) -> Vec<Measurement> {
    let kinds = [
        forecast::measure,
        anomalies::measure,
        gate::measure,
        attributes::measure,
        row_counts::measure,
        comparison::measure,
    ];
    std::thread::scope(|scope| {
        let threads = kinds.map(|measure| scope.spawn(move || measure(effort)));
        let measured = threads.map(|thread| thread.join().unwrap());
        measured.into_iter().flatten().collect()
    })
}
