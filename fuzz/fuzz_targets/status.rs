//! See `hgtop_fuzz::status`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::status(bytes));
