//! See `hgtop_fuzz::terminal_input`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| hgtop_fuzz::terminal_input(bytes));
