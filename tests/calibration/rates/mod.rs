//! How often hgtop's conclusions are right, measured on simulated rollouts
//! whose truth is known. The worlds are not used by the product.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the example and the test each use a part of it"
)]

mod attributes;
mod comparison;
mod gate;
mod table;
mod world;

pub use table::{Effort, Measurement, page};

/// Measures every conclusion.
pub fn measure(effort: Effort) -> Vec<Measurement> {
    let mut measured = gate::measure(effort);
    measured.extend(attributes::measure(effort));
    measured.extend(comparison::measure(effort));
    measured
}
