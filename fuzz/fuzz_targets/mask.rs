//! See `hgtop_fuzz::mask`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::mask(bytes));
