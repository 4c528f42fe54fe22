//! The accept loop of the two HTTP servers, `hgtop export` and the simulated
//! service.
//!
//! It bounds the number of connections and the time that each may spend on a
//! request, on a response or idle, so that clients that never read or write
//! cannot keep others out. It rejects requests for foreign host names, so that
//! no web page can read the answers by DNS rebinding. What is answered is
//! decided by the caller.

mod connection;
mod hosts;
mod limits;

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};

use self::connection::{Activity, Monitored};
pub use self::hosts::AllowedHosts;
pub(crate) use self::limits::ConnectionLimits;

/// The largest request head, in bytes.
const MAX_HEAD_BYTES: usize = 16 * 1024;
/// Pauses after failures to accept a connection: the first, and the longest.
const ACCEPT_PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Accepts connections and answers their requests with `handler`. Never
/// returns: dropping the future closes all connections.
pub(crate) async fn serve<H, F>(
    listener: TcpListener,
    limits: ConnectionLimits,
    hosts: AllowedHosts,
    handler: H,
) where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let hosts = Arc::new(hosts);
    let mut connections = Connections::new(limits);
    accept_from(listener, &mut connections, |stream| {
        converse(stream, limits, Arc::clone(&hosts), handler.clone())
    })
    .await;
}

/// Where connections come from; a listener, or a test.
trait Accept {
    type Stream;

    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Accept for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = TcpListener::accept(self).await?;
        Ok(stream)
    }
}

/// Opens a connection for each stream of `source`. An error that is about the
/// process rather than one peer, such as exhausted file descriptors, is
/// followed by a pause, and by closing a connection.
async fn accept_from<A: Accept, C>(
    mut source: A,
    connections: &mut Connections,
    open: impl Fn(A::Stream) -> (Arc<Activity>, C),
) where
    C: Future<Output = ()> + Send + 'static,
{
    let (first_pause, longest_pause) = ACCEPT_PAUSES;
    let mut pause = first_pause;
    loop {
        let accepted = tokio::select! {
            accepted = source.accept() => accepted,
            () = connections.closed() => continue,
        };
        match accepted {
            Ok(stream) => {
                pause = first_pause;
                let (activity, connection) = open(stream);
                connections.open(activity, connection);
            }
            Err(error) if is_of_one_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connection not accepted, next try in {pause:?}");
                connections.close_longest();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(longest_pause);
            }
        }
    }
}

fn is_of_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// The open connections.
struct Connections {
    limits: ConnectionLimits,
    tasks: JoinSet<()>,
    activities: HashMap<Id, (tokio::task::AbortHandle, Arc<Activity>)>,
}

impl Connections {
    fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            tasks: JoinSet::new(),
            activities: HashMap::new(),
        }
    }

    /// Waits until a connection is closed; forever while none is open.
    async fn closed(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.activities.remove(&id)),
            Some(Err(error)) => drop(self.activities.remove(&error.id())),
            None => std::future::pending().await,
        }
    }

    fn open(
        &mut self,
        activity: Arc<Activity>,
        connection: impl Future<Output = ()> + Send + 'static,
    ) {
        while self.activities.len() >= self.limits.connections.max(1) {
            self.close_longest();
        }
        let handle = self.tasks.spawn(connection);
        self.activities.insert(handle.id(), (handle, activity));
    }

    /// Closes the connection that is idle for the longest time or, where all
    /// are busy, the one that is busy for the longest time.
    fn close_longest(&mut self) {
        let longest = self.activities.iter().max_by_key(|(_, (_, activity))| {
            let (is_idle, since) = activity.idle_or_busy_since();
            (is_idle, since.elapsed())
        });
        if let Some(id) = longest.map(|(id, _)| *id)
            && let Some((handle, _)) = self.activities.remove(&id)
        {
            handle.abort();
        }
    }
}

/// A connection, ready to be run, and what it is busy with.
fn converse<H, F>(
    stream: TcpStream,
    limits: ConnectionLimits,
    hosts: Arc<AllowedHosts>,
    handler: H,
) -> (Arc<Activity>, impl Future<Output = ()> + Send + 'static)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let activity = Arc::new(Activity::new());
    let local = stream.local_addr().ok();
    let service = service_fn(move |request: Request<Incoming>| {
        let rejection = hosts.rejection(&request, local);
        let handler = handler.clone();
        async move {
            Ok::<_, Infallible>(match rejection {
                Some((status, reason)) => plain(status, reason),
                None => handler(request).await,
            })
        }
    });
    let io = TokioIo::new(Monitored::new(stream, Arc::clone(&activity)));
    let watchdog = Arc::clone(&activity);
    let connection = async move {
        let connection = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .serve_connection(io, service);
        tokio::select! {
            // A broken connection concerns its client only.
            _ = connection => {}
            () = watchdog.time_out(limits) => {}
        }
    };
    (activity, connection)
}

/// A response of one line of text.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(test)]
mod tests;
