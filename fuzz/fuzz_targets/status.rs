//! Any body is a job or an error; nothing that could control a terminal is left.
#![no_main]

use hgtop::hotglue::{Job, JobStatus, fold_fields, pretty_lines, top_level_fields};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &str| {
    let Ok(job) = Job::decode(body) else { return };
    let _ = (job.status.state(), job.status.stage());
    let status = job.status.as_str();
    assert!(
        status.len() <= 64 && !status.contains(char::is_control),
        "{status:?}"
    );
    assert_eq!(JobStatus::parse(status), job.status);
    if let Some(message) = &job.message {
        let controls = |c: char| c.is_control() && c != '\n';
        assert!(!message.as_str().contains(controls));
    }
    for (name, value) in job.facts() {
        assert!(!format!("{name}{value}").contains(char::is_control));
    }
    if let Some(rows) = job.rows() {
        assert!(rows.streams.len() <= 64);
        for name in rows.streams.keys() {
            assert!(name.as_str().len() < 128 && !name.as_str().contains(char::is_control));
        }
    }
    let _ = job.status_times();
    let _ = top_level_fields(&job.raw);
    let folded = fold_fields(&job.raw, |name| name == "state", "folded");
    let _ = pretty_lines(&folded);
});
