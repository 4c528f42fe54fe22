//! `hgtop doctor`: each problem is found, and its fix named.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Demo, Home, Run};

#[test]
fn each_problem_is_named_with_its_fix() {
    let demo = Demo::start(&["--jobs", "2"]);
    let home = Home::with_config(&demo.config);
    let run = home.run(&["doctor", "--output", "json"]);
    assert_eq!(run.code(), 0, "{}", run.out());
    let document: serde_json::Value = serde_json::from_str(&run.out()).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let result = |name: &str| {
        let check = checks.iter().find(|check| check["name"] == name);
        check.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    for name in [
        "config",
        "demo: connection",
        "demo: service",
        "demo: clock",
        "demo: access",
        "log",
    ] {
        assert_eq!(result(name), "ok", "{name}");
    }
    assert!(!run.out().contains("demo-key"));

    let refused = Home::with_config(&demo.config.replace("api_key = \"demo", "api_key = \"other"));
    let run = refused.run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(
        run.out().contains("API key refused (403: Forbidden)"),
        "{}",
        run.out()
    );
    let no_key = Home::with_config(
        "[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"http://127.0.0.1:9\"\n",
    );
    let run = no_key.run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(
        run.out().contains("$HOTGLUE_API_KEY is not set"),
        "{}",
        run.out()
    );
    assert!(
        run.out().contains("is the service running?"),
        "{}",
        run.out()
    );
    let run = Home::new().run(&["doctor"]);
    assert_eq!(run.code(), 1);
    assert!(run.out().contains("hgtop config init"), "{}", run.out());
}

#[test]
fn proxy_and_certificates_are_checked() {
    let demo = Demo::start(&["--jobs", "1"]);
    let home = Home::with_config(&demo.config);
    let doctor = |variables: &[(&str, &str)]| {
        let mut command = home.command(&["doctor"]);
        Run(command.envs(variables.iter().copied()).output().unwrap())
    };
    let run = doctor(&[
        ("HTTPS_PROXY", "socks5://127.0.0.1:1080"),
        ("SSL_CERT_FILE", "/nonexistent/roots.pem"),
    ]);
    assert_eq!(run.code(), 1);
    for part in [
        "$HTTPS_PROXY names a SOCKS proxy, which hgtop cannot use: expected http://HOST:PORT",
        "$SSL_CERT_FILE: no file at /nonexistent/roots.pem: correct or unset it",
    ] {
        assert!(run.out().contains(part), "{}", run.out());
    }
    let run = doctor(&[
        ("HTTPS_PROXY", "http://user:secret@127.0.0.1:3128"),
        ("NO_PROXY", "localhost,.example"),
    ]);
    assert!(run.out().contains("$HTTPS_PROXY: 127.0.0.1:3128"));
    assert!(run.out().contains("$NO_PROXY: localhost,.example"));
    assert!(!run.out().contains("secret"));
}

#[test]
fn only_the_named_environment_is_checked() {
    let demo = Demo::start(&["--jobs", "1"]);
    let other = "[environments.other]\nenv_id = \"other.x.xyz\"\napi_key_env = \"UNSET\"\n";
    let config = demo
        .config
        .replace("[[jobs]]", "[[jobs]]\nenvironment = \"demo\"");
    let home = Home::with_config(&format!("{config}\n{other}"));
    let run = home.run(&["doctor"]);
    assert!(run.out().contains("$UNSET is not set"), "{}", run.out());
    let run = home.run(&["-e", "demo", "doctor"]);
    assert!(!run.out().contains("UNSET"), "{}", run.out());
    assert_eq!(run.code(), 0, "{}", run.out());
}

/// Nothing that was planted is in the bundle, wherever it was.
#[test]
fn bundle_has_a_manifest_and_no_secret() {
    let secret = |number: u32| format!("planted-{number}-secret-value");
    let config = format!(
        "# {}\non_change = [\"notify\", \"{}\"]\n[environments.dev]\nenv_id = \"dev.x.xyz\"\n\
         base_url = \"http://127.0.0.1:9\"\napi_key = \"{}\"\n\
         job_url = \"https://example.com/?token={}\"\n[[jobs]]\n\
         job_root = \"acme/flows/f/jobs/1\"\n",
        secret(1),
        secret(2),
        secret(3),
        secret(4)
    );
    let home = Home::with_config(&config);
    let log = home.path("hgtop.log");
    let lines = format!(
        "kept line\nx-api-key: {}\n{{\"state\":{{\"token\":\"{}\"}}}}\noverride_start={}\nvalue {} {}\n",
        secret(5),
        secret(6),
        secret(7),
        secret(8),
        secret(3)
    );
    std::fs::write(&log, lines).unwrap();
    let bundle = home.path("support.md");
    let arguments = [
        "doctor",
        "--log-file",
        log.to_str().unwrap(),
        "--bundle",
        bundle.to_str().unwrap(),
    ];
    let run = || {
        let mut command = home.command(&arguments);
        command.env("MY_TOKEN", secret(8));
        command.env("HTTPS_PROXY", format!("http://u:{}@127.0.0.1:9", secret(9)));
        Run(command.output().unwrap())
    };
    let first = run();
    assert!(first.error().contains("wrote"), "{}", first.error());
    let text = std::fs::read_to_string(&bundle).unwrap();
    assert!(!text.contains("planted-"), "{text}");
    for part in [
        "## Manifest",
        "Withheld: API keys",
        "acme/flows/f/jobs/1",
        "kept line",
        "HTTPS_PROXY=(set, withheld)",
        "target: ",
        "runs: 0",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // An existing file is kept.
    let second = run();
    assert_eq!(second.code(), 2, "{}", second.error());
    assert_eq!(std::fs::read_to_string(&bundle).unwrap(), text);
}

#[test]
fn version_names_target_and_features() {
    let home = Home::new();
    let long = home.run(&["--version"]).out();
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        long.starts_with(&format!("hgtop {version}\ntarget:   ")),
        "{long}"
    );
    assert!(long.contains(std::env::consts::ARCH), "{long}");
    assert!(long.contains("features: TLS by rustls"), "{long}");
    assert_eq!(home.run(&["-V"]).out(), format!("hgtop {version}\n"));
    assert!(home.run(&["doctor"]).out().contains(std::env::consts::ARCH));
}
