//! See `hgtop_fuzz::key_mask`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::key_mask(bytes));
