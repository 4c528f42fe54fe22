//! The client against real HTTP servers on this machine.
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
    let base = BaseUrl::parse(base, false).unwrap();
    let env = EnvId::parse("dev.x.xyz").unwrap();
    Client::new(base, env, &ApiKey::parse("marker-key").unwrap(), 4).unwrap()
}

fn address(tenant: &str) -> JobAddress {
    JobAddress {
        flow: FlowId::parse("flow").unwrap(),
        tenant: TenantId::parse(tenant).unwrap(),
        job_root: JobRoot::parse("acme/flows/flow/jobs/j 1").unwrap(),
    }
}

async fn answering(
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
async fn the_call_is_as_the_api_document_says() {
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
async fn refusals_are_told_apart() {
    let cases = [
        (
            400,
            json!({"Code": "Error", "Message": "job does not exist!"}),
            "job does not exist!",
        ),
        (
            401,
            json!({"message": "Invalid x-api-key"}),
            "the key is refused (401: Invalid x-api-key)",
        ),
        (
            403,
            json!({"message": "Forbidden"}),
            "the key is refused (403: Forbidden)",
        ),
        (
            403,
            json!({"message": "Missing Authentication Token"}),
            "the service knows no such path",
        ),
        (404, json!("odd"), "the service refuses the request (404)"),
        (
            502,
            json!({"message": "Bad gateway\u{1b}[2J"}),
            "in trouble (502: Bad gateway␛[2J)",
        ),
    ];
    for (status, body, words) in cases {
        let (_server, result) = answering(ResponseTemplate::new(status).set_body_json(body)).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{status}: {error}");
    }
}

#[tokio::test]
async fn patience_is_asked_for_in_seconds() {
    let response = ResponseTemplate::new(429).insert_header("retry-after", "7");
    let (_server, result) = answering(response).await;
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
        let (_server, result) = answering(response).await;
        assert!(
            matches!(result, Err(FetchError::Redirected { .. })),
            "{result:?}"
        );
    }
    assert!(trap.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn odd_bodies_are_told_apart() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let (_server, result) = answering(page).await;
    assert_eq!(
        result,
        Err(FetchError::Malformed(DecodeError::NotJson { html: true }))
    );
    let other = json!({"status": "SYNC_STARTED", "s3_root": "other/flows/f/jobs/x"});
    let (_server, result) = answering(ResponseTemplate::new(200).set_body_json(other)).await;
    assert!(matches!(result, Err(FetchError::WrongJob { .. })));
    let large = ResponseTemplate::new(200).set_body_bytes(vec![b' '; 5 * 1024 * 1024]);
    let (_server, result) = answering(large).await;
    assert_eq!(result, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
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
async fn broken_connections_are_told_and_tried_once_more() {
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
async fn unreachable_hosts_say_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let free = listener.local_addr().unwrap();
    drop(listener);
    let error = client(&format!("http://{free}"))
        .job_status(&address("a"), None)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{free}: connection refused: is the service up?")
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
async fn no_error_or_debug_text_holds_the_key() {
    let client = client("http://127.0.0.1:1");
    let error = client.job_status(&address("acme"), None).await.unwrap_err();
    assert!(!format!("{client:?} {error:?} {error}").contains("marker-key"));
}

#[tokio::test]
async fn the_simulated_service_speaks_the_same_language() {
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
    let unlinked_tenant = Client::new(base, env, &ApiKey::parse("wrong").unwrap(), 4).unwrap();
    let refused = unlinked_tenant
        .job_status(&address("acme"), None)
        .await
        .unwrap_err();
    assert!(matches!(
        refused,
        FetchError::Unauthorized { status: 403, .. }
    ));
}
