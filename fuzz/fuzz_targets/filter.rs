//! Any text is a filter.
#![no_main]

use hgtop::app::Filter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let filter = Filter::new(text);
    assert_eq!(filter.text(), text);
    let _ = filter.is_empty();
});
