//! The checks of what is between hgtop and hotglue: names, proxies,
//! certificates, API keys, the clock.

use std::env;
use std::path::Path;
use std::time::{Duration, SystemTime};

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::checks::{CheckResult, Checks};
use crate::config::{Config, Environment, KeySource};
use crate::hotglue::{Client, FetchError, Text, elapsed};
use crate::runtime::connector;

/// How long a name lookup or a connection may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// A clock that is wrong by more makes ages wrong.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);
/// The variables that name a proxy for https, the first one set counts.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that name hosts to reach without a proxy.
const NO_PROXY_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Checks the environments of a config, or only the one with this name.
pub(super) async fn check(config: &Config, only: Option<&str>, checks: &mut Checks) {
    let proxies = Matcher::from_env();
    let is_checked =
        |environment: &Environment| only.is_none_or(|only| environment.name.as_str() == only);
    for (index, environment) in config.environments.iter().enumerate() {
        if !is_checked(environment) {
            continue;
        }
        check_connection(environment, &proxies, checks).await;
        check_api_key(config, index, environment, checks).await;
    }
}

/// The proxy of an environment's requests. The client uses none for plain http
/// and for this machine.
fn proxy_of(environment: &Environment, proxies: &Matcher) -> Option<String> {
    if !environment.base_url.is_https() || environment.base_url.is_loopback() {
        return None;
    }
    let uri: Uri = environment.base_url.to_string().parse().ok()?;
    let proxy = proxies.intercept(&uri)?;
    let authority = proxy.uri().authority()?;
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    Some(Text::cut(host, 100).one_line())
}

async fn check_connection(environment: &Environment, proxies: &Matcher, checks: &mut Checks) {
    let name = &environment.name;
    let (host, port) = environment.base_url.endpoint();
    if let Some(proxy) = proxy_of(environment, proxies) {
        let finding = format!("{host} is reached through the proxy {proxy}");
        checks.add(format!("{name}: connection"), CheckResult::Ok, finding);
        return;
    }
    let lookup = timeout(TIMEOUT, lookup_host((host.clone(), port))).await;
    let address = match lookup {
        Ok(Ok(mut addresses)) => addresses.next(),
        Ok(Err(_)) => None,
        Err(_) => {
            let finding = "no name server answered within 5s: check the network";
            checks.add(format!("{name}: name"), CheckResult::Fail, finding);
            return;
        }
    };
    let Some(address) = address else {
        let finding = format!("{host} cannot be resolved: check base_url");
        checks.add(format!("{name}: name"), CheckResult::Fail, finding);
        return;
    };
    let finding = format!("{host} resolves to {}", address.ip());
    checks.add(format!("{name}: name"), CheckResult::Ok, finding);
    let connected = match timeout(TIMEOUT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(format!("port {port} accepts connections")),
        Ok(Err(error)) => Err(format!("{address}: {error}: is the service running?")),
        Err(_) => Err(format!(
            "{address}: no connection within 5s: check the network"
        )),
    };
    checks.add_result(format!("{name}: connection"), connected);
}

/// Where the API key comes from, whether the service responds, and whether it
/// accepts the key for a watched job.
async fn check_api_key(
    config: &Config,
    index: usize,
    environment: &Environment,
    checks: &mut Checks,
) {
    let name = &environment.name;
    let check = format!("{name}: API key");
    let client = connector::client(environment, connector::limits(config)).await;
    let client = match client {
        Ok(client) => {
            let finding = format!("found in {}", environment.key.describe());
            checks.add(check.clone(), CheckResult::Ok, finding);
            client
        }
        Err(problem) => {
            checks.add(check, CheckResult::Fail, problem);
            return;
        }
    };
    if matches!(environment.key, KeySource::Literal(_)) {
        let finding = "stored in the config file; use api_key_command to keep it elsewhere";
        checks.add(check, CheckResult::Warn, finding);
    }
    check_service(&client, environment, checks).await;
    let check = format!("{name}: access");
    let Some(job) = config.jobs.iter().find(|job| job.environment == index) else {
        let finding = "no watched job to try the API key with: add one";
        checks.add(check, CheckResult::Warn, finding);
        return;
    };
    match client.job_status(&job.address, None).await {
        Ok(answer) => {
            let finding = format!("API key accepted ('{}': {})", job.name, answer.status);
            checks.add(check, CheckResult::Ok, finding);
        }
        Err(error @ FetchError::NotFound { .. }) => {
            let finding = format!("API key accepted, but '{}': {error}", job.name);
            checks.add(check, CheckResult::Warn, finding);
        }
        Err(error) => checks.add(check, CheckResult::Fail, error.to_string()),
    }
}

async fn check_service(client: &Client, environment: &Environment, checks: &mut Checks) {
    let name = &environment.name;
    let check = format!("{name}: service");
    let date = match client.ping().await {
        Ok(date) => date,
        Err(error) => {
            checks.add(check, CheckResult::Fail, error.to_string());
            return;
        }
    };
    let is_encrypted = environment.base_url.is_https();
    let (result, how) = match (is_encrypted, environment.base_url.is_loopback()) {
        (true, _) => (CheckResult::Ok, "responds over an encrypted connection"),
        (false, true) => (CheckResult::Ok, "responds over an unencrypted connection"),
        (false, false) => (
            CheckResult::Warn,
            "responds over an unencrypted connection, which reveals the API key: use https",
        ),
    };
    let finding = format!("{} {how}", environment.base_url.host());
    checks.add(check, result, finding);
    let Some(date) = date else { return };
    let off = SystemTime::now()
        .duration_since(date)
        .unwrap_or_else(|error| error.duration());
    let check = format!("{name}: clock");
    if off > CLOCK_TOLERANCE {
        let off = jiff::SignedDuration::try_from(off).map(elapsed);
        let off = off.unwrap_or_default();
        let finding = format!("this clock is {off} off the service's, so ages are wrong: set it");
        checks.add(check, CheckResult::Warn, finding);
    } else {
        checks.add(check, CheckResult::Ok, "agrees with the service's");
    }
}

/// A variable that is set, with its value.
fn set_variable<'a>(names: &[&'a str]) -> Option<(&'a str, String)> {
    names.iter().find_map(|name| {
        let value = env::var_os(name)?.to_string_lossy().into_owned();
        (!value.trim().is_empty()).then_some((*name, value))
    })
}

/// Checks the proxy that the environment variables name, used or not.
pub(super) fn check_proxy(checks: &mut Checks) {
    let Some((name, value)) = set_variable(&PROXY_VARIABLES) else {
        checks.add("proxy", CheckResult::Ok, "none");
        return;
    };
    match proxy_address(&value) {
        Ok(address) => {
            let finding = format!("${name}: {address}; not used for http and for this machine");
            checks.add("proxy", CheckResult::Ok, finding);
        }
        Err(problem) => {
            let finding = format!("${name} {problem}");
            checks.add("proxy", CheckResult::Fail, finding);
        }
    }
    if let Some((name, hosts)) = set_variable(&NO_PROXY_VARIABLES) {
        let finding = format!("${name}: {}", Text::cut(&hosts, 200).one_line());
        checks.add("proxy", CheckResult::Ok, finding);
    }
}

/// The host and port of a proxy, without credentials.
fn proxy_address(value: &str) -> Result<String, String> {
    const FORM: &str = "expected http://HOST:PORT";
    let value = value.trim();
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let scheme = scheme.to_ascii_lowercase();
    if scheme.starts_with("socks") {
        return Err(format!(
            "names a SOCKS proxy, which hgtop cannot use: {FORM}"
        ));
    }
    if !matches!(scheme.as_str(), "http" | "https") {
        return Err(format!("is not the address of a proxy: {FORM}"));
    }
    // The value itself is not repeated: it may hold a password.
    let uri: Uri = format!("http://{rest}")
        .parse()
        .map_err(|_| format!("is not the address of a proxy: {FORM}"))?;
    let host = uri.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| format!("names no host: {FORM}"))?;
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    Ok(Text::cut(&format!("{host}{port}"), 100).one_line())
}

/// Checks the root certificates that https servers are verified with.
pub(super) fn check_certificates(checks: &mut Checks) {
    let mut is_replaced = false;
    for (name, kind) in [("SSL_CERT_FILE", "file"), ("SSL_CERT_DIR", "folder")] {
        let Some((name, value)) = set_variable(&[name]) else {
            continue;
        };
        is_replaced = true;
        let path = Path::new(&value);
        let exists = if kind == "file" {
            path.is_file()
        } else {
            path.is_dir()
        };
        let value = Text::cut(&value, 200).one_line();
        if exists {
            checks.add("certificates", CheckResult::Ok, format!("${name}: {value}"));
        } else {
            let finding = format!("${name}: no {kind} at {value}: correct or unset it");
            checks.add("certificates", CheckResult::Fail, finding);
        }
    }
    if is_replaced {
        return;
    }
    match Client::check_root_certificates() {
        Ok(()) => checks.add("certificates", CheckResult::Ok, "those of the system"),
        Err(error) => checks.add("certificates", CheckResult::Fail, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_address_omits_credentials() {
        for (value, address) in [
            ("http://proxy.example:3128", "proxy.example:3128"),
            (
                "https://user:secret@proxy.example:3128/",
                "proxy.example:3128",
            ),
            ("proxy.example:3128", "proxy.example:3128"),
        ] {
            assert_eq!(proxy_address(value).as_deref(), Ok(address));
        }
    }

    #[test]
    fn unusable_proxy_is_explained_without_its_value() {
        for (value, part) in [
            ("socks5://secret@127.0.0.1:1080", "SOCKS"),
            ("gopher://secret", "is not the address"),
            ("http://se cret:80", "is not the address"),
            ("\u{1b}[31m", "is not the address"),
        ] {
            let problem = proxy_address(value).unwrap_err();
            assert!(problem.contains(part), "{problem}");
            assert!(problem.contains("expected http://HOST:PORT"), "{problem}");
            assert!(!problem.contains("secret"), "{problem}");
        }
    }
}
