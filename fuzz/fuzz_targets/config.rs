//! Any text is a config or an error that can be shown; no error shows a key.
#![no_main]

use std::path::Path;

use hgtop::config::{Overrides, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = parse(text, Path::new("hgtop.toml"), &Overrides::default()) {
        let _ = error.to_string();
    }
});
