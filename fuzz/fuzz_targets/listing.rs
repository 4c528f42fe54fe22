//! See `hgtop_fuzz::listing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::listing(bytes));
