//! Connections that are never made, stay silent, or break.

use std::time::Duration;

use crate::pair::expect_error;
use crate::support::bad_server::Act;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connecting_fails_after_five_seconds() {
    use crate::pair::{address, client, skipping};

    // A listener whose queue is full ignores further connections.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let server = listener.local_addr().unwrap();
    let mut connections = Vec::new();
    for _ in 0..4 {
        let connecting = tokio::net::TcpStream::connect(server);
        connections.push(tokio::time::timeout(Duration::from_millis(300), connecting).await);
    }
    let begin = tokio::time::Instant::now();
    let client = client(&format!("http://{server}"));
    let error = skipping(client.job_status(&address("acme"), None)).await;
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("no connection within 5 s"), "{error}");
    assert!(begin.elapsed() < Duration::from_millis(5_500));
}

#[tokio::test]
async fn a_server_that_never_answers_fails_after_ten_seconds() {
    expect_error(|_| Act::Hang, "no response within 10 s").await;
}

#[tokio::test]
async fn a_body_sent_byte_by_byte_fails_after_ten_seconds() {
    let act = |_| Act::Drip(Duration::from_millis(200));
    expect_error(act, "no response within 10 s").await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_answer() {
    let broken = "connection closed before the response was complete";
    expect_error(|_| Act::Reset, broken).await;
    let truncated = b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"status\":";
    expect_error(|_| Act::Raw(truncated.to_vec()), broken).await;
}
