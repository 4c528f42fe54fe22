//! The thread that writes and reads the history, so that nothing else waits
//! for the disk. A failure is reported once, and hgtop continues without.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::answer::{HistoryAnswer, HistoryQuery};
use super::error::HistoryError;
use super::event::RecordedEvent;
use super::forecasts::RecordedForecast;
use super::observation::Observation;
use super::replay::{JobUpdate, RecordedList};
use super::store::{Opened, Store};
/// Old runs are removed at the start, and each time this many observations
/// were recorded.
const PRUNE_EVERY: usize = 10_000;
/// How long closing may take.
const CLOSE_LIMIT: Duration = Duration::from_millis(900);

enum Request {
    Record(Vec<Observation>),
    RecordEvents(Vec<RecordedEvent>),
    RecordForecasts(Vec<RecordedForecast>),
    RecordUpdates(Vec<JobUpdate>),
    RecordList(RecordedList),
    Query(HistoryQuery),
    Read(Box<dyn FnOnce(&Store) + Send>),
}

/// The handle of the recorder's thread.
#[derive(Debug)]
pub struct Recorder {
    /// `None` once it is closed.
    requests: Option<mpsc::Sender<Request>>,
    /// Disconnects when the thread ends.
    ended: mpsc::Receiver<()>,
    /// Makes the database stop what it does.
    stop: Arc<AtomicBool>,
    /// How many observations are not saved yet, or never will be.
    unsaved: Arc<AtomicUsize>,
}

impl Recorder {
    /// Starts the thread and opens the database on it. `publish` is called on
    /// it with every answer and notice.
    pub fn start(
        open: impl FnOnce() -> Result<Opened, HistoryError> + Send + 'static,
        publish: impl Fn(HistoryAnswer) + Send + 'static,
    ) -> Self {
        let (requests, inbox) = mpsc::channel();
        let (end, ended) = mpsc::channel();
        let (stop, unsaved) = (Arc::default(), Arc::default());
        let worker = Worker {
            publish,
            stop: Arc::clone(&stop),
            unsaved: Arc::clone(&unsaved),
            is_failure_published: false,
        };
        // Without a thread, the sender of the end is dropped here, and what
        // is recorded counts as not saved.
        let started = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || {
                let _end: mpsc::Sender<()> = end;
                worker.run(open, &inbox);
            });
        if let Err(error) = started {
            tracing::warn!(%error, "history not recorded");
        }
        Self {
            requests: Some(requests),
            ended,
            stop,
            unsaved,
        }
    }

    /// Records observations.
    pub fn record(&self, observations: Vec<Observation>) {
        self.unsaved.fetch_add(observations.len(), Ordering::SeqCst);
        self.send(Request::Record(observations));
    }

    /// Records events.
    pub(crate) fn record_events(&self, events: Vec<RecordedEvent>) {
        self.unsaved.fetch_add(events.len(), Ordering::SeqCst);
        self.send(Request::RecordEvents(events));
    }

    /// Records forecasts.
    pub(crate) fn record_forecasts(&self, forecasts: Vec<RecordedForecast>) {
        self.send(Request::RecordForecasts(forecasts));
    }

    /// Records changes of jobs between two statuses.
    pub fn record_updates(&self, updates: Vec<JobUpdate>) {
        self.send(Request::RecordUpdates(updates));
    }

    /// Records what is watched from now on.
    pub fn record_list(&self, list: RecordedList) {
        self.send(Request::RecordList(list));
    }

    /// Asks a question, which the thread publishes the answer to.
    pub fn query(&self, query: HistoryQuery) {
        self.send(Request::Query(query));
    }

    /// Reads the history on the thread, after what was recorded before. Returns
    /// whether there is a history.
    pub(crate) fn read(&self, read: impl FnOnce(&Store) + Send + 'static) -> bool {
        let request = Request::Read(Box::new(read));
        let requests = self.requests.as_ref();
        requests.is_some_and(|requests| requests.send(request).is_ok())
    }

    /// Saves what was recorded, for at most `limit`; a database that is locked
    /// or slow is left behind. Returns how many observations were not saved,
    /// for whatever reason, since the start.
    pub(crate) fn close(mut self, limit: Duration) -> usize {
        self.finish(limit);
        self.unsaved.load(Ordering::SeqCst)
    }

    fn send(&self, request: Request) {
        if let Some(requests) = &self.requests {
            // It fails only after the thread has ended, which was published.
            let _ = requests.send(request);
        }
    }

    fn finish(&mut self, limit: Duration) {
        if self.requests.take().is_none() {
            return;
        }
        let is_running =
            |timeout| self.ended.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout);
        if is_running(limit * 3 / 4) {
            self.stop.store(true, Ordering::SeqCst);
            if is_running(limit / 4) {
                tracing::warn!("the history was left behind while it was busy");
            }
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.finish(CLOSE_LIMIT);
    }
}

/// What runs on the thread.
struct Worker<P> {
    publish: P,
    stop: Arc<AtomicBool>,
    unsaved: Arc<AtomicUsize>,
    is_failure_published: bool,
}

impl<P: Fn(HistoryAnswer)> Worker<P> {
    fn run(
        mut self,
        open: impl FnOnce() -> Result<Opened, HistoryError>,
        inbox: &mpsc::Receiver<Request>,
    ) {
        let opened = open().and_then(|mut opened| {
            opened.store.stop_on(Arc::clone(&self.stop))?;
            Ok(opened)
        });
        let Opened {
            mut store,
            set_aside,
        } = match opened {
            Ok(opened) => opened,
            Err(error) => {
                self.failed(&error);
                return;
            }
        };
        self.set_aside(set_aside);
        let mut recorded = PRUNE_EVERY;
        while let Ok(first) = inbox.recv() {
            let mut observations = Vec::new();
            let mut events = Vec::new();
            let mut forecasts = Vec::new();
            let mut updates = Vec::new();
            let mut lists = Vec::new();
            let mut queries = Vec::new();
            let mut reads = Vec::new();
            for request in std::iter::once(first).chain(inbox.try_iter()) {
                match request {
                    Request::Record(more) => observations.extend(more),
                    Request::RecordEvents(more) => events.extend(more),
                    Request::RecordForecasts(more) => forecasts.extend(more),
                    Request::RecordUpdates(more) => updates.extend(more),
                    Request::RecordList(list) => lists.push(list),
                    Request::Query(query) => queries.push(query),
                    Request::Read(read) => reads.push(read),
                }
            }
            if !observations.is_empty() {
                let record = |store: &mut Store| store.record(&observations);
                if self.perform(&mut store, record).is_some() {
                    self.unsaved.fetch_sub(observations.len(), Ordering::SeqCst);
                }
                recorded += observations.len();
            }
            if !events.is_empty() {
                let record = |store: &mut Store| store.record_events(&events);
                if self.perform(&mut store, record).is_some() {
                    self.unsaved.fetch_sub(events.len(), Ordering::SeqCst);
                }
                recorded += events.len();
            }
            if !forecasts.is_empty() {
                self.perform(&mut store, |store| store.record_forecasts(&forecasts));
                recorded += forecasts.len();
            }
            // After the runs that they are of.
            if !updates.is_empty() {
                self.perform(&mut store, |store| store.record_updates(&updates));
                recorded += updates.len();
            }
            for list in lists {
                self.perform(&mut store, |store| store.record_list(&list));
            }
            for query in queries {
                if let Some(answer) = self.perform(&mut store, |store| store.answer(&query)) {
                    (self.publish)(answer);
                }
            }
            for read in reads {
                read(&store);
            }
            // After the first answers, which a dashboard waits for.
            if recorded >= PRUNE_EVERY {
                recorded = 0;
                self.perform(&mut store, |store| store.prune(Timestamp::now()));
            }
        }
    }

    /// Performs an operation; once more on a new database when this one turns
    /// out to be damaged.
    fn perform<T>(
        &mut self,
        store: &mut Store,
        operation: impl Fn(&mut Store) -> Result<T, HistoryError>,
    ) -> Option<T> {
        let result = match operation(store) {
            Err(error) if error.is_damage() => store.replace_damaged().and_then(|set_aside| {
                self.set_aside(set_aside);
                operation(store)
            }),
            result => result,
        };
        result.inspect_err(|error| self.failed(error)).ok()
    }

    fn set_aside(&self, path: Option<PathBuf>) {
        if let Some(path) = path {
            tracing::warn!(path = %path.display(), "damaged history set aside");
            (self.publish)(HistoryAnswer::SetAside(path));
        }
    }

    fn failed(&mut self, error: &HistoryError) {
        tracing::warn!(%error, "history failed");
        // Quitting stops operations on purpose.
        if !error.is_interrupted() && !std::mem::replace(&mut self.is_failure_published, true) {
            (self.publish)(HistoryAnswer::Unavailable(error.to_string()));
        }
    }
}
