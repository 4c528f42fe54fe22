//! The HTTP library set up for one base URL.
//!
//! Every client refuses redirects and has timeouts; there is no fallback with
//! the library's defaults. Root certificates are loaded for https only, so
//! that plain http to this machine works where none are installed.

use std::env;
use std::sync::Once;

use reqwest::header::{ACCEPT, CACHE_CONTROL, HeaderMap, HeaderValue};
use reqwest::redirect;
use thiserror::Error;

use super::api_key::ApiKeyError;
use super::base_url::BaseUrl;
use super::limits::{CONNECT_TIMEOUT, REQUEST_TIMEOUT};
use crate::hotglue::text::Text;

/// The reason why a client cannot be created.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The API key cannot be sent in a header.
    #[error("{0}")]
    ApiKey(#[from] ApiKeyError),
    /// No trusted root certificate was found, so that no https server can be
    /// verified.
    #[error(
        "no trusted root certificates found{}: install the ca-certificates package, or set \
         SSL_CERT_FILE to a PEM file that contains them", searched(.variables)
    )]
    NoRootCertificates {
        /// The environment variables that replace the system's certificates,
        /// as `NAME=value`.
        variables: Vec<Text>,
    },
    /// The HTTP library rejects its configuration, for example a malformed
    /// proxy address.
    #[error("cannot set up the HTTP client: {0}")]
    Setup(Text),
}

fn searched(variables: &[Text]) -> String {
    if variables.is_empty() {
        return String::new();
    }
    let variables: Vec<_> = variables.iter().map(Text::one_line).collect();
    format!(" in {}", variables.join(" and "))
}

/// Builds the HTTP client for a base URL, which keeps up to `connections` idle
/// connections open.
///
/// HTTP/1.1 only: a dead connection then costs one poll, while a dead HTTP/2
/// connection can cost many. Redirects are not followed because the library
/// would forward the API key.
pub(super) fn build(base: &BaseUrl, connections: usize) -> Result<reqwest::Client, ClientError> {
    install_tls();
    let mut http = reqwest::Client::builder()
        .http1_only()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .pool_max_idle_per_host(connections)
        .user_agent(concat!("hgtop/", env!("CARGO_PKG_VERSION")))
        .default_headers(HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ]));
    // A proxy would read an unencrypted API key; loopback needs none.
    if base.is_loopback() || !base.is_https() {
        http = http.no_proxy();
    }
    if !base.is_https() {
        http = http.tls_certs_only([]);
    }
    http.build().map_err(|error| setup_error(&error))
}

/// Checks that there are root certificates to verify https servers with.
pub(super) fn check_root_certificates() -> Result<(), ClientError> {
    install_tls();
    let client = reqwest::Client::builder().no_proxy().build();
    client.map(drop).map_err(|error| setup_error(&error))
}

fn setup_error(error: &reqwest::Error) -> ClientError {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let reason = deepest.to_string();
    if !reason.contains("No CA certificates") {
        return ClientError::Setup(Text::cut(&reason, 512));
    }
    let variables = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter();
    let set = variables.filter_map(|name| {
        let value = env::var_os(name)?;
        let value = format!("{name}={}", value.to_string_lossy());
        Some(Text::cut(&value, 256))
    });
    ClientError::NoRootCertificates {
        variables: set.collect(),
    }
}

/// Makes `ring` the cryptography provider of the process, once.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_root_certificates_name_the_remedy_and_the_variables() {
        let error = ClientError::NoRootCertificates {
            variables: vec![Text::new("SSL_CERT_FILE=/tmp/empty\u{1b}.pem")],
        };
        assert_eq!(
            error.to_string(),
            "no trusted root certificates found in SSL_CERT_FILE=/tmp/empty␛.pem: install the \
             ca-certificates package, or set SSL_CERT_FILE to a PEM file that contains them"
        );
        let error = ClientError::NoRootCertificates {
            variables: Vec::new(),
        };
        assert!(
            error
                .to_string()
                .starts_with("no trusted root certificates found: install")
        );
    }
}
