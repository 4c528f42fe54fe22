//! Any text is a config or an error that can be shown: no error acts on a
//! terminal, and no environment is without its parts.
#![no_main]

use std::path::Path;

use hgtop::config::{Overrides, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text, Path::new("config.toml"), &Overrides::default()) {
        Err(error) => {
            let shown = error.to_string();
            let acts = |c: char| c.is_control() && c != '\n';
            assert!(!shown.contains(acts), "{shown:?}");
            for line in shown.lines() {
                assert!(line.starts_with("config.toml") || line.starts_with("… and "));
            }
        }
        Ok(config) => {
            let environments = config.environments.len();
            assert!(config.jobs.iter().all(|job| job.environment < environments));
            let follows = &config.follows;
            assert!(follows.iter().all(|follow| follow.environment < environments));
        }
    }
});
