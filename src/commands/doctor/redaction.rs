//! Removing secrets from what a support bundle contains.
//!
//! Only keys that are known to hold no secret keep their values. Comments are
//! left out, because they can contain anything.

use toml::{Table, Value};

use crate::hotglue::mask_api_keys;

/// What is written instead of a secret.
pub(super) const MASK: &str = "••••";
/// A shorter value is no secret, and replacing it would garble the text.
const SHORTEST_SECRET: usize = 6;

/// Keys of the config file whose values are kept.
const KEPT: [&str; 28] = [
    "poll_interval",
    "max_requests_per_second",
    "max_concurrent_requests",
    "theme",
    "glyphs",
    "notify",
    "history",
    "env_id",
    "allow_http",
    "read_only",
    "accent",
    "name",
    "environment",
    "job_root",
    "tenant",
    "flow",
    "tags",
    "tenants",
    "since",
    "gate",
    "filter",
    "sort",
    "group",
    "columns",
    "key",
    "on",
    "output",
    "confirm",
];
/// Keys that hold a program with its arguments.
const PROGRAMS: [&str; 3] = ["on_change", "api_key_command", "run"];

/// A config file without secrets and comments; `None` where it is not TOML.
pub(super) fn redacted_config(text: &str) -> Option<String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut table: Table = text.parse().ok()?;
    for (key, value) in &mut table {
        match (key.as_str(), &mut *value) {
            ("environments", Value::Table(environments)) => {
                for (_, environment) in environments.iter_mut() {
                    redact_entry(environment);
                }
            }
            ("jobs" | "follow" | "views" | "commands", Value::Array(entries)) => {
                entries.iter_mut().for_each(redact_entry);
            }
            // Names of keys.
            ("keys", Value::Table(_)) => {}
            _ => redact(key, value),
        }
    }
    toml::to_string(&table).ok()
}

/// The API keys that a config file contains.
pub(super) fn keys_in_config(text: &str) -> Vec<String> {
    let table: Table = text.parse().unwrap_or_default();
    let environments = table.get("environments").and_then(Value::as_table);
    let environments = environments.into_iter().flat_map(Table::values);
    let keys = environments.filter_map(|environment| environment.get("api_key")?.as_str());
    keys.map(str::to_owned).collect()
}

fn redact_entry(entry: &mut Value) {
    match entry {
        Value::Table(table) => table.iter_mut().for_each(|(key, value)| redact(key, value)),
        other => *other = Value::from(MASK),
    }
}

fn redact(key: &str, value: &mut Value) {
    if KEPT.contains(&key) && !value.is_table() {
        return;
    }
    let kept = match &*value {
        Value::Array(arguments) if PROGRAMS.contains(&key) => program(arguments),
        Value::String(name) if key == "api_key_env" && is_variable(name) => Some(name.clone()),
        Value::String(url) if key == "base_url" => host(url),
        _ => None,
    };
    *value = Value::from(kept.unwrap_or_else(|| MASK.to_owned()));
}

/// A program, and how many arguments it has.
fn program(arguments: &[Value]) -> Option<String> {
    let (program, rest) = arguments.split_first()?;
    Some(format!(
        "{} and {} arguments",
        program.as_str()?,
        rest.len()
    ))
}

/// Whether a text is the name of a variable, and not a key by mistake.
fn is_variable(name: &str) -> bool {
    let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() <= 64 && name.contains('_') && name.chars().all(is_upper)
}

/// The scheme and the host of an address.
fn host(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    (!host.contains('@')).then(|| format!("{scheme}://{host}"))
}

/// The text without these secrets, without anything that has the form of an
/// API key, and without lines about fields that can contain secrets.
pub(super) fn redacted_text(text: &str, secrets: &[String]) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        if line.contains("override_") || line.contains("\"state\"") {
            kept.push_str("(withheld: a line with state or override_*)\n");
            continue;
        }
        let mut line = line.to_owned();
        for secret in secrets
            .iter()
            .filter(|secret| secret.len() >= SHORTEST_SECRET)
        {
            line = line.replace(secret.as_str(), MASK);
        }
        kept.push_str(&mask_api_keys(&line));
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_keeps_its_structure_and_loses_its_secrets() {
        let text = "# SECRET-1\npoll_interval = \"2s\"\non_change = [\"notify\", \"SECRET-2\"]\n\
                    SECRET_unknown = \"SECRET-3\"\n[environments.dev]\nenv_id = \"dev.x\"\n\
                    api_key = \"SECRET-4\"\nbase_url = \"https://u:SECRET-5@h/\"\n\
                    job_url = \"https://h/?t=SECRET-6\"\n[environments.prod]\nenv_id = \"p\"\n\
                    api_key_env = \"secret-SECRET-7\"\nbase_url = \"https://h:1/a?SECRET-8\"\n\
                    [[jobs]]\njob_root = \"a/flows/f/jobs/1\" # SECRET-9\n[[commands]]\n\
                    name = \"c\"\nrun = [\"curl\", \"SECRET-10\"]\n";
        let redacted = redacted_config(text).unwrap();
        assert!(!redacted.contains("SECRET-"), "{redacted}");
        for kept in [
            "2s",
            "dev.x",
            "a/flows/f/jobs/1",
            "https://h:1",
            "curl and 1 arg",
        ] {
            assert!(redacted.contains(kept), "{kept}: {redacted}");
        }
        assert_eq!(redacted_config("api_key = SECRET"), None);
    }

    #[test]
    fn text_loses_secrets_by_value_and_by_form() {
        let secrets = ["hush-hush".to_owned(), "a".to_owned()];
        let text = "a b hush-hush c\nx-api-key: abcdef123456\n{\"state\":{\"t\":\"deep\"}}\nlast\n";
        let redacted = redacted_text(text, &secrets);
        for secret in ["hush", "abcdef123456", "deep"] {
            assert!(!redacted.contains(secret), "{redacted}");
        }
        assert!(redacted.starts_with("a b •••• c\n") && redacted.ends_with("last\n"));
    }
}
