//! A TCP proxy on the loopback interface that behaves like a bad network:
//! latency, jitter, throttling, stalls, half-open connections, resets,
//! truncation, one-way shutdown. Each connection follows a script. It needs no
//! privileges, and never connects to anything but a loopback address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time;

/// What one direction of a connection does with its bytes, one step after the
/// other. After the last step everything is forwarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Forwards this many bytes.
    Forward(usize),
    /// Delivers what follows this much later, as a long way does.
    Latency(Duration),
    /// Delivers each further read later by a varying part of this.
    Jitter(Duration),
    /// Forwards what follows in pieces of at most this many bytes, with this
    /// much time between them.
    Throttle(usize, Duration),
    /// Holds everything back for this long, as the retransmission of a lost
    /// packet does.
    Stall(Duration),
    /// Discards everything from here on; the connection stays open, and the
    /// other direction is silent too.
    Vanish,
    /// Resets the connection (RST).
    Reset,
    /// Closes this direction only (FIN).
    Shutdown,
    /// Closes both directions.
    Close,
}

/// The steps of a connection, for both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    pub to_server: Vec<Step>,
    pub to_client: Vec<Step>,
}

impl Script {
    /// A network without faults.
    pub fn clean() -> Self {
        Self::default()
    }

    /// Only what the client receives is affected.
    pub fn to_client(steps: &[Step]) -> Self {
        Self {
            to_client: steps.to_vec(),
            ..Self::default()
        }
    }

    /// Only what the server receives is affected.
    pub fn to_server(steps: &[Step]) -> Self {
        Self {
            to_server: steps.to_vec(),
            ..Self::default()
        }
    }
}

/// The proxy. It ends, with all its connections, when it is dropped.
pub struct FaultProxy {
    /// The address to connect to, as an HTTP base URL.
    pub base: String,
    connections: Arc<AtomicUsize>,
    vanished: watch::Sender<usize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FaultProxy {
    /// A proxy in front of `server`, an HTTP base URL or an address. `script`
    /// is called with the number of each connection, from 1 on.
    pub async fn start(
        server: &str,
        script: impl Fn(usize) -> Script + Send + Sync + 'static,
    ) -> Self {
        let server: SocketAddr = server.trim_start_matches("http://").parse().unwrap();
        assert!(server.ip().is_loopback(), "{server}");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let (vanished, vanishing) = watch::channel(0);
        let count = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut running = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                let connection = connect(client, server, number, script(number));
                running.spawn(until_vanished(number, vanishing.clone(), connection));
            }
        });
        Self {
            base,
            connections,
            vanished,
            task,
        }
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Makes every connection accepted so far half-open: nothing passes any
    /// more in either direction, and no FIN or RST says so. New connections
    /// work.
    pub fn vanish(&self) {
        self.vanished.send_replace(self.connections());
    }
}

/// Runs a connection until it vanishes; then keeps its sockets open, silently.
async fn until_vanished(
    number: usize,
    mut vanished: watch::Receiver<usize>,
    connection: impl Future<Output = ()>,
) {
    let mut connection = std::pin::pin!(connection);
    let vanishing = async {
        let _ = vanished.wait_for(|last| *last >= number).await;
    };
    tokio::select! {
        () = &mut connection => {}
        // The connection is not polled any more, but keeps its sockets.
        () = vanishing => std::future::pending().await,
    }
}

async fn connect(mut client: TcpStream, server: SocketAddr, number: usize, script: Script) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let seed = 2 * number as u64;
    let mut up = Direction::new(script.to_server, seed);
    let mut down = Direction::new(script.to_client, seed + 1);
    let ending = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        let mut up = std::pin::pin!(up.run(client_read, server_write));
        let mut down = std::pin::pin!(down.run(server_read, client_write));
        // Whatever ends the connection ends both directions; a direction
        // that was merely closed leaves the other one open.
        tokio::select! {
            ending = &mut up => match ending {
                Ending::Finished => down.await,
                other => other,
            },
            ending = &mut down => match ending {
                Ending::Finished => up.await,
                other => other,
            },
        }
    };
    match ending {
        Ending::Finished | Ending::Closed => {}
        Ending::Vanished => std::future::pending().await,
        Ending::Reset => {
            let _ = (client.set_zero_linger(), server.set_zero_linger());
        }
    }
}

/// How a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It was closed; the other direction may continue.
    Finished,
    Vanished,
    Reset,
    Closed,
}

/// One direction of a connection.
struct Direction {
    steps: Vec<Step>,
    latency: Duration,
    jitter: Duration,
    throttle: Option<(usize, Duration)>,
    rng: fastrand::Rng,
    /// Bytes that were read and not delivered yet.
    pending: Vec<u8>,
}

impl Direction {
    fn new(steps: Vec<Step>, seed: u64) -> Self {
        Self {
            steps,
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            throttle: None,
            rng: fastrand::Rng::with_seed(seed),
            pending: Vec::new(),
        }
    }

    async fn run(&mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Ending {
        for step in std::mem::take(&mut self.steps) {
            match step {
                Step::Forward(bytes) => {
                    let mut left = bytes;
                    while left > 0 {
                        match self.deliver(&mut from, &mut to, left).await {
                            0 => return Ending::Finished,
                            delivered => left -= delivered,
                        }
                    }
                }
                Step::Latency(latency) => self.latency = latency,
                Step::Jitter(jitter) => self.jitter = jitter,
                Step::Throttle(bytes, pause) => self.throttle = Some((bytes, pause)),
                Step::Stall(length) => {
                    if self.fill(&mut from).await {
                        time::sleep(length).await;
                    }
                }
                Step::Vanish => return Ending::Vanished,
                Step::Reset => return Ending::Reset,
                Step::Shutdown => {
                    let _ = to.shutdown().await;
                    return Ending::Finished;
                }
                Step::Close => return Ending::Closed,
            }
        }
        while self.deliver(&mut from, &mut to, usize::MAX).await > 0 {}
        Ending::Finished
    }

    /// Reads until something is pending; returns false at the end.
    async fn fill(&mut self, from: &mut ReadHalf<'_>) -> bool {
        if !self.pending.is_empty() {
            return true;
        }
        let mut bytes = [0; 4 * 1024];
        let count = from.read(&mut bytes).await.unwrap_or(0);
        self.pending.extend_from_slice(&bytes[..count]);
        count > 0
    }

    /// Delivers at most `most` bytes; returns how many. At the end it closes
    /// this direction and returns 0.
    async fn deliver(
        &mut self,
        from: &mut ReadHalf<'_>,
        to: &mut WriteHalf<'_>,
        most: usize,
    ) -> usize {
        let is_new = self.pending.is_empty();
        if !self.fill(from).await {
            let _ = to.shutdown().await;
            return 0;
        }
        if is_new {
            time::sleep(self.latency + self.jitter.mul_f64(self.rng.f64())).await;
        }
        let mut count = most.min(self.pending.len());
        if let Some((bytes, pause)) = self.throttle {
            count = count.min(bytes);
            time::sleep(pause).await;
        }
        if to.write_all(&self.pending[..count]).await.is_err() {
            return 0;
        }
        self.pending.drain(..count);
        count
    }
}
