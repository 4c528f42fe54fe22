//! Any text is references or reasons; what was read is read again from what it
//! prints.
#![no_main]

use hgtop::hotglue::read_references;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for read in read_references(text) {
        let Ok(reference) = read.result else { continue };
        let root = reference.job_root.to_string();
        // A root of another form is one only where a column or a field says so.
        if reference.job_root.parts().is_none() {
            continue;
        }
        let again = read_references(&root);
        assert_eq!(again.len(), 1, "{root}");
        let same = again[0].result.as_ref().map(|each| each.job_root.clone());
        assert_eq!(same.ok(), Some(reference.job_root), "{root}");
    }
});
