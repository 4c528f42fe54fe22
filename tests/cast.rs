//! The recording of the README replays: asciinema's format, version 2.

use serde_json::Value;

const CAST: &str = include_str!("../assets/rollout.cast");

/// The longest recording in seconds.
const LONGEST: f64 = 25.0;

#[test]
fn recording_has_a_header_and_rising_times() {
    let mut lines = CAST.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(header["version"], 2);
    assert_eq!(
        (&header["width"], &header["height"]),
        (&120.into(), &34.into())
    );
    let mut last = 0.0;
    for line in lines {
        let (time, kind, _): (f64, String, String) = serde_json::from_str(line).unwrap();
        assert!(time >= last, "{time} after {last}");
        assert_eq!(kind, "o");
        last = time;
    }
    assert!((15.0..=LONGEST).contains(&last), "{last} seconds");
}

#[test]
fn recording_shows_a_rollout_and_contains_no_secret() {
    let mut screen = vt100::Parser::new(34, 120, 0);
    let mut shown = [
        ("Failure groups", false),
        ("Burn-up", false),
        ("finished", false),
    ];
    let mut everything = String::new();
    for line in CAST.lines().skip(1) {
        let (_, _, text): (f64, String, String) = serde_json::from_str(line).unwrap();
        screen.process(text.as_bytes());
        let contents = screen.screen().contents();
        for (wanted, is_shown) in &mut shown {
            *is_shown |= contents.contains(*wanted);
        }
        everything.push_str(&text);
    }
    assert!(shown.iter().all(|(_, is_shown)| *is_shown), "{shown:?}");
    for secret in [
        "x-api-key",
        "demo-key",
        "HOTGLUE_API_KEY",
        "/home/",
        "/root",
    ] {
        assert!(!everything.contains(secret), "{secret}");
    }
}
