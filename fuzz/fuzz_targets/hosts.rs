//! See `hgtop_fuzz::hosts`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::hosts(bytes));
