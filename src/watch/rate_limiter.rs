//! The rate limit: at most a given number of requests in any one second, with
//! some distance between them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// The limits of the requests to an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The number of requests in any one second; `None` for no limit.
    pub requests_per_second: Option<u32>,
    /// The number of requests in flight at the same time.
    pub concurrent_requests: usize,
}

/// One of this number of polls may be sent ahead of its turn.
pub(super) const AHEAD_OF_TURN: u32 = 4;

impl Limits {
    /// Returns the time within which each of a number of requests is sent once:
    /// their interval, or where the rate limit stretches it, the number divided
    /// by the part of the rate that is sent in turn.
    pub(crate) fn stretched_interval(&self, requests: usize, interval: Duration) -> Duration {
        let requests = u32::try_from(requests).unwrap_or(u32::MAX);
        let rate = self.requests_per_second.unwrap_or(u32::MAX).max(1);
        let at_full_rate = SECOND.saturating_mul(requests) / rate;
        if at_full_rate <= interval {
            return interval;
        }
        at_full_rate / (AHEAD_OF_TURN - 1) * AHEAD_OF_TURN
    }
}

/// Limits the rate of requests by the times of the last second's requests.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    /// The number of requests in any one second; `None` for no limit.
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

    /// Returns the earliest time of the next request; it may have passed.
    pub(crate) fn ready_at(&self) -> Option<Instant> {
        let rate = self.rate?;
        // Four times the rate allows catching up without a burst.
        let spacing = SECOND / u32::try_from(rate * 4).unwrap_or(u32::MAX);
        let after_last = self.sent.back().map(|&last| last + spacing);
        let after_window =
            (self.sent.len() >= rate).then(|| self.sent[self.sent.len() - rate] + SECOND);
        after_last.max(after_window)
    }

    /// Counts a request.
    pub(crate) fn record(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        self.sent.push_back(now);
        while self.sent.len() > rate {
            self.sent.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_requests_than_the_rate() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(Some(20));
        let mut sent = Vec::new();
        for millisecond in 0..5_000 {
            let now = start + Duration::from_millis(millisecond);
            // A pause in the middle must not be followed by a burst.
            let is_paused = (2_000..3_500).contains(&millisecond);
            if !is_paused && limiter.ready_at().is_none_or(|ready| ready <= now) {
                limiter.record(now);
                sent.push(now);
            }
        }
        for window in sent.windows(21) {
            assert!(window[20] - window[0] >= SECOND);
        }
        assert!(sent.len() >= 70, "{}", sent.len());
    }

    #[test]
    fn a_request_at_most_once_a_second_stays_possible() {
        let start = Instant::now();
        let mut limiter = RateLimiter::new(Some(0));
        limiter.record(start);
        assert_eq!(limiter.ready_at(), Some(start + SECOND));
        assert_eq!(RateLimiter::new(None).ready_at(), None);
    }
}
