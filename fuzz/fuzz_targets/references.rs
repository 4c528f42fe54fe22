//! Any text is references or errors; a reference is read back from JSON.
#![no_main]

use hgtop::hotglue::read_references;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for read in read_references(text) {
        assert!(read.line <= read.last_line);
        let Ok(reference) = read.result else { continue };
        let root = reference.job_root.to_string();
        let json = format!(
            r#"{{"job_root":{}}}"#,
            serde_json::Value::from(root.as_str())
        );
        let again = read_references(&json);
        assert_eq!(again.len(), 1, "{json}");
        let same = again[0].result.as_ref().map(|reference| reference.job_root.clone());
        assert_eq!(same.ok(), Some(reference.job_root), "{json}");
    }
});
