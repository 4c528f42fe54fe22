//! Requests of the user to print what is running: SIGUSR1, and the key `t` on
//! a terminal.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::failures::name;
use crate::hotglue::{Text, elapsed, error_line};
use crate::rollout::{Eta, JobProgress, Wait, WaitedJob};
use crate::runtime::signals::StatusRequests;
use crate::runtime::watchlist::Watchlist;
use crate::terminal::KeyPresses;

/// The key that requests the list.
const KEY: u8 = b't';
/// The most jobs that are listed.
const MOST_LISTED: usize = 100;

/// Where requests come from.
pub(super) struct Requests {
    signals: StatusRequests,
    keys: Option<KeyPresses>,
}

impl Requests {
    /// Listens to the signal, and to keys where `has_keys`.
    pub(super) fn new(has_keys: bool) -> Self {
        Self {
            signals: StatusRequests::new(),
            keys: if has_keys { KeyPresses::start() } else { None },
        }
    }

    /// Whether keys are read.
    pub(super) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Waits for the next request.
    pub(super) async fn next(&mut self) {
        let Some(keys) = &mut self.keys else {
            return self.signals.next().await;
        };
        loop {
            tokio::select! {
                () = self.signals.next() => return,
                key = keys.next() => {
                    if key.eq_ignore_ascii_case(&KEY) {
                        return;
                    }
                }
            }
        }
    }
}

/// Returns the unfinished jobs as lines, those that have been running longest
/// first.
pub(super) fn running(list: &Watchlist, wait: &Wait, now: Duration, eta: Option<&Eta>) -> String {
    let counts = wait.counts(now);
    let time = Timestamp::now();
    let eta = eta.map_or_else(String::new, |eta| format!("; {}", eta.label(time, true)));
    let mut text = format!("{counts}{eta}\n");
    let mut jobs: Vec<_> = wait
        .jobs(now)
        .filter(|(_, waited)| !waited.progress.is_finished())
        .collect();
    jobs.sort_by_key(|(_, waited)| {
        let start = start(waited).unwrap_or(Timestamp::MAX);
        (waited.progress != JobProgress::Running, start)
    });
    for (id, waited) in jobs.iter().take(MOST_LISTED) {
        let Some(entry) = list.entry(*id) else {
            continue;
        };
        let status = waited.run.map_or_else(
            || waited.progress.label().to_owned(),
            |(job, _)| job.status.to_string(),
        );
        let ran = start(waited).map_or(SignedDuration::ZERO, |start| time.duration_since(start));
        let message = match (waited.error, waited.run) {
            (Some(error), _) => error_line(&error.to_string()).to_owned(),
            (None, Some((job, _))) => {
                let message = job.message.as_ref();
                message.map_or_else(String::new, |message| {
                    error_line(message.as_str()).to_owned()
                })
            }
            (None, None) => String::new(),
        };
        let name = name(list, entry, waited);
        let line = format!("  {name}  {status}  {}  {message}", elapsed(ran));
        text.push_str(&format!("{}\n", Text::new(line.trim_end()).one_line()));
    }
    if let more @ 1.. = jobs.len().saturating_sub(MOST_LISTED) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}

/// When a job began.
fn start(waited: &WaitedJob<'_>) -> Option<Timestamp> {
    waited.run?.0.start_time.as_ref()?.at
}
