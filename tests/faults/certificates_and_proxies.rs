//! TLS certificates, unencrypted addresses, and proxies.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use hgtop::hotglue::BaseUrl;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::Home;
use crate::support::bad_server::{Act, BadServer};

/// A config of one job at a base URL.
fn config(base: &str) -> String {
    format!(
        "history = false\n[environments.dev]\nenv_id = \"dev.x.xyz\"\nbase_url = \"{base}\"\n\
         api_key = \"marker-key\"\n[[jobs]]\njob_root = \"acme/flows/f/jobs/1\"\n"
    )
}

#[test]
fn an_unencrypted_base_url_is_for_loopback_only() {
    for base in [
        "http://api.hotglue.com",
        "http://127.0.0.1.evil.example",
        "http://10.0.0.1",
    ] {
        let error = BaseUrl::parse(base, false).unwrap_err().to_string();
        assert!(error.contains("allow_http"), "{error}");
    }
    assert!(BaseUrl::parse("http://[::1]:80", false).is_ok());
}

/// A server that presents a certificate and closes.
async fn server_with(certificate: &Certificate, key: &KeyPair) -> String {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    format!("https://localhost:{port}")
}

/// A server that does not speak TLS.
async fn server_without_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let response = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            let _ = stream.write_all(response).await;
        }
    });
    format!("https://localhost:{port}")
}

#[tokio::test]
async fn a_certificate_problem_is_named_with_its_fix() {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = &mut authority.distinguished_name;
    name.push(DnType::CommonName, "a private authority");
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let signed = |name: &str, from: i32, to: i32| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let unknown_key = KeyPair::generate().unwrap();
    let unknown = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .self_signed(&unknown_key)
        .unwrap();
    let (expired, expired_key) = signed("localhost", 2001, 2002);
    let (early, early_key) = signed("localhost", 3001, 3002);
    let (other, other_key) = signed("other.example", 2001, 3002);
    for (base, error) in [
        (
            server_with(&expired, &expired_key).await,
            "certificate expired",
        ),
        (
            server_with(&early, &early_key).await,
            "certificate not yet valid",
        ),
        (server_with(&other, &other_key).await, "is for another host"),
        (
            server_with(&unknown, &unknown_key).await,
            "unknown authority",
        ),
        (server_without_tls().await, "does not speak HTTPS"),
    ] {
        let home = Home::with_config(&config(&base));
        std::fs::write(home.path("ca.pem"), authority_certificate.pem()).unwrap();
        let output = tokio::task::spawn_blocking(move || {
            let mut command = home.command(&["status", "--output", "json"]);
            command.env("SSL_CERT_FILE", home.path("ca.pem"));
            command.output().unwrap()
        });
        let output = output.await.unwrap();
        assert_eq!(output.status.code(), Some(3));
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(stdout.contains(error), "{error}: {stdout}");
    }
}

/// Ways to have no root certificates, as in a minimal container.
fn without_root_certificates(home: &Home) -> [(&'static str, PathBuf); 3] {
    fs::write(home.path("empty.pem"), "").unwrap();
    fs::create_dir(home.path("certificates")).unwrap();
    [
        ("SSL_CERT_FILE", home.path("empty.pem")),
        ("SSL_CERT_FILE", home.path("missing.pem")),
        ("SSL_CERT_DIR", home.path("certificates")),
    ]
}

#[tokio::test]
async fn without_root_certificates_http_works_and_https_names_the_fix() {
    let server = BadServer::start(|_, _| Act::job("JOB_COMPLETED")).await;
    for (base, code) in [(server.base.as_str(), 0), ("https://localhost:1", 3)] {
        let home = Home::with_config(&config(base));
        for (variable, value) in without_root_certificates(&home) {
            let mut command = home.command(&["status", "--output", "json"]);
            command.env(variable, &value);
            let output = tokio::task::spawn_blocking(move || command.output().unwrap());
            let output = output.await.unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned()
                + &String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{variable}: {text}");
            let is_named = text.contains("install the ca-certificates package")
                && text.contains(&format!("{variable}={}", value.display()));
            assert_eq!(is_named, code == 3, "{variable}: {text}");
            assert!(!text.contains("panicked"), "{text}");
        }
    }
}

#[test]
fn the_demo_works_without_root_certificates() {
    let home = Home::new();
    for (variable, value) in without_root_certificates(&home) {
        let mut serve = home.command(&["demo", "--serve", "127.0.0.1:0"]);
        let mut server = serve
            .env(variable, &value)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let lines = lines.map(Result::unwrap).take_while(|line| line != "# end");
        let config: Vec<_> = lines.collect();
        fs::write(home.path("config.toml"), config.join("\n")).unwrap();
        let mut status = home.command(&["status", "--output", "json"]);
        let output = status.env(variable, &value).output().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            stdout.contains("\"status\": \"JOB_COMPLETED\""),
            "{variable}: {stdout}"
        );
        assert!(!stdout.contains("certificates"), "{variable}: {stdout}");
    }
}

#[tokio::test]
async fn a_proxy_is_used_for_other_hosts_only() {
    let server = BadServer::start(|_, _| Act::job("JOB_COMPLETED")).await;
    let proxy = BadServer::start(|_, _| Act::status(407)).await;
    let run = |base: String| {
        let home = Home::with_config(&config(&base));
        let proxy = proxy.base.clone();
        tokio::task::spawn_blocking(move || {
            let mut command = home.command(&["status"]);
            for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
                command.env(name, &proxy);
            }
            command.output().unwrap()
        })
    };
    let output = run(server.base.clone()).await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(proxy.asked(""), 0);
    let output = run("https://nowhere.invalid".to_owned()).await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.contains("proxy"), "{stdout}");
    assert!(!stdout.contains("marker-key"));
    assert_eq!(proxy.asked("CONNECT nowhere.invalid:443"), 1);
    assert_eq!(proxy.asked("marker-key"), 0, "the proxy sees no key");
}
