//! `hgtop export` over HTTP: metrics, rejected requests, clients that misbehave.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Demo, Home};

/// A running export and the address it listens on.
struct Export(Child, String);

impl Drop for Export {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Export {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let arguments = [&["export", "--listen", "127.0.0.1:0"], arguments].concat();
        Self::of(home.command(&arguments))
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        stderr.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap();
        let address = rest.trim().strip_suffix("/metrics").unwrap().to_owned();
        Self(child, address)
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.1).unwrap()
    }

    /// The whole response to a request.
    fn request(&self, method: &str, path: &str, host: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    /// Scrapes until the metrics are as expected. Nothing announces a change.
    fn scrape(&self, is_expected: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let response = self.request("GET", "/metrics", "localhost");
            if is_expected(&response) {
                return response;
            }
            assert!(Instant::now() < deadline, "{response}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// CPU time of the process so far, in clock ticks of 10 ms.
    #[cfg(target_os = "linux")]
    fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split(' ').collect();
        fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
    }
}

/// The sum of the values of the series that start with `name` and contain `label`.
fn sum(text: &str, name: &str, label: &str) -> f64 {
    text.lines()
        .filter(|line| line.starts_with(name) && line.contains(label))
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

#[test]
fn rollout_is_served_as_metrics_until_the_process_is_terminated() {
    let demo = Demo::start(&["--jobs", "12", "--fail-rate", "0.4", "--speed", "300"]);
    let home = Home::with_config(&demo.config);
    let mut export = Export::start(&home, &[]);
    let text = export.scrape(|text| {
        let count = |label| sum(text, "hgtop_jobs{", label);
        let finished = count("completed") + count("failed");
        // The others belong to a followed flow, which is listed less often.
        finished > 8.5
    });
    assert!(text.contains("content-type: application/openmetrics-text; version=1.0.0"));
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(text.contains("# TYPE hgtop_jobs gauge\n"));
    assert!(sum(&text, "hgtop_jobs{", r#"state="failed""#) >= 1.0);
    assert!(sum(&text, "hgtop_polls_total", "answered") >= 9.0);
    assert!(text.contains(r#"hgtop_environment_up{environment="demo"} 1"#));
    assert!(sum(&text, "hgtop_stage_duration_seconds_count", "etl") >= 1.0);
    assert!(!text.contains("demo-key"), "the API key is exported");
    let status = |method, path| export.request(method, path, "localhost")[..12].to_owned();
    assert_eq!(status("GET", "/"), "HTTP/1.1 404");
    assert_eq!(status("POST", "/metrics"), "HTTP/1.1 405");

    let id = export.0.id().to_string();
    let mut kill = Command::new("kill");
    kill.args(["-TERM", &id]).status().unwrap();
    assert_eq!(export.0.wait().unwrap().code(), Some(0));
}

#[test]
fn requests_for_foreign_hosts_are_rejected_unless_allowed() {
    let demo = Demo::start(&["--jobs", "1"]);
    let home = Home::with_config(&demo.config);
    let export = Export::start(&home, &["--allow-host", "metrics.example"]);
    let status = |host| export.request("GET", "/metrics", host)[..12].to_owned();
    assert_eq!(status(&export.1), "HTTP/1.1 200");
    assert_eq!(status("metrics.example"), "HTTP/1.1 200");
    assert_eq!(status("rebound.example"), "HTTP/1.1 421");
}

#[test]
fn scrapes_are_answered_when_clients_neither_read_nor_write() {
    let demo = Demo::start(&["--jobs", "400"]);
    let home = Home::with_config(&demo.config);
    let export = Export::start(&home, &[]);
    let mut clients = Vec::new();
    for number in 0..200 {
        let mut client = export.connect();
        if number % 2 == 0 {
            // Enough responses to fill every buffer on the way.
            let request = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";
            client.write_all(request.repeat(100).as_bytes()).unwrap();
        }
        clients.push(client);
    }
    let begin = Instant::now();
    export.scrape(|text| text.ends_with("# EOF\n"));
    assert!(begin.elapsed() < Duration::from_mins(1));
}

#[cfg(target_os = "linux")]
#[test]
fn cpu_stays_idle_when_file_descriptors_run_out() {
    let demo = Demo::start(&["--jobs", "1"]);
    let home = Home::with_config(&demo.config);
    let mut command = home.command_of(
        "sh",
        &[
            "-c",
            "ulimit -n 32; exec \"$0\" export --listen 127.0.0.1:0",
            env!("CARGO_BIN_EXE_hgtop"),
        ],
    );
    command.env("RUST_BACKTRACE", "0");
    let export = Export::of(command);
    let _clients: Vec<_> = (0..100).map(|_| export.connect()).collect();
    let (ticks, begin) = (export.cpu_ticks(), Instant::now());
    // Time is what is measured here.
    std::thread::sleep(Duration::from_secs(2));
    let used = Duration::from_millis(10 * (export.cpu_ticks() - ticks));
    assert!(used < begin.elapsed() / 4, "{used:?}");
    export.scrape(|text| text.ends_with("# EOF\n"));
}

#[test]
fn export_does_not_start_without_jobs_or_on_an_address_in_use() {
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

#[test]
fn forecast_of_a_flow_is_served_once_its_runs_are_known() {
    let demo = Demo::start(&["--jobs", "12", "--speed", "3"]);
    let config = demo.config.replace("history = false", "history = true");
    let home = Home::with_config(&config);
    let name = "hgtop_forecast_finish_timestamp_seconds{";
    let learned = home.run(&["history", "learn"]);
    assert_eq!(learned.code(), 0, "{}", learned.error());
    let export = Export::start(&home, &[]);
    let text = export.scrape(|text| text.contains(name));
    let quantile = |label| {
        let label = format!("quantile=\"{label}\"");
        let line = text
            .lines()
            .find(|line| line.starts_with(name) && line.contains(&label));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<f64>()
            .unwrap()
    };
    assert!(quantile("0.5") > 1e9, "{text}");
    assert!(quantile("0.9") >= quantile("0.5"), "{text}");
}
