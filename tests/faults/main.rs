//! Faults of the network and the service, each injected for real on the
//! loopback interface (docs/faults.md lists them). After each of them the
//! error names cause and fix, the last known state stays, and other jobs are
//! polled as before.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod bad_networks;
mod certificates_and_proxies;
mod connections;
mod outages;
mod pair;
mod rejections;
mod responses;
mod schedules;
