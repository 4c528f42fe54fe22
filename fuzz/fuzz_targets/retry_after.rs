//! Any header is a wait within the limit, or none.
#![no_main]

use std::time::{Duration, SystemTime};

use hgtop::hotglue::retry_after;
use libfuzzer_sys::fuzz_target;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let mut headers = HeaderMap::new();
    for (name, bytes) in [(RETRY_AFTER, &input.0), (DATE, &input.1)] {
        if let Ok(value) = HeaderValue::from_bytes(bytes) {
            headers.insert(name, value);
        }
    }
    if let Some(wait) = retry_after(&headers, SystemTime::now()) {
        assert!(wait <= Duration::from_mins(10));
    }
});
