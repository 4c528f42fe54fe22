//! Masking API keys accepts any text, and masks all in one pass.
#![no_main]

use hgtop::hotglue::mask_api_keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let masked = mask_api_keys(text).into_owned();
    assert_eq!(mask_api_keys(&masked), masked.as_str());
});
