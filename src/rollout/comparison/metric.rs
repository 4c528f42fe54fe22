//! What is compared of two runs, and what a comparison can come to.

use crate::history::PastRun;
use crate::hotglue::{STAGES, Stage, State};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The time from creation to completion.
    Duration,
    /// The time in a stage.
    Stage(Stage),
    /// The number of rows.
    Rows,
    /// The share of finished runs that failed or were canceled.
    FailureRate,
}

impl Metric {
    /// The metrics, in the order of the table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let stages = std::iter::once(Stage::Queued).chain(STAGES);
        std::iter::once(Self::Duration)
            .chain(stages.map(Self::Stage))
            .chain([Self::Rows, Self::FailureRate])
    }

    /// The name in tables and JSON, such as "sync duration".
    pub(crate) fn name(self) -> String {
        match self {
            Self::Duration => "duration".to_owned(),
            Self::Stage(stage) => format!("{} duration", stage.name()),
            Self::Rows => "rows".to_owned(),
            Self::FailureRate => "failure rate".to_owned(),
        }
    }

    /// Whether the shift is a ratio; a difference otherwise.
    pub(crate) fn is_ratio(self) -> bool {
        match self {
            Self::Duration | Self::Stage(_) | Self::Rows => true,
            Self::FailureRate => false,
        }
    }

    /// The probability that anything reported of the metric is wrong; 5 % over
    /// all metrics.
    pub(super) fn error(self) -> f64 {
        match self {
            Self::Duration => 0.02,
            Self::Rows | Self::FailureRate => 0.01,
            Self::Stage(_) => 0.002,
        }
    }
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparisonResult {
    /// Any difference is within 10 %, of a failure rate within five points.
    NoDifference,
    /// The rollout takes longer.
    Slower,
    /// The rollout takes less time.
    Faster,
    /// The rollout's number is higher.
    Higher,
    /// The rollout's number is lower.
    Lower,
    /// Too few pairs to decide.
    Inconclusive,
}

impl ComparisonResult {
    /// The result in tables and JSON.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::NoDifference => "no difference",
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The color of the result in a table, as an ANSI code; `None` for none.
    pub(crate) fn tint(self) -> Option<u8> {
        match self {
            Self::Slower => Some(31),
            Self::Faster => Some(32),
            Self::Higher | Self::Lower => Some(33),
            Self::NoDifference | Self::Inconclusive => None,
        }
    }
}

/// The positive number of a finished run for a metric that is compared as a
/// ratio; `None` where the run has none.
pub(super) fn number(metric: Metric, run: &PastRun) -> Option<f64> {
    if run.state != State::Completed {
        return None;
    }
    let number = match metric {
        Metric::Duration => run.finished.duration_since(run.started).as_secs_f64(),
        Metric::Stage(stage) => {
            let mut spans = run.stages.iter().filter(|(span, _)| *span == stage);
            let first = spans.next()?.1.as_secs_f64();
            spans.fold(first, |sum, (_, took)| sum + took.as_secs_f64())
        }
        #[expect(clippy::cast_precision_loss, reason = "no run has 2^52 rows")]
        Metric::Rows => run.rows.as_ref()?.total? as f64,
        Metric::FailureRate => return None,
    };
    // A stage of milliseconds has no meaningful ratio; a run of no rows has one
    // to the runs that have some.
    Some(match metric {
        Metric::Rows => number.max(0.5),
        Metric::Duration | Metric::Stage(_) | Metric::FailureRate => number.max(0.1),
    })
}
