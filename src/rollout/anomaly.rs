//! Slow and silent jobs: an unfinished job judged against the baseline of its
//! tenant and flow, at the time of its last successful poll. What happened
//! between two polls is not known, so the time between them is never held
//! against a job; the result of a poll does not change until the next one.

use jiff::{SignedDuration, Timestamp};

use super::baseline::FlowBaseline;
use crate::hotglue::{Job, Moment, Stage, State, TenantId, Text, elapsed, stage_spans};
use crate::report::AnomalyRecord;

/// The probability with which a healthy job runs for longer than its limit.
const SLOW_JOB: f64 = 0.001_5;
/// The probability for each stage. Together with the other two, over at most
/// five stages, it stays below one false alarm in 200 jobs.
const SLOW_STAGE: f64 = 0.000_2;
/// The probability for the longest silence in each stage.
const SILENT_STAGE: f64 = 0.000_3;
/// How far a limit may be exceeded before it is an anomaly: the clocks of
/// hgtop and the service differ a little.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

/// A deviation of an unfinished job from the baseline, as of its last poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anomaly {
    /// The job, or the stage it is in, takes longer than healthy ones do.
    Slow {
        /// The stage; `None` for the whole job.
        stage: Option<Stage>,
        /// How long it had taken.
        duration: SignedDuration,
        /// The 95th percentile of the baseline.
        p95: SignedDuration,
    },
    /// There was no event for longer than in healthy jobs.
    Silent {
        /// How long there had been no event.
        duration: SignedDuration,
        /// The 95th percentile of the longest silence in the stage.
        p95: SignedDuration,
    },
}

impl Anomaly {
    /// The name of its kind, such as "slow".
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Slow { .. } => "slow",
            Self::Silent { .. } => "silent",
        }
    }

    /// The anomaly of a tenant's job as a record, in seconds.
    pub(crate) fn record(self, tenant: &TenantId) -> AnomalyRecord {
        let (Self::Slow { duration, p95, .. } | Self::Silent { duration, p95 }) = self;
        let seconds = |duration: SignedDuration| u64::try_from(duration.as_secs());
        AnomalyRecord {
            tenant: tenant.to_string(),
            kind: self.name(),
            value: seconds(duration).unwrap_or_default(),
            baseline: seconds(p95).ok(),
            stream: None,
            description: self.description(),
        }
    }

    /// Describes the anomaly, such as "silent for 40s (p95: 30s)".
    pub(crate) fn description(self) -> String {
        match self {
            Self::Slow {
                stage,
                duration,
                p95,
            } => format!(
                "slow: {} for {} (p95: {})",
                stage.map_or("running", Stage::name),
                elapsed(duration),
                elapsed(p95)
            ),
            Self::Silent { duration, p95 } => {
                format!("silent for {} (p95: {})", elapsed(duration), elapsed(p95))
            }
        }
    }
}

/// An unfinished job as of its last successful poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningJob {
    /// When it was created.
    pub started: Option<Timestamp>,
    /// The stage it is in, where that is known.
    pub stage: Option<RunningStage>,
    /// When the service registered its last event.
    pub last_event: Option<Timestamp>,
    /// When the poll succeeded.
    pub polled: Timestamp,
}

impl RunningJob {
    /// Reads what an unfinished job is judged by from the answer to a poll;
    /// `None` of a finished job, or of one whose status is unknown.
    pub(crate) fn of(job: &Job, polled: Timestamp) -> Option<Self> {
        if job.status.is_finished() || job.status.state() == State::Unknown {
            return None;
        }
        let time = |moment: Option<&Moment>| moment.and_then(|moment| moment.at);
        let last_event = time(job.last_updated.as_ref());
        let open = stage_spans(job.status_times()).pop();
        let open = open.filter(|span| span.to.is_none());
        // Without the times of its statuses it entered the stage at the latest
        // with its last event.
        let stage = match open {
            Some(span) => Some((span.stage, span.from)),
            None => job.status.stage().zip(last_event),
        };
        Some(Self {
            started: time(job.start_time.as_ref()),
            stage: stage.map(|(stage, since)| RunningStage {
                stage,
                since,
                has_finished: job.status.ends_stage(),
            }),
            last_event,
            polled,
        })
    }
}

/// The stage that an unfinished job is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunningStage {
    /// The stage.
    pub stage: Stage,
    /// When it began; when it finished, where `has_finished`.
    pub since: Timestamp,
    /// Whether the stage has finished and the next one has not begun.
    pub has_finished: bool,
}

/// Judges an unfinished job against the baseline of its flow.
pub fn judge(
    job: RunningJob,
    tenant: &TenantId,
    tap: Option<&Text>,
    baseline: &FlowBaseline,
) -> Option<Anomaly> {
    let is_beyond = |duration: SignedDuration, limit: Option<SignedDuration>| {
        limit.is_some_and(|limit| duration > limit.saturating_add(TOLERANCE))
    };
    let stage = job.stage.filter(|stage| !stage.has_finished);
    let silent = stage.zip(job.last_event).and_then(|(running, event)| {
        let duration = job.polled.duration_since(event);
        let limit = baseline.silence_limit(tenant, tap, running.stage, SILENT_STAGE);
        let p95 = baseline.silence(tenant, tap, running.stage)?.p95;
        is_beyond(duration, limit).then_some(Anomaly::Silent { duration, p95 })
    });
    let slow_stage = stage.and_then(|running| {
        let duration = job.polled.duration_since(running.since);
        let limit = baseline.stage_limit(tenant, tap, running.stage, SLOW_STAGE);
        let p95 = baseline.stage(tenant, tap, running.stage)?.p95;
        is_beyond(duration, limit).then_some(Anomaly::Slow {
            stage: Some(running.stage),
            duration,
            p95,
        })
    });
    // Silence since an event within the stage says more than its duration;
    // silence since its beginning says less.
    let has_event = stage.zip(job.last_event);
    let has_event = has_event.is_some_and(|(running, event)| event > running.since);
    let of_stage = if has_event {
        silent.or(slow_stage)
    } else {
        slow_stage.or(silent)
    };
    of_stage.or_else(|| {
        let duration = job.polled.duration_since(job.started?);
        let limit = baseline.limit(tenant, tap, SLOW_JOB);
        let p95 = baseline.total(tenant, tap).p95;
        is_beyond(duration, limit).then_some(Anomaly::Slow {
            stage: None,
            duration,
            p95,
        })
    })
}

#[cfg(test)]
mod alarm_tests;
#[cfg(test)]
mod tests;
