//! `hgtop rollout`: starting and listing rollouts in the config file.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

mod support;

use support::Home;

const CONFIG: &str = "[environments.dev]
env_id = \"dev.x.xyz\"

# the first wave
[[follow]]
name = \"invoices\"   # a name
flow = \"f1\"
tenants = [\"acme\", \"globex\"]
gate = [\"failed<=2%\", \"failed<3\"]

[[follow]]
flow = \"f2\"
tenants = \"*\"
since = 2026-11-24T09:00:00Z # the start
";

#[test]
fn start_is_written_to_the_file_and_listed() {
    let home = Home::with_config(CONFIG);
    let run = home.run(&[
        "rollout",
        "start",
        "invoices",
        "--at",
        "2026-11-24T10:00:00+01:00",
    ]);
    assert_eq!(run.code(), 0, "{}", run.error());
    assert_eq!(
        run.out(),
        "rollout \"invoices\" starts at 2026-11-24T09:00:00Z\n"
    );
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    let gate = "gate = [\"failed<=2%\", \"failed<3\"]\n";
    let expected = CONFIG.replace(gate, &format!("{gate}since = 2026-11-24T09:00:00Z\n"));
    assert_eq!(text, expected);
    assert_eq!(
        home.run(&["rollout", "list"]).out(),
        "NAME      ENVIRONMENT  FLOW  SINCE                 TENANTS  GATE\n\
         invoices  dev          f1    2026-11-24T09:00:00Z  2        failed<=2% failed<3\n\
         f2        dev          f2    2026-11-24T09:00:00Z  all\n"
    );
    let run = home.run(&["rollout", "list", "--output", "json"]);
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    assert_eq!(
        document,
        serde_json::json!({"version": 1, "rollouts": [
            {"name": "invoices", "flow": "f1", "environment": "dev",
             "since": "2026-11-24T09:00:00Z", "tenants": ["acme", "globex"],
             "gate": ["failed<=2%", "failed<3"]},
            {"name": "f2", "flow": "f2", "environment": "dev",
             "since": "2026-11-24T09:00:00Z", "tenants": "*", "gate": []},
        ]})
    );
}

#[test]
fn start_by_flow_id_is_now_and_keeps_the_comment() {
    let home = Home::with_config(CONFIG);
    let before = jiff::Timestamp::now();
    let run = home.run(&["rollout", "start", "f2"]);
    assert_eq!(run.code(), 0, "{}", run.error());
    let text = fs::read_to_string(home.path("config.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("since")).unwrap();
    let (value, comment) = line["since = ".len()..].split_once(' ').unwrap();
    assert_eq!(comment, "# the start");
    let start: jiff::Timestamp = value.parse().unwrap();
    assert!(start.duration_since(before).abs() < jiff::SignedDuration::from_secs(30));
    assert!(
        run.out().ends_with("(before: 2026-11-24T09:00:00Z)\n"),
        "{}",
        run.out()
    );
}

#[test]
fn unknown_and_ambiguous_names_are_usage_errors() {
    let home = Home::with_config(CONFIG);
    for (name, expected) in [
        ("invoice", "(did you mean \"invoices\"?)"),
        ("nonsense", "no followed flow is named \"nonsense\""),
    ] {
        let run = home.run(&["rollout", "start", name]);
        assert_eq!(run.code(), 2);
        assert!(run.error().contains(expected), "{}", run.error());
    }
    let twice = format!("{CONFIG}[[follow]]\nflow = \"f2\"\ntenants = [\"acme\"]\n");
    let run = Home::with_config(&twice).run(&["rollout", "start", "f2"]);
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("several"), "{}", run.error());
    let none = Home::with_config("[environments.dev]\nenv_id = \"dev.x.xyz\"\n");
    let run = none.run(&["rollout", "start", "x"]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("hgtop add --follow"),
        "{}",
        run.error()
    );
    assert_eq!(none.run(&["rollout", "list"]).code(), 0);
    let bad = home.run(&["rollout", "start", "invoices", "--at", "soon"]);
    assert_eq!(bad.code(), 2);
}
