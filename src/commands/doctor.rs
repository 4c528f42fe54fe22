//! `hgtop doctor`: checks what hgtop needs and prints the remedy for each
//! failure.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{CliError, Exit, dashboard, output};
use crate::cli::{Doctor, Global};
use crate::config::{self, Config, Environment, KeySource, config_path};
use crate::history::Opened;
use crate::hotglue::{Client, elapsed};
use crate::report::Table;
use crate::runtime::history::HistoryStore;
use crate::runtime::{connector, executor, log};
use crate::terminal;

/// The time limit for a name lookup and for a connection.
const NO_ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// A clock that differs more than this makes ages wrong.
const SKEW: Duration = Duration::from_secs(30);
/// The variables that name a proxy, in order of precedence.
const PROXIES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum CheckResult {
    Ok,
    Warn,
    Fail,
}

impl CheckResult {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A check and its result.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    #[serde(rename = "verdict")]
    result: CheckResult,
    /// The finding, with the remedy if it is a failure.
    finding: String,
}

struct Report(Vec<Check>);

impl Report {
    fn add(&mut self, check: impl Into<String>, result: CheckResult, finding: impl Into<String>) {
        self.0.push(Check {
            name: check.into(),
            result,
            finding: finding.into(),
        });
    }

    fn result<E: std::fmt::Display>(
        &mut self,
        check: impl Into<String>,
        result: Result<String, E>,
    ) {
        match result {
            Ok(finding) => self.add(check, CheckResult::Ok, finding),
            Err(problem) => self.add(check, CheckResult::Fail, problem.to_string()),
        }
    }
}

pub(super) fn run(global: &Global, options: &Doctor) -> Result<Exit, CliError> {
    let mut report = Report(Vec::new());
    let config = the_config(global, &mut report);
    let executor = executor::build()?;
    if let Some(config) = &config {
        executor.block_on(environments(config, &mut report));
    }
    executor.shutdown_background();
    the_proxy(&mut report);
    the_terminal(global, &mut report);
    the_files(config.as_ref(), &mut report);

    let mut table = Table::new(&["", "CHECK", "FINDING"]);
    for check in &report.0 {
        let tint = match check.result {
            CheckResult::Ok => 32,
            CheckResult::Warn => 33,
            CheckResult::Fail => 31,
        };
        let cells = [check.result.word(), &check.name, &check.finding];
        table.tinted_row(cells.map(str::to_owned).to_vec(), Some(tint));
    }
    let colors = output::colors(global.color);
    // A truncated remedy would be useless.
    if options.output == crate::cli::Output::Table {
        output::raw(table.laid_out(None, colors).as_bytes())?;
    } else {
        output::records(options.output, "checks", &report.0, &table, colors)?;
    }
    let failed = report
        .0
        .iter()
        .any(|check| check.result == CheckResult::Fail);
    Ok(if failed { Exit::Code(1) } else { Exit::Success })
}

fn the_config(global: &Global, report: &mut Report) -> Option<Config> {
    let path = match config_path(global.config.clone()) {
        Ok(path) => path,
        Err(error) => {
            report.add("config", CheckResult::Fail, error.to_string());
            return None;
        }
    };
    match config::load(&path, &global.overrides()) {
        Ok(config) => {
            let finding = format!(
                "{}: {} environments, {} jobs, {} followed flows",
                path.display(),
                config.environments.len(),
                config.jobs.len(),
                config.follows.len()
            );
            report.add("config", CheckResult::Ok, finding);
            for warning in &config.warnings {
                report.add("config", CheckResult::Warn, warning.clone());
            }
            if config.environments.is_empty() {
                let finding = "no environment yet: run hgtop, or hgtop config edit";
                report.add("config", CheckResult::Warn, finding);
            }
            let keys = dashboard::keymap(&config).map(|_| "the key bindings are valid".to_owned());
            if !config.keys.is_empty() || keys.is_err() {
                report.result("keys", keys);
            }
            Some(config)
        }
        Err(error) => {
            report.add("config", CheckResult::Fail, error.to_string());
            None
        }
    }
}

async fn environments(config: &Config, report: &mut Report) {
    for (at, environment) in config.environments.iter().enumerate() {
        let name = &environment.name;
        let endpoint = environment.base_url.endpoint();
        let addresses = timeout(NO_ANSWER_LIMIT, lookup_host(endpoint.clone())).await;
        let addresses: Vec<_> = match addresses {
            Ok(Ok(addresses)) => addresses.collect(),
            Ok(Err(_)) => Vec::new(),
            Err(_) => {
                let finding = "no name server answered within 5 s: check the network";
                report.add(format!("{name}: name"), CheckResult::Fail, finding);
                Vec::new()
            }
        };
        let proxied = proxy().is_some() && !environment.base_url.is_loopback();
        if let Some(first) = addresses.first() {
            let finding = format!("{} is {}", endpoint.0, first.ip());
            report.add(format!("{name}: name"), CheckResult::Ok, finding);
            if !proxied {
                let connected = timeout(NO_ANSWER_LIMIT, TcpStream::connect(first)).await;
                let connected = match connected {
                    Ok(Ok(_)) => Ok(format!("port {} answers", endpoint.1)),
                    Ok(Err(error)) => Err(format!("{first}: {error}: is the service running?")),
                    Err(_) => Err(format!(
                        "{first}: no connection within 5 s: check the network"
                    )),
                };
                report.result(format!("{name}: connection"), connected);
            }
        } else if !proxied {
            let finding = format!("{} cannot be resolved: check base_url", endpoint.0);
            report.add(format!("{name}: name"), CheckResult::Fail, finding);
        }
        the_key(config, at, environment, report).await;
    }
}

/// Checks the source of the API key, the service without it, and one status call
/// with it.
async fn the_key(config: &Config, at: usize, environment: &Environment, report: &mut Report) {
    let name = &environment.name;
    let source = environment.key.describe();
    let client = connector::client(environment, connector::limits(config)).await;
    let client = match client {
        Ok(client) => {
            let finding = format!("found: {source}");
            report.add(format!("{name}: key"), CheckResult::Ok, finding);
            client
        }
        Err(problem) => {
            report.add(format!("{name}: key"), CheckResult::Fail, problem);
            return;
        }
    };
    if matches!(environment.key, KeySource::Literal(_)) {
        let finding = "it is in plain text in the config file; use api_key_command";
        report.add(format!("{name}: key"), CheckResult::Warn, finding);
    }
    the_service(&client, environment, report).await;
    let Some(job) = config.jobs.iter().find(|job| job.environment == at) else {
        let finding = "no watched job to test the API key with: add one";
        report.add(format!("{name}: access"), CheckResult::Warn, finding);
        return;
    };
    let answer = client.job_status(&job.address, None).await;
    match answer {
        Ok(answer) => {
            let finding = format!(
                "the API key is accepted ('{}': {})",
                job.name, answer.status
            );
            report.add(format!("{name}: access"), CheckResult::Ok, finding);
        }
        Err(error @ crate::hotglue::FetchError::NotFound { .. }) => {
            let finding = format!("the API key is accepted, but '{}': {error}", job.name);
            report.add(format!("{name}: access"), CheckResult::Warn, finding);
        }
        Err(error) => report.add(
            format!("{name}: access"),
            CheckResult::Fail,
            error.to_string(),
        ),
    }
}

async fn the_service(client: &Client, environment: &Environment, report: &mut Report) {
    let name = &environment.name;
    let encrypted = environment.base_url.to_string().starts_with("https://");
    let how = if encrypted {
        "answers over an encrypted connection"
    } else {
        "answers, unencrypted"
    };
    let date = match client.ping().await {
        Ok(date) => {
            let result = if encrypted || environment.base_url.is_loopback() {
                CheckResult::Ok
            } else {
                CheckResult::Warn
            };
            let finding = format!("{} {how}", environment.base_url.host());
            report.add(format!("{name}: service"), result, finding);
            date
        }
        Err(error) => {
            report.add(
                format!("{name}: service"),
                CheckResult::Fail,
                error.to_string(),
            );
            return;
        }
    };
    let Some(date) = date else { return };
    let now = SystemTime::now();
    let skew = now
        .duration_since(date)
        .unwrap_or_else(|error| error.duration());
    let difference = jiff::SignedDuration::try_from(skew).map(elapsed);
    let difference = difference.unwrap_or_default();
    if skew > SKEW {
        let finding = format!(
            "this clock differs by {difference} from the service's, so ages are wrong: set it"
        );
        report.add(format!("{name}: clock"), CheckResult::Warn, finding);
    } else {
        report.add(
            format!("{name}: clock"),
            CheckResult::Ok,
            "agrees with the service's",
        );
    }
}

/// The variable that names a proxy, and the proxy, without credentials.
fn proxy() -> Option<(&'static str, String)> {
    PROXIES.into_iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        let host = value.rsplit('@').next().unwrap_or_default();
        let host = host
            .trim_start_matches("http://")
            .trim_start_matches("https://");
        Some((name, crate::hotglue::Text::cut(host, 100).one_line()))
    })
}

fn the_proxy(report: &mut Report) {
    match proxy() {
        Some((name, host)) => {
            let finding = format!("${name}: {host}; not used for this machine's own addresses");
            report.add("proxy", CheckResult::Ok, finding);
        }
        None => report.add("proxy", CheckResult::Ok, "none"),
    }
    match std::env::var("SSL_CERT_FILE") {
        Ok(file) if std::fs::metadata(&file).is_ok() => {
            report.add(
                "authorities",
                CheckResult::Ok,
                format!("$SSL_CERT_FILE: {file}"),
            );
        }
        Ok(file) => {
            let finding = format!("$SSL_CERT_FILE: {file} does not exist: fix or unset it");
            report.add("authorities", CheckResult::Fail, finding);
        }
        Err(_) => report.add("authorities", CheckResult::Ok, "those of the system"),
    }
}

fn the_terminal(global: &Global, report: &mut Report) {
    if let Err(problem) = terminal::check() {
        report.add("terminal", CheckResult::Warn, problem.to_string());
        return;
    }
    let display = terminal::display(output::colors(global.color));
    let colors = match (display.colors, display.true_color) {
        (false, _) => "no colors (NO_COLOR, or --color never)",
        (true, true) => "16 million colors",
        (true, false) => "16 colors",
    };
    let glyphs = if display.unicode {
        "Unicode"
    } else {
        "ASCII, as the locale says"
    };
    let around = if std::env::var_os("TMUX").is_some() {
        "; in tmux: set allow-passthrough and set-clipboard on, for notifications and copying"
    } else {
        ""
    };
    let finding =
        format!("{colors}, {glyphs}; frames as synchronized updates, copying by OSC 52{around}");
    report.add("terminal", CheckResult::Ok, finding);
}

fn the_files(config: Option<&Config>, report: &mut Report) {
    if config.is_none_or(|config| config.settings.history) {
        let store = HistoryStore::OnDisk.open();
        let place = crate::history::history_path()
            .map_or_else(|error| error.to_string(), |path| path.display().to_string());
        match store {
            Ok(Opened {
                set_aside: Some(damaged),
                ..
            }) => {
                let finding = format!("{place}; a damaged one is now {}", damaged.display());
                report.add("history", CheckResult::Warn, finding);
            }
            Ok(_) => report.add("history", CheckResult::Ok, place),
            Err(error) => {
                let finding = format!("{error}; hgtop runs without it");
                report.add("history", CheckResult::Warn, finding);
            }
        }
    } else {
        report.add("history", CheckResult::Ok, "off (history = false)");
    }
    match log::default_path() {
        Some(path) => report.add("log", CheckResult::Ok, path.display().to_string()),
        None => report.add("log", CheckResult::Warn, "no folder for it: use --log-file"),
    }
}
