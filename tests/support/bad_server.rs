//! A server on raw sockets that misbehaves on request.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// A whole answer: status, further headers, body.
    Answer(u16, &'static [(&'static str, &'static str)], String),
    /// These bytes, and then the connection is closed.
    Raw(Vec<u8>),
    /// A good head, and then a byte of the body every so often.
    Drip(Duration),
    /// Nothing, for ever.
    Hang,
    /// A good beginning, and then a reset.
    Reset,
    /// A body in chunks without end.
    Endless,
    /// A small body that unpacks to 300 MB.
    GzipBomb,
}

impl Act {
    /// A job in a status.
    pub fn job(status: &str) -> Self {
        let body = format!(
            r#"{{"status":"{status}","last_updated":"2026-11-23T12:00:00Z","tap":"shopify"}}"#
        );
        Self::Answer(200, &[], body)
    }

    pub fn status(status: u16) -> Self {
        Self::Answer(status, &[], r#"{"message": "so it is"}"#.to_owned())
    }

    pub fn body(body: &str) -> Self {
        Self::Answer(200, &[], body.to_owned())
    }
}

/// The misbehaving server. Its requests are kept, head and all.
pub struct BadServer {
    pub base: String,
    pub requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for BadServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl BadServer {
    /// Serves what `act` says for the path of a request and its number.
    pub async fn start(act: impl Fn(&str, usize) -> Act + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", act).await
    }

    pub async fn start_at(
        address: &str,
        act: impl Fn(&str, usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, act) = (Arc::clone(&requests), Arc::new(act));
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                connections.spawn(converse(stream, Arc::clone(&log), Arc::clone(&act)));
            }
        });
        Self {
            base,
            requests,
            task,
        }
    }

    /// How many requests had this in their head.
    pub fn asked(&self, what: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|head| head.contains(what)).count()
    }
}

async fn converse<F>(mut stream: TcpStream, log: Arc<Mutex<Vec<String>>>, act: Arc<F>)
where
    F: Fn(&str, usize) -> Act + Send + Sync + 'static,
{
    while let Some(head) = head(&mut stream).await {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let number = {
            let mut log = log.lock().unwrap();
            log.push(head);
            log.iter().filter(|head| head.contains(&path)).count()
        };
        if perform(&mut stream, act(&path, number)).await.is_none() {
            return;
        }
    }
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Returns `None` when the connection is closed.
async fn perform(stream: &mut TcpStream, act: Act) -> Option<()> {
    const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    match act {
        Act::Answer(status, headers, body) => {
            let mut answer = format!(
                "HTTP/1.1 {status} Reason\r\ncontent-length: {}\r\n",
                body.len()
            );
            for (name, value) in headers {
                answer.push_str(&format!("{name}: {value}\r\n"));
            }
            answer.push_str("\r\n");
            answer.push_str(&body);
            stream.write_all(answer.as_bytes()).await.ok()
        }
        Act::Raw(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            None
        }
        Act::Drip(every) => {
            stream.write_all(HEAD).await.ok()?;
            stream
                .write_all(b"content-length: 5000\r\n\r\n")
                .await
                .ok()?;
            loop {
                stream.write_all(b" ").await.ok()?;
                tokio::time::sleep(every).await;
            }
        }
        Act::Hang => std::future::pending().await,
        Act::Reset => {
            stream.write_all(HEAD).await.ok()?;
            stream
                .write_all(b"content-length: 5000\r\n\r\n{\"status\"")
                .await
                .ok()?;
            stream.set_zero_linger().ok()?;
            None
        }
        Act::Endless => {
            stream.write_all(HEAD).await.ok()?;
            stream
                .write_all(b"transfer-encoding: chunked\r\n\r\n")
                .await
                .ok()?;
            let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 65_536], b"\r\n"].concat();
            loop {
                stream.write_all(&chunk).await.ok()?;
            }
        }
        Act::GzipBomb => {
            let bomb = gzip_of_spaces(300 * 1024 * 1024);
            stream.write_all(HEAD).await.ok()?;
            let length = format!(
                "content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
                bomb.len()
            );
            stream.write_all(length.as_bytes()).await.ok()?;
            stream.write_all(&bomb).await.ok()
        }
    }
}

/// A gzip stream of spaces. One block is compressed and repeated, which takes
/// no time; the checksum at the end is missing, since nobody should get there.
fn gzip_of_spaces(length: usize) -> Vec<u8> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    const BLOCK: usize = 1024 * 1024;
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    let mut block = Vec::with_capacity(BLOCK);
    let flush = flate2::FlushCompress::Full;
    deflate
        .compress_vec(&vec![b' '; BLOCK], &mut block, flush)
        .unwrap();
    [&HEADER, &*block.repeat(length / BLOCK)].concat()
}
