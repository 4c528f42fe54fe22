//! What is fuzzed: for each target a function that feeds bytes to a parser and
//! checks what must hold for any input.
//!
//! The targets in `fuzz_targets` call these functions, and `tests/fuzz_corpora.rs`
//! replays the committed corpora through them on the stable compiler.

use std::path::Path;
use std::time::{Duration, SystemTime};

#[cfg(unix)]
use crossterm::event::Event;
use hgtop::app::{Action, Filter, FilterClock, KeyMap, Typing};
use hgtop::config::{Change, Condition, JobEntryId, Overrides, apply, hotglue_cli_value};
use hgtop::history::read_fields;
use hgtop::hotglue::{
    FlowId, Job, JobStatus, KeyMask, TenantId, fold_fields, mask_api_keys, parse_timestamp,
    pretty_lines, read_flows, read_jobs, read_references, read_tenants, retry_after, stage_spans,
    top_level_fields,
};
use hgtop::http_server::AllowedHosts;
use hgtop::rollout::{Confidence, error_line, fingerprint};
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

/// A function that checks one input.
pub type Check = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Check)] = &[
    ("config", config),
    ("config_edit", config_edit),
    ("error_line", error_line_and_fingerprint),
    ("filter", filter),
    ("gate", gate),
    ("history_fields", history_fields),
    ("hosts", hosts),
    ("hotglue_cli", hotglue_cli),
    ("key_mask", key_mask),
    ("keys", keys),
    ("listing", listing),
    ("mask", mask),
    ("references", references),
    ("retry_after", retry_after_header),
    ("status", status),
    #[cfg(unix)]
    ("terminal_input", terminal_input),
    ("times", times),
];

/// The text of an input; invalid UTF-8 is checked as its replacement.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The two parts of an input, around its first line break.
fn parts(bytes: &[u8]) -> (String, String) {
    let text = text(bytes);
    let (first, second) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), second.to_owned())
}

/// Whether a text acts on a terminal.
fn acts(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && c != '\n')
}

fn parse_config(text: &str) -> Result<hgtop::config::Config, hgtop::config::ConfigError> {
    hgtop::config::parse(text, Path::new("config.toml"), &Overrides::default())
}

/// Any text is a config or an error that can be shown: no error acts on a
/// terminal, and no environment is without its parts.
pub fn config(bytes: &[u8]) {
    match parse_config(&text(bytes)) {
        Err(error) => {
            let shown = error.to_string();
            assert!(!acts(&shown), "{shown:?}");
            for line in shown.lines() {
                assert!(line.starts_with("config.toml") || line.starts_with("… and "));
            }
        }
        Ok(config) => {
            let environments = config.environments.len();
            assert!(config.jobs.iter().all(|job| job.environment < environments));
            let follows = &config.follows;
            assert!(
                follows
                    .iter()
                    .all(|follow| follow.environment < environments)
            );
        }
    }
}

/// Removing all jobs of a config leaves a config without jobs, restoring them
/// brings back the same jobs, and adding them again changes nothing.
pub fn config_edit(bytes: &[u8]) {
    let source = text(bytes);
    let Ok(config) = parse_config(&source) else {
        // A config with errors may be edited, but only while it is valid TOML.
        let _ = apply(&source, &Change::Remove(Vec::new()));
        return;
    };
    let name = |index: usize| config.environments[index].name.to_string();
    let ids = config.jobs.iter().map(|job| JobEntryId {
        environment: name(job.environment),
        job_root: job.address.job_root.clone(),
    });
    let Ok((without, saved)) = apply(&source, &Change::Remove(ids.collect())) else {
        return;
    };
    let rest = parse_config(&without).expect("a config without its jobs is valid");
    assert!(rest.jobs.is_empty(), "{without}");
    let (restored, _) = apply(&without, &Change::Restore(saved.removed)).expect("tables return");
    let again = parse_config(&restored).expect("the restored config is valid");
    assert_eq!(again.jobs, config.jobs, "{restored}");
    let jobs = config.jobs.iter().cloned();
    let entries = jobs.map(|job| {
        let environment = name(job.environment);
        job.with_environment(environment)
    });
    let (same, saved) = apply(&source, &Change::Add(entries.collect())).expect("a valid config");
    assert_eq!((saved.count, same.as_str()), (0, source.as_str()));
}

/// Any message has one error line of bounded length, and a bounded fingerprint.
pub fn error_line_and_fingerprint(bytes: &[u8]) {
    let (tenant, message) = parts(bytes);
    let line = error_line(&message);
    assert!(line.chars().count() <= 400 && !line.contains('\n'));
    assert!(message.contains(line) || message.is_empty());
    let key = fingerprint(&message, &tenant);
    assert!(key.chars().count() < 800, "{key}");
    assert_eq!(key.is_empty(), line.is_empty());
}

/// Any text is a filter, or has a mistake at a place in it.
pub fn filter(bytes: &[u8]) {
    let text = text(bytes);
    let clock = FilterClock::default();
    for typing in [Typing::InProgress, Typing::Finished] {
        match Filter::parse(&text, &clock, typing) {
            Ok(filter) => {
                assert_eq!(filter.text(), text);
                let _ = filter.is_empty();
            }
            Err(error) => {
                assert!(text.is_char_boundary(error.at));
                assert!(!error.message.is_empty());
            }
        }
    }
}

/// Any text is a condition that is read back from its own text, or an error.
pub fn gate(bytes: &[u8]) {
    let text = text(bytes);
    if let Ok(condition) = text.parse::<Condition>() {
        let again = condition.to_string().parse::<Condition>();
        assert_eq!(again, Ok(condition), "{condition}");
    }
    let _ = text.parse::<Confidence>();
}

/// Recorded fields that another program damaged are no fields; what is read
/// does not act on a terminal.
pub fn history_fields(bytes: &[u8]) {
    for (name, value) in read_fields(&text(bytes)) {
        assert!(!acts(name.as_str()) && !acts(value.as_str()));
    }
}

/// Only loopback addresses, `localhost`, the address of the listener and the
/// allowed names pass the check of the Host header.
pub fn hosts(bytes: &[u8]) {
    let (further, host) = parts(bytes);
    let allowed = AllowedHosts::with(std::slice::from_ref(&further));
    let local = "192.0.2.1".parse().ok();
    if !allowed.allows(&host, local) {
        return;
    }
    let known = |name: &str| host.to_ascii_lowercase().contains(name);
    let further = further.trim_matches(['[', ']', '.']).to_ascii_lowercase();
    let is_known = ["localhost", "127.", "::", "192.0.2.1", "7f", "c000"]
        .iter()
        .any(|name| known(name));
    assert!(is_known || known(&further) || host.contains(':'), "{host}");
}

/// Any file of hotglue's own tool gives a value of one line, or none.
pub fn hotglue_cli(bytes: &[u8]) {
    let text = text(bytes);
    for name in ["env", "apikey"] {
        if let Some(value) = hotglue_cli_value(&text, name) {
            assert!(!value.is_empty() && !value.contains('\n'));
            assert!(text.contains(&value));
        }
    }
}

/// Masking the key of an environment leaves valid JSON valid, and no string of
/// it contains the key.
pub fn key_mask(bytes: &[u8]) {
    let (key, json) = parts(bytes);
    let is_key = key.len() >= 6 && key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_key {
        return;
    }
    let masked = KeyMask::new(&key).apply_to_json(json.clone());
    let Ok(before) = serde_json::from_str::<serde_json::Value>(&json) else {
        return;
    };
    let after: serde_json::Value = serde_json::from_str(&masked)
        .unwrap_or_else(|error| panic!("{error}: {masked:?} of {json:?} without {key:?}"));
    if let (Some(_), Some(after)) = (before.as_str(), after.as_str()) {
        assert!(!after.contains(&key), "{json:?} without {key:?}: {after:?}");
    }
}

/// Any words are a key map or an error; a map names the keys of every action.
/// Each line is an action and its keys.
pub fn keys(bytes: &[u8]) {
    let text = text(bytes);
    let bindings: Vec<(&str, Vec<String>)> = text
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let action = words.next().unwrap_or_default();
            (action, words.map(str::to_owned).collect())
        })
        .collect();
    let bindings = bindings
        .iter()
        .map(|(action, keys)| (*action, keys.as_slice()));
    match KeyMap::rebind(bindings) {
        Ok(map) => {
            for action in Action::all() {
                let _ = map.keys(action);
            }
        }
        Err((_, error)) => assert!(!error.to_string().is_empty()),
    }
}

/// Any body is a listing or an error; what is listed does not act on a terminal.
pub fn listing(bytes: &[u8]) {
    let body = text(bytes);
    let (Ok(flow), Ok(tenant)) = (FlowId::parse("f"), TenantId::parse("t")) else {
        return;
    };
    if let Ok(tenants) = read_tenants(&body) {
        assert!(tenants.is_sorted());
        assert!(tenants.iter().all(|tenant| !acts(tenant.as_str())));
    }
    for flow in read_flows(&body).unwrap_or_default() {
        assert!(!acts(flow.id.as_str()));
        assert!(flow.name.is_none_or(|name| !acts(name.as_str())));
    }
    let mut started = None;
    for listed in read_jobs(&body, &flow, &tenant).unwrap_or_default() {
        assert!(!acts(&listed.address.job_root.to_string()));
        let at = listed.job.start_time.and_then(|moment| moment.at);
        assert!(started.is_none_or(|before| before >= at));
        started = Some(at);
    }
}

/// Masking API keys accepts any text, and masks all in one pass.
pub fn mask(bytes: &[u8]) {
    let text = text(bytes);
    let masked = mask_api_keys(&text).into_owned();
    assert_eq!(mask_api_keys(&masked), masked.as_str());
}

/// Any text is references or errors; a reference is read back from JSON.
pub fn references(bytes: &[u8]) {
    for read in read_references(&text(bytes)) {
        assert!(read.line <= read.last_line);
        let Ok(reference) = read.result else { continue };
        let root = reference.job_root.to_string();
        let json = format!(
            r#"{{"job_root":{}}}"#,
            serde_json::Value::from(root.as_str())
        );
        let again = read_references(&json);
        assert_eq!(again.len(), 1, "{json}");
        let same = again[0]
            .result
            .as_ref()
            .map(|reference| reference.job_root.clone());
        assert_eq!(same.ok(), Some(reference.job_root), "{json}");
    }
}

/// Any header is a wait within the limit, or none.
pub fn retry_after_header(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut lines = bytes.split(|byte| *byte == b'\n');
    for name in [RETRY_AFTER, DATE] {
        if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
            headers.insert(name, value);
        }
    }
    let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
    if let Some(wait) = retry_after(&headers, now) {
        assert!(wait <= Duration::from_mins(10));
    }
}

/// Any body is a job or an error; nothing that could control a terminal is left.
pub fn status(bytes: &[u8]) {
    let Ok(job) = Job::decode(&text(bytes)) else {
        return;
    };
    let _ = (job.status.state(), job.status.stage());
    let status = job.status.as_str();
    assert!(
        status.len() <= 64 && !status.contains(char::is_control),
        "{status:?}"
    );
    assert_eq!(JobStatus::parse(status), job.status);
    if let Some(message) = &job.message {
        assert!(!acts(message.as_str()));
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
}

/// Any bytes of a terminal are events; a paste is finished by a pause, contains
/// no marker of its own, and keys work after it. The first byte decides after
/// which bytes the input pauses.
#[cfg(unix)]
pub fn terminal_input(bytes: &[u8]) {
    use hgtop::terminal::InputParser;

    let Some((pauses, input)) = bytes.split_first() else {
        return;
    };
    let mut parser = InputParser::default();
    let events = parser.parse(input, false);
    assert!(!events.iter().any(|event| matches!(event, Event::Paste(_))));
    let is_pasting = parser.pause_needed().is_some();
    let pasted = parser.pause();
    assert_eq!(pasted.is_some(), is_pasting);
    if let Some(pasted) = pasted {
        assert!(!pasted.text.contains("\x1b[200~") && !pasted.text.contains("\x1b[201~"));
        assert!(!pasted.is_complete || pasted.typed.is_empty());
    }
    let mut parser = InputParser::default();
    for (index, byte) in input.iter().enumerate() {
        let _ = parser.parse(&[*byte], index + 1 < input.len());
        if index % 8 == usize::from(pauses % 8) && parser.pause_needed().is_some() {
            let _ = parser.pause();
        }
    }
    while parser.pause_needed().is_some() {
        let _ = parser.pause();
    }
    // An escape sequence that is not complete ends after at most 64 bytes.
    let typed = parser.parse(&[b'x'; 80], false);
    assert!(typed.iter().any(|event| matches!(event, Event::Key(_))));
}

/// Any text is a time or none; stages never end before the first of their
/// times. Each line is a time and a status.
pub fn times(bytes: &[u8]) {
    let text = text(bytes);
    let mut steps = Vec::new();
    for line in text.lines() {
        let (time, status) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(at) = parse_timestamp(time) {
            assert_eq!(parse_timestamp(&at.to_string()), Some(at));
            steps.push((JobStatus::parse(status), at));
        }
    }
    let count = steps.len();
    assert!(stage_spans(steps).len() <= count);
}
