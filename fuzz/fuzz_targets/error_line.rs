//! See `hgtop_fuzz::error_line_and_fingerprint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::error_line_and_fingerprint(bytes));
