//! See `hgtop_fuzz::config_edit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::config_edit(bytes));
