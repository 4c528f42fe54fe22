//! See `hgtop_fuzz::history_fields`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::history_fields(bytes));
