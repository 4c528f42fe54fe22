//! See `hgtop_fuzz::hotglue_cli`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::hotglue_cli(bytes));
