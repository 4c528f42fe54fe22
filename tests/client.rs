//! The client against HTTP servers on this machine.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::time::Duration;

use hgtop::demo;
use hgtop::hotglue::{
    ApiKey, BaseUrl, Client, DecodeError, EnvId, FetchError, FlowId, JobAddress, JobRoot, TenantId,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(base: &str) -> Client {
    client_with_key(base, "marker-key")
}

fn client_with_key(base: &str, key: &str) -> Client {
    let base = BaseUrl::parse(base, false).unwrap();
    let env = EnvId::parse("dev.x.xyz").unwrap();
    Client::new(base, env, &ApiKey::parse(key).unwrap(), 4).unwrap()
}

fn address(tenant: &str) -> JobAddress {
    JobAddress {
        flow: FlowId::parse("flow").unwrap(),
        tenant: TenantId::parse(tenant).unwrap(),
        job_root: JobRoot::parse("acme/flows/flow/jobs/j 1").unwrap(),
    }
}

async fn respond_with(
    response: ResponseTemplate,
) -> (MockServer, Result<Arc<hgtop::hotglue::Job>, FetchError>) {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(response)
        .mount(&server)
        .await;
    let result = client(&server.uri())
        .job_status(&address("acme"), None)
        .await;
    (server, result)
}

/// A server that writes `bytes` to each connection after reading its request.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(bytes).await;
        }
    });
    base
}

#[tokio::test]
async fn the_status_call_matches_the_api_document() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/dev.x.xyz/flow/a%20c@me/jobs/status"))
        .and(query_param("job_root", "acme/flows/flow/jobs/j 1"))
        .and(header("x-api-key", "marker-key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"status": "SYNC_STARTED"})))
        .expect(1)
        .mount(&server)
        .await;
    let job = client(&server.uri())
        .job_status(&address("a c@me"), None)
        .await
        .unwrap();
    assert_eq!(job.status.as_str(), "SYNC_STARTED");
}

#[tokio::test]
async fn error_responses_have_distinct_errors() {
    let cases = [
        (
            400,
            json!({"Code": "Error", "Message": "job does not exist!"}),
            "job does not exist!",
        ),
        (
            401,
            json!({"message": "Invalid x-api-key"}),
            "API key refused (401: Invalid x-api-key)",
        ),
        (
            403,
            json!({"message": "Forbidden"}),
            "API key refused (403: Forbidden)",
        ),
        (
            403,
            json!({"message": "Missing Authentication Token"}),
            "no such path: check env_id, flow and tenant",
        ),
        (404, json!("odd"), "request rejected (404 Not Found)"),
        (
            502,
            json!({"message": "Bad gateway\u{1b}[2J"}),
            "502 Bad Gateway: Bad gateway␛[2J",
        ),
    ];
    for (status, body, expected) in cases {
        let (_server, result) =
            respond_with(ResponseTemplate::new(status).set_body_json(body)).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{status}: {error}");
    }
}

#[tokio::test]
async fn the_requested_wait_of_a_429_is_read() {
    let response = ResponseTemplate::new(429).insert_header("retry-after", "7");
    let (_server, result) = respond_with(response).await;
    let wait = Some(Duration::from_secs(7));
    assert_eq!(
        result.unwrap_err(),
        FetchError::RateLimited {
            status: 429,
            retry_after: wait
        }
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let trap = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&trap)
        .await;
    for status in [301, 302, 303, 307, 308] {
        let response = ResponseTemplate::new(status).insert_header("location", trap.uri());
        let (_server, result) = respond_with(response).await;
        assert!(
            matches!(result, Err(FetchError::Redirected { .. })),
            "{result:?}"
        );
    }
    assert!(trap.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn unusable_bodies_have_distinct_errors() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let (_server, result) = respond_with(page).await;
    assert_eq!(
        result,
        Err(FetchError::Malformed(DecodeError::NotJson { html: true }))
    );
    let other = json!({"status": "SYNC_STARTED", "s3_root": "other/flows/f/jobs/x"});
    let (_server, result) = respond_with(ResponseTemplate::new(200).set_body_json(other)).await;
    assert!(matches!(result, Err(FetchError::WrongJob { .. })));
    let large = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 5 * 1024 * 1024]);
    let (_server, result) = respond_with(large).await;
    assert_eq!(result, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn an_endless_body_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).await;
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let result = client(&base).job_status(&address("acme"), None).await;
    assert_eq!(result, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn a_connection_that_closes_early_is_retried_once() {
    let base = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\":").await;
    let result = client(&base).job_status(&address("acme"), None).await;
    assert_eq!(result, Err(FetchError::Interrupted));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        drop(stream);
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 25\r\n\r\n{\"status\":\"SYNC_STARTED\"}";
        let _ = stream.write_all(answer).await;
        let _ = stream.read(&mut [0; 1]).await;
    });
    let job = client(&base)
        .job_status(&address("acme"), None)
        .await
        .unwrap();
    assert_eq!(job.status.as_str(), "SYNC_STARTED");
}

#[tokio::test]
async fn an_unreachable_host_has_its_cause_in_the_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{free}"))
        .job_status(&address("a"), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{free}: connection refused: is the service running?")
    );
    let error = client("https://nosuch.invalid")
        .job_status(&address("a"), None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("cannot be resolved"), "{error}");
    let plain = raw(b"SSH-2.0-OpenSSH\r\n").await.replace("http:", "https:");
    let error = client(&plain)
        .job_status(&address("a"), None)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("does not speak HTTPS"),
        "{error}"
    );
}

#[tokio::test]
async fn no_error_or_debug_text_contains_the_key() {
    let client = client("http://127.0.0.1:1");
    let error = client.job_status(&address("acme"), None).await.unwrap_err();
    assert!(!format!("{client:?} {error:?} {error}").contains("marker-key"));
}

/// What the client makes of a status response that echoes its key.
async fn echo(status: u16, body: &str) -> Result<Arc<hgtop::hotglue::Job>, FetchError> {
    let (_server, result) = respond_with(ResponseTemplate::new(status).set_body_string(body)).await;
    assert!(!format!("{result:?}").contains("marker"), "{result:?}");
    result
}

#[tokio::test]
async fn an_echoed_key_is_masked_in_every_text() {
    let body = r#"{"status":"SYNC_FAILED","message":"bad key marker-key","tap":"\u006darker-key",
        "tenant":"marker-key","unknown":{"deep":["marker\u002dkey"]}}"#;
    let job = echo(200, body).await.unwrap();
    assert_eq!(job.message.as_ref().unwrap().as_str(), "bad key ••••");
    assert_eq!(job.tap.as_ref().unwrap().as_str(), "••••");
    assert!(
        job.raw.contains(r#""unknown":{"deep":["••••"]}"#),
        "{}",
        job.raw
    );
    for (status, text) in [
        (200, "••••"),
        (400, "••••"),
        (500, "500 Internal Server Error: ••••"),
    ] {
        let error = echo(status, r#"{"message":"marker-key"}"#)
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), text);
    }
    let error = echo(401, r#"{"message":"not valid: marker-key"}"#)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("(401: not valid: ••••)"),
        "{error}"
    );
    let root = r#"{"status":"SYNC_STARTED","s3_root":"marker-key/flows/f/jobs/1"}"#;
    let error = echo(200, root).await.unwrap_err();
    assert!(error.to_string().contains("••••/flows/f/jobs/1"), "{error}");
    let status = echo(200, r#"{"status":"marker-key"}"#).await.unwrap();
    assert_eq!(status.status.as_str(), "••••");
}

#[tokio::test]
async fn a_key_of_digits_is_masked_in_a_number_and_the_response_stays_readable() {
    let body =
        r#"{"status":"SYNC_FAILED","metrics":{"recordCount":{"total":123456}},"id":-1234567.5}"#;
    let response = ResponseTemplate::new(200).set_body_string(body);
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(response)
        .mount(&server)
        .await;
    let client = client_with_key(&server.uri(), "123456");
    let job = client.job_status(&address("acme"), None).await.unwrap();
    assert_eq!(job.status.as_str(), "SYNC_FAILED");
    assert!(!job.raw.contains("123456"), "{}", job.raw);
    assert!(job.raw.contains(r#""id":"••••""#), "{}", job.raw);
}

#[tokio::test]
async fn an_echoed_key_is_masked_in_listings_and_redirects() {
    let body = r#"["acme", "marker-key"]"#;
    let (server, _) = respond_with(ResponseTemplate::new(200).set_body_string(body)).await;
    let tenants = client(&server.uri()).tenants().await.unwrap();
    let tenants: Vec<_> = tenants.iter().map(TenantId::as_str).collect();
    assert_eq!(tenants, ["acme", "••••"]);
    let body = r#"[{"id":"f","name":"the marker-key flow"}]"#;
    let (server, _) = respond_with(ResponseTemplate::new(200).set_body_string(body)).await;
    let flows = client(&server.uri()).flows(None).await.unwrap();
    assert_eq!(flows[0].name.as_ref().unwrap().as_str(), "the •••• flow");
    let response = ResponseTemplate::new(302).insert_header("location", "https://marker-key.test/");
    let (_server, result) = respond_with(response).await;
    let error = result.unwrap_err().to_string();
    assert!(error.contains("redirected to ••••.test"), "{error}");
}

#[tokio::test]
async fn a_job_accepts_its_own_response_whatever_its_root() {
    let long = format!("acme/flows/flow/jobs/{}", "x".repeat(3_000));
    let marks = format!("zoe{}/flows/flow/jobs/1", "\u{308}".repeat(6));
    for root in [long, marks] {
        let server = MockServer::start().await;
        let body = json!({"status": "SYNC_STARTED", "s3_root": format!("{root}/")});
        Mock::given(query_param("job_root", &root))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
        let job = JobAddress {
            job_root: JobRoot::parse(&root).unwrap(),
            ..address("acme")
        };
        let response = client(&server.uri()).job_status(&job, None).await.unwrap();
        assert_eq!(response.s3_root, Some(job.job_root));
    }
}

#[tokio::test]
async fn the_simulated_service_is_compatible() {
    let options = demo::Options::default();
    let service = demo::serve("127.0.0.1:0".parse().unwrap(), &options)
        .await
        .unwrap();
    let scenario = demo::Scenario::new(&options);
    let base = BaseUrl::parse(&service.base_url(), false).unwrap();
    let env = EnvId::parse(scenario.env_id).unwrap();
    let good = Client::new(
        base.clone(),
        env.clone(),
        &ApiKey::parse(demo::DEMO_KEY).unwrap(),
        4,
    )
    .unwrap();
    for job in &scenario.jobs {
        let job_root = JobRoot::parse(&job.job_root).unwrap();
        let parts = job_root.parts().unwrap();
        let address = JobAddress {
            flow: parts.flow,
            tenant: parts.tenant,
            job_root,
        };
        let answer = good.job_status(&address, None).await.unwrap();
        assert_eq!(answer.tenant.as_ref().unwrap().as_str(), job.tenant);
        assert!(answer.last_updated.as_ref().unwrap().at.is_some());
    }
    let unknown = good.job_status(&address("acme"), None).await.unwrap_err();
    assert!(unknown.to_string().contains("job does not exist"));
    let wrong_key = Client::new(base, env, &ApiKey::parse("wrong").unwrap(), 4).unwrap();
    let refused = wrong_key
        .job_status(&address("acme"), None)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        FetchError::Unauthorized { status: 403, .. }
    ));
}
