//! Slow and silent jobs: the running stage of a job judged against the
//! baseline of its flow and tap.

use jiff::{SignedDuration, Timestamp};

use crate::history::StageBaseline;
use crate::hotglue::{Stage, elapsed};

/// How far a stage may exceed its 95th percentile before it is an anomaly.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// A deviation of a running job from the baseline of its flow and tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anomaly {
    /// The stage takes longer than its 95th percentile.
    Slow {
        /// The stage.
        stage: Stage,
        /// When the stage began.
        since: Timestamp,
        /// The 95th percentile of its duration.
        p95: SignedDuration,
    },
    /// There was no event for longer than the 95th percentile of the longest
    /// silence in the stage.
    Silent {
        /// When the last event was.
        since: Timestamp,
        /// The 95th percentile of the longest silence.
        p95: SignedDuration,
    },
}

impl Anomaly {
    /// The name of its kind, such as "slow".
    pub fn name(self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow",
            Self::Silent { .. } => "silent",
        }
    }

    /// Describes the anomaly, such as "silent for 40s (p95: 30s)".
    pub fn description(self, now: Timestamp) -> String {
        let duration = |since| elapsed(now.duration_since(since));
        match self {
            Self::Slow { stage, since, p95 } => format!(
                "slow: {} for {} (p95: {})",
                stage.name(),
                duration(since),
                elapsed(p95)
            ),
            Self::Silent { since, p95 } => {
                format!("silent for {} (p95: {})", duration(since), elapsed(p95))
            }
        }
    }
}

/// The stage that an unfinished job is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningStage {
    /// The stage.
    pub stage: Stage,
    /// When it began; when it finished, where `has_finished`.
    pub since: Timestamp,
    /// When the service registered the job's last event.
    pub last_event: Option<Timestamp>,
    /// Whether the stage has finished and the next one has not begun.
    pub has_finished: bool,
}

/// The result of [`judge`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgment {
    /// The anomaly, if there is one.
    pub anomaly: Option<Anomaly>,
    /// When the result may change without another event.
    pub next_check: Option<Timestamp>,
}

/// Judges a running stage at `now` against its baseline.
pub(crate) fn judge(running: RunningStage, baseline: &StageBaseline, now: Timestamp) -> Judgment {
    if running.has_finished {
        return Judgment {
            anomaly: None,
            next_check: None,
        };
    }
    let RunningStage { stage, since, .. } = running;
    let p95 = baseline.duration.p95;
    let slow = (
        add(since, p95 + TOLERANCE),
        Anomaly::Slow { stage, since, p95 },
    );
    let silent = running
        .last_event
        .zip(baseline.silence)
        .map(|(since, silence)| {
            let p95 = silence.p95;
            (add(since, p95 + TOLERANCE), Anomaly::Silent { since, p95 })
        });
    // Silence since an event within the stage says more than its duration;
    // silence since its beginning says less.
    let has_event = running.last_event.is_some_and(|event| event > since);
    let by_priority = if has_event {
        [silent, Some(slow)]
    } else {
        [Some(slow), silent]
    };
    let begun = |(at, _): &(Timestamp, Anomaly)| *at <= now;
    let known = || by_priority.into_iter().flatten();
    Judgment {
        anomaly: known().find(begun).map(|(_, anomaly)| anomaly),
        next_check: known()
            .filter(|entry| !begun(entry))
            .map(|(at, _)| at)
            .min(),
    }
}

/// A later time; the last representable one where that is exceeded.
pub(super) fn add(time: Timestamp, duration: SignedDuration) -> Timestamp {
    time.checked_add(duration).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Percentiles;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    fn percentiles(p95: i64) -> Percentiles {
        let duration = SignedDuration::from_secs(p95);
        Percentiles {
            count: 20,
            p50: duration,
            p90: duration,
            p95: duration,
        }
    }

    /// A stage with a p95 of 180 s and a longest silence of 30 s.
    fn baseline() -> StageBaseline {
        StageBaseline {
            duration: percentiles(180),
            silence: Some(percentiles(30)),
            share: 100,
        }
    }

    fn running(last_event: i64) -> RunningStage {
        RunningStage {
            stage: Stage::Sync,
            since: at(0),
            last_event: Some(at(last_event)),
            has_finished: false,
        }
    }

    #[test]
    fn job_is_silent_after_p95_and_tolerance() {
        let early = judge(running(10), &baseline(), at(44));
        assert_eq!((early.anomaly, early.next_check), (None, Some(at(45))));
        let late = judge(running(10), &baseline(), at(50));
        let anomaly = late.anomaly.unwrap();
        assert_eq!(anomaly.description(at(50)), "silent for 40s (p95: 30s)");
        assert_eq!(late.next_check, Some(at(185)));
    }

    #[test]
    fn slow_is_reported_before_silence_that_lasts_since_the_stage_began() {
        let judgment = judge(running(0), &baseline(), at(312));
        let anomaly = judgment.anomaly.unwrap();
        let description = anomaly.description(at(312));
        assert_eq!(description, "slow: sync for 5m 12s (p95: 3m 00s)");
        assert_eq!(judgment.next_check, None);
    }

    #[test]
    fn job_between_two_stages_is_not_judged() {
        let between_stages = RunningStage {
            has_finished: true,
            ..running(0)
        };
        let judgment = judge(between_stages, &baseline(), at(10_000));
        assert_eq!((judgment.anomaly, judgment.next_check), (None, None));
    }
}
