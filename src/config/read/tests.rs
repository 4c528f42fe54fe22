//! Reading config files: what they say, and their errors.

use std::time::Duration;

use super::*;
use crate::config::condition::Condition;
use crate::config::contents::Settings;
use crate::config::template::TEMPLATE;
use crate::config::values::Accent;

fn read(source: &str) -> Result<Config, ConfigError> {
    parse(source, Path::new("hgtop.toml"), &Overrides::default())
}

fn error(source: &str) -> String {
    read(source).unwrap_err().to_string()
}

const ENVIRONMENT: &str = "[environments.dev]\nenv_id = \"dev.x.xyz\"\n";

#[test]
fn example_config_is_valid_and_shows_the_defaults() {
    let config = read(TEMPLATE).unwrap();
    let defaults = Settings::default();
    assert_eq!(config.settings, defaults, "the example shows the defaults");
    assert_eq!(config.environments.len(), 1);
    assert!(config.jobs.is_empty(), "an example is not polled");
    assert!(config.views.is_empty());
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn commented_parts_of_the_example_are_valid() {
    let mut commented = String::from("[environments.dev]\nenv_id = \"x\"\n");
    let mut inside = false;
    for line in TEMPLATE.lines() {
        let text = line.strip_prefix("# ").unwrap_or_default();
        inside = (inside && text.contains(" = ")) || text.starts_with("[[");
        if inside {
            commented.push_str(text);
            commented.push('\n');
        }
    }
    let config = read(&commented).unwrap();
    assert_eq!(config.jobs.len(), 2);
    let job = &config.jobs[0];
    assert_eq!(job.name.as_str(), "acme nightly");
    assert_eq!(job.address.tenant.as_str(), "acme");
    assert_eq!(job.address.flow.as_str(), "l8odS2mce");
    assert_eq!(job.poll_interval, Some(Duration::from_secs(2)));
    assert_eq!(config.views[0].entry.filter, "tag:rollout-42");
    assert_eq!(config.follows.len(), 1);
}

#[test]
fn accent_is_a_color_by_name_or_channels() {
    let config = read(&format!("{ENVIRONMENT}accent = \"orange\"\n")).unwrap();
    assert_eq!(config.environments[0].accent, Some(Accent::Named(1)));
    insta::assert_snapshot!(error(&format!("{ENVIRONMENT}accent = \"crimson\"\n")),
        @r##"hgtop.toml:3:10: accent must be one of red, orange, yellow, green, cyan, blue, magenta, or a color such as #d7263d"##);
}

#[test]
fn errors_name_the_place_and_suggest_the_nearest_name() {
    insta::assert_snapshot!(error("poll_intervall = \"5s\""),
        @r#"hgtop.toml:1:1: unknown key "poll_intervall" (did you mean "poll_interval"?)"#);
    insta::assert_snapshot!(error("\npoll_interval = 5"),
        @r#"hgtop.toml:2:17: invalid type: integer `5`, expected a duration in quotes, such as `5s`"#);
    insta::assert_snapshot!(error("poll_interval = \"0s\""),
        @r#"hgtop.toml:1:17: poll_interval must be between `1s` and `10m`"#);
    insta::assert_snapshot!(error("theme = \"drak\""),
        @r#"hgtop.toml:1:9: unknown value "drak"; use one of: auto, dark, light, high-contrast, mono"#);
    insta::assert_snapshot!(error("max_requests_per_second = 0"),
        @r#"hgtop.toml:1:27: max_requests_per_second must be between 1 and 1000"#);
    insta::assert_snapshot!(error("[environments.dev]\nbase_url = \"https://h\""),
        @r#"hgtop.toml:1:1: missing key "env_id""#);
    insta::assert_snapshot!(error("[[jobs]]\njob_root = \"a/flows/f/jobs/j\""),
        @r#"hgtop.toml:1:1: no environment is configured; add [environments.NAME] with its env_id"#);
    let several = format!(
        "{ENVIRONMENT}[[jobs]]\nenvironment = \"dve\"\njob_root = \"a/flows/f/jobs/j\"\n\
         [[jobs]]\njob_root = \"odd/root\"\n[[jobs]]\njob_root = \"a/../b\"\n"
    );
    insta::assert_snapshot!(error(&several), @r#"
    hgtop.toml:4:15: unknown environment "dve" (did you mean "dev"?)
    hgtop.toml:7:12: job_root is not of the form TENANT/flows/FLOW/jobs/…; set tenant and flow too
    hgtop.toml:9:12: job_root must not be '.' or '..', or contain them between slashes
    "#);
}

#[test]
fn errors_never_repeat_an_api_key() {
    for source in [
        "[environments.dev]\nenv_id = \"x\"\napi_key = SECRET",
        "[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET",
        "[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET key\"",
        "[environments.dev]\nenv_id = \"x\"\napi_key_env = \"SECRET-\"",
        "[environments.dev]\nenv_id = \"x\"\napi_key_command = \"SECRET\"",
        "[environments.dev]\nenv_id = \"x\"\napi_key = [\"SECRET\"]",
        "max_requests_per_second = \"SECRET\"",
    ] {
        let error = read(source).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
    }
    let config = read("[environments.dev]\nenv_id = \"x\"\napi_key = \"SECRET\"").unwrap();
    assert!(!format!("{config:?}").contains("SECRET"));
}

#[test]
fn escape_sequences_of_the_file_never_reach_an_error() {
    // Escape, the 8-bit control introducer, a bidirectional override, a line
    // break, and a line separator.
    let hostile = r"\u001B[2J\u009B1m\u202Eevil\n\u2028forged";
    let job = "[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n";
    for source in [
        format!("\"{hostile}\" = 1"),
        format!("theme = \"{hostile}\""),
        format!("notify = [\"{hostile}\"]"),
        format!("poll_interval = \"{hostile}\""),
        format!("max_requests_per_second = \"{hostile}\""),
        format!("[environments.\"{hostile}\"]\nenv_id = \"x\""),
        format!("[environments.dev]\nenv_id = \"{hostile}\""),
        format!("[environments.dev]\nenv_id = \"x\"\nbase_url = \"{hostile}\""),
        format!("[environments.dev]\nenv_id = \"x\"\n\"{hostile}\" = 1"),
        format!("[environments.dev]\nenv_id = \"x\"\napi_key_env = \"{hostile}\""),
        format!("{ENVIRONMENT}{job}environment = \"{hostile}\""),
        format!("{ENVIRONMENT}{job}tenant = \"{hostile}\""),
        format!("{ENVIRONMENT}{job}\"{hostile}\" = 1\n\"{hostile}\" = 2"),
        format!("{ENVIRONMENT}[[follow]]\nflow = \"{hostile}\"\ntenants = \"*\""),
        format!("{ENVIRONMENT}[[follow]]\nflow = \"f\"\ntenants = [\"{hostile}\"]"),
        format!("{ENVIRONMENT}[[follow]]\nflow = \"f\"\ntenants = \"*\"\nsince = \"{hostile}\""),
        format!("{ENVIRONMENT}[[follow]]\nflow = \"f\"\ntenants = \"*\"\ngate = \"{hostile}\""),
    ] {
        let error = read(&source).unwrap_err().to_string();
        let acts = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
        assert!(!error.contains(acts), "{source}: {error:?}");
    }
    let config = read(&format!("{ENVIRONMENT}[keys]\n\"{hostile}\" = \"q\"")).unwrap();
    let binding = &config.keys[0];
    let error = config.problem_at(binding.place, format!("unknown action {}", binding.action));
    assert_eq!(
        error.to_string(),
        "hgtop.toml:4:1: unknown action ␛[2J\u{fffd}1m\u{fffd}evil ⏎ \u{fffd}forged"
    );
    let job = format!("{ENVIRONMENT}{job}name = \"{hostile}\"\n{job}");
    let warnings = read(&job).unwrap().warnings.join("");
    assert!(!warnings.contains(char::is_control), "{warnings:?}");
}

#[test]
fn many_errors_take_linear_time() {
    let mut source = ENVIRONMENT.to_owned();
    for number in 0..50_000 {
        source.push_str(&format!("[[jobs]]\njob_root = \"odd/root/{number}\"\n"));
    }
    let error = error(&source);
    assert!(error.ends_with("… and 49990 more"), "{error}");
}

#[test]
fn env_id_that_is_a_url_is_rejected() {
    let message = error("[environments.dev]\nenv_id = \"http://foo/bar\"");
    insta::assert_snapshot!(message, @"hgtop.toml:2:10: env_id must be a name such as dev.example-env.hotglue.xyz, not a URL");
}

#[test]
fn start_and_gate_of_a_follow_are_read_in_every_form() {
    let follow = |lines: &str| {
        let source = format!("{ENVIRONMENT}[[follow]]\nflow = \"f\"\ntenants = \"*\"\n{lines}");
        read(&source).unwrap().follows.remove(0)
    };
    let start = "2026-11-24T09:00:00Z".parse().unwrap();
    for written in [
        "2026-11-24T09:00:00Z",
        "2026-11-24 09:00:00Z",
        "2026-11-24T10:00:00+01:00",
        "\"2026-11-24T09:00:00Z\"",
        "\" 2026-11-24T04:00:00-05:00 \"",
    ] {
        assert_eq!(
            follow(&format!("since = {written}")).since,
            Some(start),
            "{written}"
        );
    }
    let gate = |lines: &str| -> Vec<String> {
        let follow = follow(lines);
        follow.gate.iter().map(Condition::to_string).collect()
    };
    assert_eq!(gate("gate = \"failed <= 2%\""), ["failed<=2%"]);
    assert_eq!(
        gate("gate = [\"failed<=2%\", \"failed<3\"]"),
        ["failed<=2%", "failed<3"]
    );
    let plain = follow("");
    assert_eq!((plain.since, plain.gate.len()), (None, 0));
}

#[test]
fn wrong_starts_and_gates_are_errors_with_place_and_fix() {
    let error = |line: &str| {
        error(&format!(
            "{ENVIRONMENT}[[follow]]\nflow = \"f\"\ntenants = \"*\"\n{line}"
        ))
    };
    insta::assert_snapshot!(error("since = 2026-11-24T09:00:00"), @"hgtop.toml:6:9: since has no time zone: write a time with one, such as 2026-11-24T09:00:00Z");
    insta::assert_snapshot!(error("since = \"2026-11-24T09:00:00.5\""), @"hgtop.toml:6:9: since has no time zone: write a time with one, such as 2026-11-24T09:00:00.5Z");
    insta::assert_snapshot!(error("since = 2026-11-24"), @"hgtop.toml:6:9: since has no time zone: write a time with one, such as 2026-11-24T00:00:00Z");
    insta::assert_snapshot!(error("since = 09:00:00"), @"hgtop.toml:6:9: since has no time zone: write a time with one, such as 2026-11-24T09:00:00Z");
    insta::assert_snapshot!(error("since = \"yesterday\""), @"hgtop.toml:6:9: since must be a date and time such as 2026-11-24T09:00:00Z or 2026-11-24T10:00:00+01:00");
    insta::assert_snapshot!(error("since = 5"), @"hgtop.toml:6:9: since must be a date and time such as 2026-11-24T09:00:00Z");
    insta::assert_snapshot!(error("gate = \"done<=2%\""), @r#"hgtop.toml:6:8: gate: expected a condition such as failed<=2%, failed<3, rows>=80% or p90<=1.3x, not "done<=2%""#);
    insta::assert_snapshot!(error("gate = [\"failed<3\", \"x\"]"), @r#"hgtop.toml:6:8: gate: expected a condition such as failed<=2%, failed<3, rows>=80% or p90<=1.3x, not "x""#);
    insta::assert_snapshot!(error("gate = 2"), @"hgtop.toml:6:8: gate must be a condition such as `failed<=2%`, or a list of them");
    insta::assert_snapshot!(error("sinse = 2026-11-24T09:00:00Z"), @r#"hgtop.toml:6:1: unknown key "sinse" (did you mean "since"?)"#);
}

#[test]
fn duplicate_job_is_watched_once_with_a_warning() {
    let job = "[[jobs]]\njob_root = \"a/flows/f/jobs/j\"\n";
    let config = read(&format!("{ENVIRONMENT}{job}{job}")).unwrap();
    assert_eq!(config.jobs.len(), 1);
    assert_eq!(config.warnings, [r#"duplicate job, watched once: "j""#]);
}

#[test]
fn command_line_overrides_the_environment() {
    let overrides = Overrides {
        env: None,
        base_url: Some("http://127.0.0.1:9".to_owned()),
        env_id: Some("other".to_owned()),
    };
    let config = parse(ENVIRONMENT, Path::new("x"), &overrides).unwrap();
    assert_eq!(config.environments[0].env_id.as_str(), "other");
    assert_eq!(
        config.environments[0].base_url.to_string(),
        "http://127.0.0.1:9"
    );
    let config = parse("", Path::new("x"), &overrides).unwrap();
    assert_eq!(config.environments[0].name.as_str(), "other");
    let unknown = Overrides {
        env: Some("prod".to_owned()),
        ..Overrides::default()
    };
    assert!(parse(ENVIRONMENT, Path::new("x"), &unknown).is_err());
}

proptest::proptest! {
    #[test]
    fn any_text_gives_a_config_or_an_error(source in "[a-z_\\[\\]=\"' \\n0-9.#{},\\PC]{0,200}") {
        if let Err(error) = read(&source) {
            let shown = error.to_string();
            proptest::prop_assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}

#[test]
fn mistakes_in_commands_are_reported_at_their_place() {
    for (command, expected) in [
        ("run = []", "hgtop.toml:5:7: run must name a program to run"),
        (
            "run = [\"{tenant}\"]",
            "hgtop.toml:5:8: the program must not have placeholders; use them in its arguments",
        ),
        (
            "run = [\"a\", \"{tennant}\"]",
            "hgtop.toml:5:13: unknown placeholder \"{tennant}\" (did you mean \"tenant\"?)",
        ),
        (
            "run = [\"a\"]\noutputs = \"pane\"",
            "hgtop.toml:6:1: unknown key \"outputs\" (did you mean \"output\"?)",
        ),
    ] {
        let text = format!("{ENVIRONMENT}[[commands]]\nname = \"x\"\n{command}\n");
        assert_eq!(error(&text).trim(), expected, "{command}");
    }
}
