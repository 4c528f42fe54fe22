//! Any body is a job or an error; nothing that could move a cursor is left.
#![no_main]

use hgtop::hotglue::{Job, fold_fields, pretty_lines, top_level_fields};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    let Ok(job) = Job::decode(body) else { return };
    let _ = (job.status.state(), job.status.stage());
    if let Some(message) = &job.message {
        let foreign = |each: char| each.is_control() && each != '\n' && each != '\t';
        assert!(!message.as_str().contains(foreign));
    }
    let _ = top_level_fields(&job.raw);
    let folded = fold_fields(&job.raw, |name| name == "state", "folded");
    let _ = pretty_lines(&folded);
});
