//! See `hgtop_fuzz::references`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::references(bytes));
