//! What a paste of five megabytes costs: memory and time, from the paste to
//! the screen that shows how it was parsed.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::time::{Duration, Instant};

mod scenes;

use scenes::*;

const PASTE_BYTES: usize = 5 << 20;
/// Ten times the paste would be 50 MB; every reference kept costs about 400
/// bytes more than its text.
const MAX_PEAK_KB: u64 = 100_000;
/// Generous for an unoptimized build on a busy machine; a quadratic reader
/// takes hours.
const MAX_TIME: Duration = Duration::from_secs(30);

/// A value of `/proc/self/status`, in kB.
fn status(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let value = line.split_whitespace().nth(1).unwrap();
    value.parse().unwrap()
}

/// Text of the given size made from numbered parts.
fn filled(first: &str, part: impl Fn(usize) -> String) -> String {
    let mut text = first.to_owned();
    let mut number = 0;
    while text.len() < PASTE_BYTES {
        text.push_str(&part(number));
        number += 1;
    }
    text
}

#[test]
fn five_megabytes_cost_bounded_memory_and_linear_time() {
    let root = |number| format!("tenant-{number}/flows/l8odS2mce/jobs/2026/11/23/14/2/job{number}");
    let texts = [
        ("job_roots", filled("", |number| root(number) + "\n")),
        ("short lines", filled("", |_| "a\n".to_owned())),
        ("one line", filled("", |_| "a".to_owned())),
        (
            "JSON",
            filled("[", |number| {
                format!("{{\"job_root\":\"{}\"}},\n", root(number))
            }) + "{}]",
        ),
        ("open brackets", filled("", |_| "[\n".to_owned())),
        (
            "table",
            filled("job_root,name\n", |number| root(number) + ",night run\n"),
        ),
        (
            "curl commands",
            filled("", |number| {
                let url = "https://api.hotglue.com/dev.example-env.hotglue.xyz/f/t/jobs/status";
                format!("curl -H 'x-api-key: K' '{url}?job_root={}'\n", root(number))
            }),
        ),
    ];
    let before = status("VmRSS");
    for (name, text) in texts {
        let mut model = rollout(9, (120, 36));
        // Resets the peak.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let start = Instant::now();
        paste(&mut model, &text);
        let screen = screen_text(&model);
        let (time, peak) = (start.elapsed(), status("VmHWM").saturating_sub(before));
        println!("{name}: {peak} kB, {time:?}");
        assert!(screen.contains("pasted lines"), "{name}: {screen}");
        assert!(peak < MAX_PEAK_KB, "{name}: {peak} kB");
        assert!(time < MAX_TIME, "{name}: {time:?}");
    }
}
