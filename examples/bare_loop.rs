//! The least that polls jobs: one thread, one client, each job every five
//! seconds, evenly spread. `scripts/measure.py` compares hgtop with it.
//!
//! Reads the base URL from `BASE`, the API key from `KEY` and the paths of the
//! status calls from `ROOTS`, separated by spaces.

use std::time::Duration;

use hgtop::hotglue::Job;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

const INTERVAL: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let (base, key, paths) = (variable("BASE"), variable("KEY"), variable("ROOTS"));
    let http = reqwest::Client::builder().http1_only().no_proxy().build();
    let http = http.unwrap_or_default();
    let urls: Vec<_> = paths
        .split_whitespace()
        .map(|path| format!("{base}/{path}"))
        .collect();
    let count = u32::try_from(urls.len()).unwrap_or(1).max(1);
    let mut loops = tokio::task::JoinSet::new();
    for (number, url) in (0..).zip(urls) {
        let (http, key) = (http.clone(), key.clone());
        loops.spawn(async move {
            let mut ticks = interval_at(Instant::now() + INTERVAL * number / count, INTERVAL);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let response = http.get(&url).header("x-api-key", &key).send().await;
                let Ok(response) = response else { continue };
                let body = response.text().await.unwrap_or_default();
                std::hint::black_box(Job::decode(&body).is_ok());
            }
        });
    }
    while loops.join_next().await.is_some() {}
}
