//! Bounds on time and memory, whatever the input.

use std::time::{Duration, Instant};

use super::*;

/// Reads a text and checks that the time is linear: generous enough for a busy
/// machine, far too short for quadratic reading.
fn read_within(limit: Duration, text: &str) -> Vec<ReadReference> {
    let start = Instant::now();
    let found = read_references(text);
    let elapsed = start.elapsed();
    assert!(elapsed < limit, "{elapsed:?} for {} bytes", text.len());
    found
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn twenty_thousand_references_are_read_in_linear_time() {
    let root = |number| format!("tenant-{number}/flows/l8odS2mce/jobs/2026/11/24/j{number}");
    let json = lines(20_000, |number| {
        let comma = if number == 0 { "" } else { "," };
        format!(
            "{comma}\n  {{\n    \"job_root\": \"{}\"\n  }}",
            root(number)
        )
    });
    let texts = [
        lines(20_000, root),
        lines(20_000, |number| {
            format!("{{\"s3_root\":\"{}\"}}", root(number))
        }),
        format!("{{\"version\": 1, \"jobs\": [{json}]}}"),
        format!(
            "name,job_root\n{}",
            lines(20_000, |number| format!("job {number},{}", root(number)))
        ),
    ];
    for text in texts {
        let found = read_within(Duration::from_secs(3), &text);
        assert_eq!(found.len(), 20_000);
        assert!(found.iter().all(|read| read.result.is_ok()));
        assert!(found.is_sorted_by_key(|read| read.line));
    }
}

#[test]
fn invalid_json_on_every_line_is_read_in_linear_time() {
    for line in ["[", "[1,", "{\"a\":", "{\"a\":[", "["] {
        let text = lines(60_000, |_| line.to_owned());
        let found = read_within(Duration::from_secs(6), &text);
        assert_eq!(found.len(), 60_000);
        let is_invalid =
            |read: &ReadReference| matches!(read.result, Err(ReferenceError::InvalidJson { .. }));
        assert!(found.iter().all(is_invalid));
    }
}

#[test]
fn a_broken_value_does_not_hide_the_jobs_after_it() {
    let text = "[\n{\"s3_root\":\"a/flows/f/jobs/1\"},\n{\"s3_root\":\"b/flows/f/jobs/2\"},\noops\nc/flows/f/jobs/3\n";
    let valid = read_references(text);
    let valid: Vec<_> = valid.iter().filter(|read| read.result.is_ok()).collect();
    let lines: Vec<_> = valid.iter().map(|read| read.line).collect();
    assert_eq!(lines, [2, 3, 5]);
}

#[test]
fn the_number_of_references_is_limited() {
    let many = 120_000;
    let texts = [
        format!("[{}]", vec!["1"; many].join(",")),
        vec!["x"; many].join("\n"),
        format!("job_root\n{}", vec!["a/flows/f/jobs/1"; many].join("\n")),
    ];
    for text in texts {
        let found = read_references(&text);
        assert_eq!(found.len(), 100_001);
        let last = found.last().unwrap();
        assert_eq!(last.result, Err(ReferenceError::TooMany(100_000)));
    }
}

#[test]
fn excerpts_are_short() {
    let found = read_references(&"x".repeat(5_000_000));
    assert!(found[0].excerpt.as_str().len() < 300);
    let found = read_references(&format!("[\"{}\"]", "y ".repeat(2_000_000)));
    assert!(found[0].excerpt.as_str().len() < 300);
}
