//! The rate bound: never more than so many requests in any one second, and a
//! little distance between them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Keeps the times of the last second's requests.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    /// Requests in any one second; `None` for no bound.
    rate: Option<usize>,
    sent: VecDeque<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(rate: Option<u32>) -> Self {
        let mut limiter = Self {
            rate: None,
            sent: VecDeque::new(),
        };
        limiter.set_rate(rate);
        limiter
    }

    /// Changes the rate. The requests of the last second still count.
    pub(crate) fn set_rate(&mut self, rate: Option<u32>) {
        self.rate = rate.map(|rate| rate.max(1) as usize);
    }

    /// When the next request may go; in the past when it may go at once.
    pub(crate) fn ready_at(&self) -> Option<Instant> {
        let rate = self.rate?;
        // Four times the rate leaves room to catch up, without a volley.
        let spacing = SECOND / u32::try_from(rate * 4).unwrap_or(u32::MAX);
        let after_last = self.sent.back().map(|&last| last + spacing);
        let after_window =
            (self.sent.len() >= rate).then(|| self.sent[self.sent.len() - rate] + SECOND);
        after_last.max(after_window)
    }

    pub(crate) fn record(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        self.sent.push_back(now);
        while self.sent.len() > rate {
            self.sent.pop_front();
        }
    }
}
