//! The condition of a gate as it is written: `failed<=2%`, `failed<3`,
//! `rows>=80%`, `p90<=1.3x`.
//!
//! What a condition comes to is decided by `rollout`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A limit on what a rollout is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    pub(crate) metric: GateMetric,
    /// In the unit of the metric.
    pub(crate) limit: f64,
    /// Whether the limit itself is out of bounds: `<` instead of `<=`.
    pub(crate) is_strict: bool,
}

// A limit is a number: what cannot be compared is rejected when it is parsed.
impl Eq for Condition {}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GateMetric {
    /// The number of failed jobs.
    FailedJobs,
    /// The failed jobs in percent of the expected ones.
    FailedShare,
    /// The rows of the completed jobs, in percent of the baseline medians of
    /// their tenants.
    Rows,
    /// The 90th percentile of the durations as multiples of the baseline
    /// medians of their tenants.
    P90,
}

/// A condition that cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected a condition such as failed<=2%, failed<3, rows>=80% or p90<=1.3x")]
pub struct ConditionError;

impl GateMetric {
    /// The name, the operator and the unit of its conditions.
    fn notation(self) -> (&'static str, char, &'static str) {
        match self {
            Self::FailedShare => ("failed", '<', "%"),
            Self::FailedJobs => ("failed", '<', ""),
            Self::Rows => ("rows", '>', "%"),
            Self::P90 => ("p90", '<', "x"),
        }
    }

    fn admits_limit(self, limit: f64) -> bool {
        match self {
            Self::FailedShare => (0.0..=100.0).contains(&limit),
            Self::FailedJobs => (0.0..=1e9).contains(&limit),
            // Everything would meet or miss a limit of zero.
            Self::Rows | Self::P90 => limit > 0.0 && limit <= 1e6,
        }
    }
}

impl Condition {
    /// Whether it is measured against the earlier runs of the tenants.
    pub(crate) fn needs_baseline(self) -> bool {
        match self.metric {
            GateMetric::FailedJobs | GateMetric::FailedShare => false,
            GateMetric::Rows | GateMetric::P90 => true,
        }
    }
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let bare: String = text.split_whitespace().collect();
        // The metric without a unit comes last.
        let metrics = [
            GateMetric::FailedShare,
            GateMetric::Rows,
            GateMetric::P90,
            GateMetric::FailedJobs,
        ];
        let parse = |metric: GateMetric| {
            let (name, operator, unit) = metric.notation();
            let rest = bare.strip_prefix(name)?.strip_prefix(operator)?;
            let (is_strict, number) = match rest.strip_prefix('=') {
                Some(number) => (false, number),
                None => (true, rest),
            };
            let limit: f64 = number.strip_suffix(unit)?.parse().ok()?;
            metric.admits_limit(limit).then_some(Self {
                metric,
                limit,
                is_strict,
            })
        };
        metrics.into_iter().find_map(parse).ok_or(ConditionError)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, operator, unit) = self.metric.notation();
        let equal = if self.is_strict { "" } else { "=" };
        write!(f, "{name}{operator}{equal}{}{unit}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_parsed_and_displayed() {
        for good in [
            "failed<=2%",
            "failed<3",
            "failed<=0",
            "failed<=0.5%",
            "rows>=80%",
            "rows>99.5%",
            "p90<=1.3x",
            "p90<2x",
        ] {
            let condition: Condition = good.parse().unwrap();
            assert_eq!(condition.to_string(), good);
        }
        let spaced: Condition = " failed < 3 ".parse().unwrap();
        assert_eq!(spaced.to_string(), "failed<3");
        for bad in [
            "",
            "failed",
            "failed>2",
            "failed<=x",
            "failed<=200%",
            "done<=2",
            "failed<=-1",
            "failed<=NaN",
            "rows<=80%",
            "rows>=80",
            "rows>=0%",
            "rows>=NaN%",
            "rows>=inf%",
            "p90<=1.3",
            "p90>=1.3x",
            "p90<=0x",
            "p90<=-1x",
            "p95<=1.3x",
        ] {
            assert_eq!(bad.parse::<Condition>(), Err(ConditionError), "{bad}");
        }
    }
}
