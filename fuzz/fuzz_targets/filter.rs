//! Any text is a filter, or has a mistake at a place in it.
#![no_main]

use hgtop::app::{Filter, FilterClock, Typing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let clock = FilterClock::default();
    for typing in [Typing::InProgress, Typing::Finished] {
        match Filter::parse(text, &clock, typing) {
            Ok(filter) => {
                assert_eq!(filter.text(), text);
                let _ = filter.is_empty();
            }
            Err(error) => {
                assert!(text.is_char_boundary(error.at));
                assert!(!error.message.is_empty());
            }
        }
    }
});
