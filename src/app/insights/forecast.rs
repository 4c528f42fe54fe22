//! What is to be expected of jobs under way: when each should be done, and
//! from when on it counts as slow or quiet.
//!
//! Computed when a job changes, not with time: what remains for a moment to
//! come is kept in order, so that the next one is found at once.

use std::collections::{BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::app::jobs::Row;
use crate::history::{Baseline, StageBaseline};
use crate::hotglue::{FlowId, Stage, Text, elapsed};
use crate::watch::{EnvironmentId, JobId};

/// A stage this much over what is usual is no news yet.
const GRACE: SignedDuration = SignedDuration::from_secs(5);

/// How a job goes, held against what is usual for its flow and tap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anomaly {
    /// As usual, as far as that is known.
    #[default]
    Baseline,
    /// Its stage takes longer than in nineteen of twenty runs.
    Slow {
        /// The stage.
        stage: Stage,
        /// When it began.
        since: Timestamp,
        /// How long it takes at most, usually.
        baseline: SignedDuration,
    },
    /// Nothing was heard of it for longer than is usual in its stage.
    Quiet {
        /// Since then.
        since: Timestamp,
        /// The longest silence there is, usually.
        baseline: SignedDuration,
    },
}

impl Anomaly {
    /// Whether a person should look.
    pub fn is_unusual(self) -> bool {
        self != Self::Baseline
    }

    /// What to say of it.
    pub fn words(self, now: Timestamp) -> Option<String> {
        Some(match self {
            Self::Baseline => return None,
            Self::Slow {
                stage,
                since,
                baseline,
            } => format!(
                "slow: {} for {} (usual up to {})",
                stage.name(),
                elapsed(now.duration_since(since)),
                elapsed(baseline)
            ),
            Self::Quiet { since, baseline } => format!(
                "quiet {} (usual up to {})",
                elapsed(now.duration_since(since)),
                elapsed(baseline)
            ),
        })
    }
}

/// When a job should be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    /// Half of such jobs are.
    median: Timestamp,
    /// Nine of ten are.
    late: Timestamp,
}

/// What is to be expected. See the module's documentation.
#[derive(Debug, Default)]
pub struct Forecast {
    baseline: HashMap<(EnvironmentId, FlowId), Vec<(Text, Baseline)>>,
    expected: HashMap<JobId, Expected>,
    medians: BTreeSet<(Timestamp, JobId)>,
    lates: BTreeSet<(Timestamp, JobId)>,
    alarms: BTreeSet<(Timestamp, JobId)>,
    alarm_of: HashMap<JobId, Timestamp>,
}

impl Forecast {
    /// Takes over what is usual for a flow and tap.
    pub(in crate::app) fn merge(
        &mut self,
        environment: EnvironmentId,
        flow: FlowId,
        tap: Text,
        baseline: Baseline,
    ) {
        let known = self.baseline.entry((environment, flow)).or_default();
        match known.iter_mut().find(|(each, _)| *each == tap) {
            Some(entry) => entry.1 = baseline,
            None => known.push((tap, baseline)),
        }
    }

    /// What is usual for a job's flow and tap.
    pub fn baseline(&self, row: &Row) -> Option<&Baseline> {
        let flow = row.subject.flow().clone();
        let known = self.baseline.get(&(row.environment, flow))?;
        let tap = row.job()?.tap.clone().unwrap_or_default();
        known
            .iter()
            .find(|(each, _)| *each == tap)
            .map(|(_, baseline)| baseline)
    }

    /// Forgets a job.
    pub(in crate::app) fn forget(&mut self, key: JobId) {
        if let Some(expected) = self.expected.remove(&key) {
            self.medians.remove(&(expected.median, key));
            self.lates.remove(&(expected.late, key));
        }
        if let Some(at) = self.alarm_of.remove(&key) {
            self.alarms.remove(&(at, key));
        }
    }

    /// Looks at a job that changed, or whose moment has come; answers how it
    /// goes.
    pub(in crate::app) fn look_at(&mut self, row: &Row, now: Timestamp) -> Anomaly {
        let key = row.key;
        self.forget(key);
        let Some((baseline, since)) = self.baseline(row).zip(stage_since(row)) else {
            return Anomaly::Baseline;
        };
        let (stage, since) = since;
        let Some(of_stage) = baseline.stage(stage).copied() else {
            return Anomaly::Baseline;
        };
        let after = baseline.after(stage);
        let expected = Expected {
            median: later(since, of_stage.took.median + after),
            late: later(since, of_stage.took.p90 + after * 3 / 2),
        };
        let (anomaly, alarm) = judge(row, stage, since, &of_stage, now);
        self.expected.insert(key, expected);
        self.medians.insert((expected.median, key));
        self.lates.insert((expected.late, key));
        if let Some(at) = alarm {
            self.alarms.insert((at, key));
            self.alarm_of.insert(key, at);
        }
        anomaly
    }

    /// The jobs whose moment has come.
    pub(in crate::app) fn due(&self, now: Timestamp) -> Vec<JobId> {
        self.alarms
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, key)| *key)
            .collect()
    }

    /// When the next job will count as slow or quiet.
    pub(in crate::app) fn next(&self) -> Option<Timestamp> {
        self.alarms.first().map(|(at, _)| *at)
    }

    /// How long until all are done, half of the times and nine of ten; `None`
    /// where too little is known of the unfinished ones.
    pub fn left(&self, unfinished: usize, now: Timestamp) -> Option<Eta> {
        if unfinished == 0 || self.expected.len() * 5 < unfinished * 4 {
            return None;
        }
        let until = |ends: &BTreeSet<(Timestamp, JobId)>| {
            let (end, _) = ends.last()?;
            Some(end.duration_since(now).max(SignedDuration::ZERO))
        };
        Some(Eta {
            median: until(&self.medians)?,
            late: until(&self.lates)?,
        })
    }

    /// How long until a job is done.
    pub fn left_of(&self, key: JobId, now: Timestamp) -> Option<Eta> {
        let expected = self.expected.get(&key)?;
        let until = |end: Timestamp| end.duration_since(now).max(SignedDuration::ZERO);
        Some(Eta {
            median: until(expected.median),
            late: until(expected.late),
        })
    }
}

/// How long something still takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Eta {
    /// In half of the cases.
    pub median: SignedDuration,
    /// In nine of ten.
    pub late: SignedDuration,
}

impl Eta {
    /// It in words, with how sure it is.
    pub fn words(self) -> String {
        let about = |time: SignedDuration| {
            // Seconds would promise too much.
            match time.as_secs() {
                ..60 => "less than a minute".to_owned(),
                seconds @ 60..3600 => format!("{}m", (seconds + 30) / 60),
                seconds => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
            }
        };
        let (median, late) = (about(self.median), about(self.late));
        if self.late < SignedDuration::from_secs(5) {
            "should be done by now".to_owned()
        } else if median == late {
            format!("about {median} left")
        } else {
            format!("about {median} left, at most {late}")
        }
    }
}

/// The stage that a job is in, and since when.
fn stage_since(row: &Row) -> Option<(Stage, Timestamp)> {
    let job = row.job()?;
    if job.status.is_finished() {
        return None;
    }
    if let Some(open) = row.spans().last().filter(|span| span.to.is_none()) {
        return Some((open.stage, open.from));
    }
    // Between two stages: the one that is over is what is known.
    Some((job.status.stage()?, row.updated()?))
}

/// How a job goes in its stage, and when that is to be looked at again.
fn judge(
    row: &Row,
    stage: Stage,
    since: Timestamp,
    baseline: &StageBaseline,
    now: Timestamp,
) -> (Anomaly, Option<Timestamp>) {
    if row.job().is_some_and(|job| job.status.ends_stage()) {
        return (Anomaly::Baseline, None);
    }
    let slow_at = later(since, baseline.took.p95 + GRACE);
    let quiet = row.updated().zip(baseline.silence);
    let quiet_at = quiet.map(|(updated, silence)| later(updated, silence.p95 + GRACE));
    let next = [Some(slow_at), quiet_at]
        .into_iter()
        .flatten()
        .filter(|at| *at > now)
        .min();
    let anomaly = match quiet {
        Some((updated, silence)) if quiet_at.is_some_and(|at| at <= now) && updated > since => {
            Anomaly::Quiet {
                since: updated,
                baseline: silence.p95,
            }
        }
        _ if slow_at <= now => Anomaly::Slow {
            stage,
            since,
            baseline: baseline.took.p95,
        },
        Some((updated, silence)) if quiet_at.is_some_and(|at| at <= now) => Anomaly::Quiet {
            since: updated,
            baseline: silence.p95,
        },
        _ => Anomaly::Baseline,
    };
    (anomaly, next)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
