//! `hgtop export` as Prometheus meets it.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use support::{Demo, Home};

/// A running export, and where it listens.
struct Export(Child, String);

impl Drop for Export {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Export {
    fn start(home: &Home) -> Self {
        let mut child = home
            .command(&["export", "--listen", "127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap();
        let address = rest.trim().strip_suffix("/metrics").unwrap().to_owned();
        Self(child, address)
    }

    /// The whole answer to a request.
    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        write!(stream, "{method} {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks for the metrics until they are as wanted: they tell of a change to
    /// nobody.
    fn scrape(&self, wanted: impl Fn(&str) -> bool) -> String {
        let patience = Instant::now() + Duration::from_mins(1);
        loop {
            let answer = self.ask("GET", "/metrics");
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < patience, "never as wanted: {answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The sum of the values of the series that begin with `name` and hold `label`.
fn sum(text: &str, name: &str, label: &str) -> f64 {
    text.lines()
        .filter(|line| line.starts_with(name) && line.contains(label))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

#[test]
fn a_rollout_as_metrics() {
    let demo = Demo::start(&["--jobs", "12", "--fail-rate", "0.4", "--speed", "300"]);
    let home = Home::with_config(&demo.config);
    let mut export = Export::start(&home);
    let text = export.scrape(|text| {
        let count = |label| sum(text, "hgtop_jobs{", label);
        let over = count("completed") + count("failed");
        // The rest belong to a followed flow, which is listed less often.
        over > 8.5
    });
    assert!(text.contains("content-type: application/openmetrics-text; version=1.0.0"));
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("# TYPE hgtop_jobs gauge\n"));
    assert!(sum(&text, "hgtop_jobs{", r#"state="failed""#) >= 1.0);
    assert!(sum(&text, "hgtop_polls_total", "answered") >= 9.0);
    assert!(text.contains(r#"hgtop_environment_up{environment="demo"} 1"#));
    assert!(sum(&text, "hgtop_stage_duration_seconds_count", "etl") >= 1.0);
    assert!(!text.contains("demo-key"), "the key stays where it is");
    assert!(export.ask("GET", "/").starts_with("HTTP/1.0 404"));
    assert!(export.ask("POST", "/metrics").starts_with("HTTP/1.0 405"));

    let id = export.0.id().to_string();
    let mut kill = std::process::Command::new("kill");
    kill.args(["-TERM", &id]).status().unwrap();
    assert_eq!(export.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_keeps_it_from_starting() {
    let home = Home::with_config("[environments.dev]\nenv_id = \"dev\"\napi_key = \"k\"\n");
    let run = home.run(&["export"]);
    assert_eq!(run.code(), 2);
    assert!(run.error().contains("nothing to export"), "{}", run.error());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let demo = Demo::start(&["--jobs", "1"]);
    let home = Home::with_config(&demo.config);
    let run = home.run(&["export", "--listen", &address]);
    assert_eq!(run.code(), 2);
    assert!(
        run.error().contains("--listen 127.0.0.1"),
        "{}",
        run.error()
    );
}
