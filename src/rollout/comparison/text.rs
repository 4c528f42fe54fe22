//! The numbers of a comparison as text, the same in tables and on the dashboard.

use jiff::SignedDuration;

use super::ComparedMetric;
use super::metric::Metric;
use crate::hotglue::elapsed;

/// Durations below this are shown with a decimal, in seconds.
const SHORT: f64 = 10.0;

impl Metric {
    /// A number of the metric, such as "1m 30s", "8.1k" or "4.2 %".
    pub(crate) fn number_label(self, number: f64) -> String {
        match self {
            Self::Duration | Self::Stage(_) if number < SHORT => format!("{number:.1}s"),
            Self::Duration | Self::Stage(_) => {
                elapsed(SignedDuration::try_from_secs_f64(number).unwrap_or_default())
            }
            Self::Rows if number >= 1e6 => format!("{:.1}M", number / 1e6),
            Self::Rows if number >= 1e3 => format!("{:.1}k", number / 1e3),
            Self::Rows => format!("{number:.0}"),
            Self::FailureRate => format!("{:.1} %", number * 100.0),
        }
    }

    /// A shift of the metric, such as "×1.52" or "+4.2 pts".
    fn shift_label(self, shift: f64) -> String {
        if self.is_ratio() {
            format!("×{shift:.2}")
        } else {
            format!("{:+.1} pts", shift * 100.0)
        }
    }
}

impl ComparedMetric {
    /// The name of the metric as a stable key, such as "sync duration".
    pub(crate) fn name(&self) -> String {
        self.metric.name()
    }

    /// The number before the start.
    pub(crate) fn before_label(&self) -> String {
        self.metric.number_label(self.before)
    }

    /// The number after it.
    pub(crate) fn after_label(&self) -> String {
        self.metric.number_label(self.after)
    }

    /// The shift.
    pub(crate) fn shift_label(&self) -> String {
        self.metric.shift_label(self.shift)
    }

    /// The interval of the shift, such as "1.31–1.74"; empty without one.
    pub(crate) fn interval_label(&self) -> String {
        if !self.metric.is_ratio() {
            return format!("{:+.1} to {:+.1}", self.low * 100.0, self.high * 100.0);
        }
        match (self.low > 0.0, self.high.is_finite()) {
            (true, true) => format!("{:.2}–{:.2}", self.low, self.high),
            (true, false) => format!("over {:.2}", self.low),
            (false, true) => format!("under {:.2}", self.high),
            (false, false) => String::new(),
        }
    }

    /// The worst tenants with their own shifts, such as "acme ×3.10, globex
    /// ×2.40".
    pub(crate) fn worst_label(&self, most: usize) -> String {
        let worst = self.worst.iter().take(most).map(|one| {
            if self.metric.is_ratio() {
                format!("{} ×{:.2}", one.tenant, one.after / one.before)
            } else {
                one.tenant.to_string()
            }
        });
        worst.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotglue::{Stage, TenantId};
    use crate::rollout::{ComparisonResult, WorstTenant};

    fn compared(metric: Metric) -> ComparedMetric {
        ComparedMetric {
            cohort: None,
            metric,
            before: 90.0,
            after: 135.0,
            shift: 1.5,
            low: 1.3,
            high: 1.7,
            pairs: 60,
            result: ComparisonResult::Slower,
            worst: vec![WorstTenant {
                tenant: TenantId::parse("acme").unwrap(),
                before: 60.0,
                after: 180.0,
            }],
        }
    }

    #[test]
    fn numbers_are_in_the_units_of_their_metric() {
        let duration = compared(Metric::Stage(Stage::Sync));
        assert_eq!(duration.name(), "sync duration");
        assert_eq!(duration.before_label(), "1m 30s");
        assert_eq!(duration.shift_label(), "×1.50");
        assert_eq!(duration.interval_label(), "1.30–1.70");
        assert_eq!(duration.worst_label(3), "acme ×3.00");
        assert_eq!(Metric::Duration.number_label(3.24), "3.2s");
        assert_eq!(Metric::Rows.number_label(8_140.0), "8.1k");
        let rate = ComparedMetric {
            before: 0.02,
            after: 0.1,
            shift: 0.08,
            low: 0.01,
            high: 0.2,
            ..compared(Metric::FailureRate)
        };
        assert_eq!(rate.after_label(), "10.0 %");
        assert_eq!(rate.shift_label(), "+8.0 pts");
        assert_eq!(rate.interval_label(), "+1.0 to +20.0");
        assert_eq!(rate.worst_label(3), "acme");
    }

    #[test]
    fn open_intervals_have_one_end_or_none() {
        let open = |low, high| ComparedMetric {
            low,
            high,
            ..compared(Metric::Duration)
        };
        assert_eq!(open(1.2, f64::INFINITY).interval_label(), "over 1.20");
        assert_eq!(open(0.0, 2.0).interval_label(), "under 2.00");
        assert_eq!(open(0.0, f64::INFINITY).interval_label(), "");
    }
}
