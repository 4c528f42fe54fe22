//! A simulated hotglue: an HTTP server on this machine that plays a rollout.
//!
//! It follows the paths, responses and errors of the API document and shares no
//! code with the client, so that each checks the other. The rollout is a pure
//! function of its seed and of the time since its start.

mod faults;
mod fixtures;
mod generator;
mod job;
mod rollout;
mod scenario;
mod server;
mod stages;

pub use scenario::{Options, Scenario};
pub(crate) use server::Service;
pub use server::{DEMO_KEY, serve};
