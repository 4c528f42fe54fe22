//! See `hgtop_fuzz::filter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::filter(bytes));
