//! See `hgtop_fuzz::retry_after_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::retry_after_header(bytes));
