//! `hgtop export`: polls as the dashboard does and serves metrics to
//! Prometheus.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::{CliError, Exit, output, selection};
use crate::cli::{Export, Global};
use crate::config::Config;
use crate::http_server::AllowedHosts;
use crate::runtime::exporter::Exporter;
use crate::runtime::{executor, signals};

pub(super) fn run(global: &Global, options: &Export) -> Result<Exit, CliError> {
    let config = selection::load(global, &[])?;
    output::warn(&config.warnings);
    if config.jobs.is_empty() && config.follows.is_empty() {
        let message = "nothing to export: no jobs are watched; add some with hgtop add";
        return Err(CliError::Usage(message.to_owned()));
    }
    let executor = executor::build()?;
    let exit = executor.block_on(export(&config, options));
    executor.shutdown_background();
    exit
}

async fn export(config: &Config, options: &Export) -> Result<Exit, CliError> {
    let listen_error = |error| CliError::Usage(format!("--listen {}: {error}", options.listen));
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(listen_error)?;
    let address = listener.local_addr()?;
    let exporter = Exporter::new(config)
        .await
        .map_err(CliError::Undetermined)?;
    output::note(&format!("metrics at http://{address}/metrics"));
    if let Some(warning) = exposure_warning(address) {
        output::note(&warning);
    }
    let hosts = AllowedHosts::with(&options.allow_hosts);
    tokio::select! {
        _ = signals::termination() => Ok(Exit::Success),
        () = exporter.run(listener, hosts) => Err(CliError::WATCHER_LOST),
    }
}

/// The warning for an address that other machines can reach.
fn exposure_warning(address: SocketAddr) -> Option<String> {
    (!address.ip().is_loopback()).then(|| {
        format!(
            "warning: {address} is not a loopback address: anyone who can reach it can read the names of tenants and flows"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warning_is_given_when_the_address_is_beyond_loopback() {
        for (address, warns) in [
            ("127.0.0.1:9478", false),
            ("127.8.8.8:9478", false),
            ("[::1]:9478", false),
            ("0.0.0.0:9478", true),
            ("[::]:9478", true),
            ("10.0.0.5:9478", true),
        ] {
            let warning = exposure_warning(address.parse().unwrap());
            assert_eq!(warning.is_some(), warns, "{address}");
        }
    }
}
