//! The forecast as `--output jsonl` prints it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use crate::report::jsonl;
use crate::rollout::{Eta, ProgressCounts};
use crate::runtime::watchlist::Watchlist;

/// The shortest time between two forecasts.
const INTERVAL: Duration = Duration::from_secs(5);

/// A forecast, without the time at which it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Forecast {
    finished: usize,
    expected: usize,
    eta: Option<EtaFields>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct EtaFields {
    p50: String,
    p90: String,
    last_job: Option<String>,
    started: usize,
    not_started: usize,
}

/// The event, one line.
#[derive(Serialize)]
struct Line<'a> {
    event: &'static str,
    at: String,
    #[serde(flatten)]
    forecast: &'a Forecast,
}

/// What was printed, and when.
#[derive(Debug, Default)]
pub(super) struct ForecastLog {
    printed: Option<(Forecast, Instant)>,
    /// Whether the forecast changed since then.
    has_changed: bool,
}

impl ForecastLog {
    /// When a forecast that changed may be printed.
    pub(super) fn due(&self) -> Option<Instant> {
        let (_, time) = self.printed.as_ref().filter(|_| self.has_changed)?;
        Some(*time + INTERVAL)
    }

    /// The line to print: when the forecast changed, at most every five
    /// seconds, and none before there is an ETA.
    pub(super) fn take(
        &mut self,
        list: &Watchlist,
        eta: Option<&Eta>,
        counts: &ProgressCounts,
    ) -> Option<serde_json::Result<String>> {
        let forecast = Forecast {
            finished: counts.finished(),
            expected: counts.total(),
            eta: eta.map(|eta| EtaFields::new(list, eta)),
        };
        let now = Instant::now();
        match &self.printed {
            None if forecast.eta.is_none() => return None,
            None => {}
            Some((printed, time)) => {
                self.has_changed = *printed != forecast;
                if !self.has_changed || now < *time + INTERVAL {
                    return None;
                }
            }
        }
        let line = jsonl(&[Line {
            event: "forecast",
            at: Timestamp::now().to_string(),
            forecast: &forecast,
        }]);
        self.has_changed = false;
        self.printed = Some((forecast, now));
        Some(line)
    }
}

impl EtaFields {
    fn new(list: &Watchlist, eta: &Eta) -> Self {
        // A tenth of a second suggests no precision that it lacks.
        let time = |time: Timestamp| format!("{time:.1}");
        let last = eta.last_job().and_then(|id| list.entry(id));
        Self {
            p50: time(eta.p50),
            p90: time(eta.p90),
            last_job: last.map(|entry| entry.listed.name.clone()),
            started: eta.started,
            not_started: eta.not_started,
        }
    }
}
