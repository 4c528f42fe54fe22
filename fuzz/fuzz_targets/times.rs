//! See `hgtop_fuzz::times`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::times(bytes));
