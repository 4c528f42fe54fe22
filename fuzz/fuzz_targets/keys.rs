//! Any words are a key map or an error; a map leaves a way to quit.
#![no_main]

use hgtop::app::{Action, KeyMap};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bindings: Vec<(String, Vec<String>)>| {
    let bindings = bindings
        .iter()
        .map(|(action, keys)| (action.as_str(), keys.as_slice()));
    match KeyMap::rebind(bindings) {
        Ok(map) => {
            for action in Action::all() {
                let _ = map.keys(action);
            }
        }
        Err((_, error)) => assert!(!error.to_string().is_empty()),
    }
});
