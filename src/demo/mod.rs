//! A simulated hotglue: a real HTTP server on this machine that tells the
//! story of a rollout.
//!
//! It keeps to the paths, answers and errors of the API document and shares no
//! code with the client, so that the two check each other. The story is a pure
//! function of its seed and of the time since the start.

mod faults;
mod fixtures;
mod generator;
mod scenario;
mod server;

pub use scenario::{Options, Scenario, ScenarioJob};
pub use server::{DEMO_KEY, Service, serve};
