use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use super::*;
use std::net::SocketAddr;

/// Longer than any test needs, so that a test of one limit meets no other.
const LONG: Duration = Duration::from_mins(5);
const SHORT: Duration = Duration::from_millis(200);
/// Larger than what the buffers of a socket on loopback hold.
const LARGE: usize = 32 * 1024 * 1024;

const UNLIMITED: ConnectionLimits = ConnectionLimits {
    connections: 64,
    request: LONG,
    response: LONG,
    idle: LONG,
};

/// A server that answers `/large` with a large body, `/hang` never, and any
/// other path with "ok".
async fn start(limits: ConnectionLimits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let large = Bytes::from(vec![b'x'; LARGE]);
    let handler = move |request: Request<Incoming>| {
        let large = large.clone();
        async move {
            match request.uri().path() {
                "/large" => Response::new(Full::new(large)),
                "/hang" => std::future::pending().await,
                _ => plain(StatusCode::OK, "ok"),
            }
        }
    };
    tokio::spawn(serve(listener, limits, AllowedHosts::default(), handler));
    address
}

async fn connect(address: SocketAddr, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}

/// Sends a request on a new connection and reads the response.
async fn get(address: SocketAddr, host: &str) -> String {
    let head = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    read_to_end(connect(address, &head).await).await
}

/// Reads until the server closes the connection.
async fn read_to_end(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // A reset ends a connection as well as its regular end.
    let _ = timeout(LONG, stream.read_to_end(&mut text)).await.unwrap();
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn requests_for_allowed_hosts_only_are_answered() {
    let address = start(UNLIMITED).await;
    assert!(get(address, "localhost").await.ends_with("ok"));
    assert!(get(address, &address.to_string()).await.ends_with("ok"));
    let rejected = get(address, "evil.example").await;
    assert!(rejected.starts_with("HTTP/1.1 421 "), "{rejected}");
    assert!(rejected.contains("--allow-host"), "{rejected}");
}

#[tokio::test]
async fn clients_that_never_read_do_not_keep_others_out() {
    let limits = ConnectionLimits {
        connections: 16,
        ..UNLIMITED
    };
    let address = start(limits).await;
    let mut greedy = Vec::new();
    for _ in 0..16 {
        let stream = connect(address, &request("/large")).await;
        // The response has begun, and waits for its reader.
        stream.readable().await.unwrap();
        greedy.push(stream);
    }
    assert!(get(address, "localhost").await.ends_with("ok"));
}

#[tokio::test]
async fn one_connection_too_many_closes_the_one_that_is_idle_longest() {
    let limits = ConnectionLimits {
        connections: 3,
        ..UNLIMITED
    };
    let address = start(limits).await;
    let mut busy = connect(address, &request("/large")).await;
    busy.readable().await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(address, &request("/")).await;
        let mut response = [0; 512];
        assert!(stream.read(&mut response).await.unwrap() > 0);
        idle.push(stream);
    }
    assert!(get(address, "localhost").await.ends_with("ok"));
    assert_eq!(read_to_end(idle.remove(0)).await, "");
    // The second idle connection, and the one that is busy, are still open.
    let mut second = idle.remove(0);
    second.write_all(request("/").as_bytes()).await.unwrap();
    let mut response = [0; 512];
    assert!(second.read(&mut response).await.unwrap() > 0);
    let mut all = 0;
    let mut buffer = vec![0; 65_536];
    while all < LARGE {
        let count = busy.read(&mut buffer).await.unwrap();
        assert!(count > 0, "closed after {all} bytes");
        all += count;
    }
}

/// How long the server keeps a connection on which this was sent.
async fn kept_for(limits: ConnectionLimits, sent: &str) -> Duration {
    let address = start(limits).await;
    let begin = Instant::now();
    read_to_end(connect(address, sent).await).await;
    begin.elapsed()
}

#[tokio::test]
async fn connection_is_closed_when_it_sends_nothing() {
    let limits = ConnectionLimits {
        idle: SHORT,
        ..UNLIMITED
    };
    let kept = kept_for(limits, "").await;
    assert!(kept >= SHORT, "{kept:?}");
}

#[tokio::test]
async fn connection_is_closed_when_a_request_or_its_answer_takes_too_long() {
    let limits = ConnectionLimits {
        request: SHORT,
        ..UNLIMITED
    };
    assert!(kept_for(limits, "GET / HTTP/1.1\r\nhost:").await >= SHORT);
    assert!(kept_for(limits, &request("/hang")).await >= SHORT);
}

#[tokio::test]
async fn connection_is_closed_when_its_client_does_not_read() {
    let limits = ConnectionLimits {
        response: SHORT,
        ..UNLIMITED
    };
    let address = start(limits).await;
    let begin = Instant::now();
    let mut stream = connect(address, &request("/large")).await;
    // Only a closed connection stops taking requests without being read.
    loop {
        tokio::time::sleep(SHORT / 10).await;
        if stream.write_all(request("/").as_bytes()).await.is_err() {
            break;
        }
        assert!(begin.elapsed() < LONG);
    }
    assert!(begin.elapsed() >= SHORT);
}

#[tokio::test]
async fn connection_serves_one_request_after_another() {
    let address = start(UNLIMITED).await;
    let mut stream = connect(address, "").await;
    for _ in 0..3 {
        stream.write_all(request("/").as_bytes()).await.unwrap();
        let mut response = [0; 512];
        let count = stream.read(&mut response).await.unwrap();
        assert!(response[..count].ends_with(b"ok"));
    }
}

/// A source of errors, and of nothing after them.
struct Failing {
    errors: usize,
    kind: fn() -> io::Error,
    tries: Arc<AtomicUsize>,
}

impl Accept for Failing {
    type Stream = ();

    async fn accept(&mut self) -> io::Result<()> {
        if self.tries.fetch_add(1, Ordering::Relaxed) < self.errors {
            return Err((self.kind)());
        }
        std::future::pending().await
    }
}

/// How often connections are accepted from a source of errors within a time.
async fn tries_within(
    time: Duration,
    connections: &mut Connections,
    errors: usize,
    kind: fn() -> io::Error,
) -> usize {
    let tries = Arc::new(AtomicUsize::new(0));
    let source = Failing {
        errors,
        kind,
        tries: Arc::clone(&tries),
    };
    let open = |()| (Arc::new(Activity::new()), std::future::pending());
    let _ = timeout(time, accept_from(source, connections, open)).await;
    tries.load(Ordering::Relaxed)
}

#[tokio::test(start_paused = true)]
async fn accept_loop_backs_off_and_frees_a_connection_when_descriptors_run_out() {
    const EMFILE: i32 = 24;
    let mut connections = Connections::new(UNLIMITED);
    for _ in 0..5 {
        connections.open(Arc::new(Activity::new()), std::future::pending());
    }
    let out_of_descriptors = || io::Error::from_raw_os_error(EMFILE);
    let minute = Duration::from_mins(1);
    let tries = tries_within(minute, &mut connections, usize::MAX, out_of_descriptors).await;
    assert!((55..80).contains(&tries), "{tries} tries in a minute");
    assert!(connections.activities.is_empty());
}

#[tokio::test(start_paused = true)]
async fn accept_loop_does_not_pause_for_a_connection_that_its_client_gave_up() {
    let mut connections = Connections::new(UNLIMITED);
    connections.open(Arc::new(Activity::new()), std::future::pending());
    let aborted = || io::ErrorKind::ConnectionAborted.into();
    let moment = Duration::from_millis(1);
    let tries = tries_within(moment, &mut connections, 1_000, aborted).await;
    assert_eq!(tries, 1_001);
    assert_eq!(connections.activities.len(), 1);
}
