//! See `hgtop_fuzz::gate`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::gate(bytes));
