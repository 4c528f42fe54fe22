//! What the conditions on rows and durations are decided by: the expected jobs
//! that can be compared with the baseline median of their tenant.
//!
//! - `rows`: the rows of the completed jobs against the medians of the same
//!   tenants. A job that fails, or that counts no rows, is not compared.
//!   Unfinished jobs can still move any number of rows, so the condition can
//!   hold only after the last one.
//! - `p90`: nine of ten jobs are within a multiple of the median. A job beyond
//!   it counts from then on, whether it completes or not; one that fails sooner
//!   does not count.

use crate::config::{Condition, GateMetric};
use crate::hotglue::compact_count;
use crate::rollout::paired_job::{PairedJob, RunOutcome};

/// The reason while no expected job can be compared.
const NO_BASELINE: &str = "no baseline; run `hgtop history learn`";
/// The error of a ratio of two durations as floating-point numbers.
const RATIO_TOLERANCE: f64 = 1e-9;

/// What is known of a condition that needs the baseline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Expected jobs whose tenant has a median.
    paired: usize,
    /// Compared jobs that finished or that are beyond the limit already.
    decided: usize,
    /// Compared jobs whose part is not known yet.
    open: usize,
    /// Decided jobs beyond the limit of a condition on durations.
    beyond: usize,
    /// Rows of the decided jobs of a condition on rows.
    rows: u128,
    /// The medians of the decided and the open jobs of that condition.
    typical_rows: u128,
}

impl Evidence {
    /// Collects the evidence of a condition from the expected jobs.
    pub(crate) fn of(condition: Condition, jobs: impl IntoIterator<Item = PairedJob>) -> Self {
        let mut evidence = Self::default();
        for job in jobs {
            evidence.add(condition, job);
        }
        evidence
    }

    fn add(&mut self, condition: Condition, job: PairedJob) {
        match condition.metric {
            GateMetric::FailedJobs | GateMetric::FailedShare => {}
            GateMetric::Rows => {
                let Some(typical) = job.medians.rows else {
                    return;
                };
                self.paired += 1;
                match job.outcome {
                    RunOutcome::Unfinished { .. } => self.open += 1,
                    RunOutcome::Completed {
                        rows: Some(rows), ..
                    } => {
                        self.decided += 1;
                        self.rows += u128::from(rows);
                    }
                    RunOutcome::Completed { rows: None, .. } | RunOutcome::Failed { .. } => return,
                }
                self.typical_rows += u128::from(typical);
            }
            GateMetric::P90 => {
                let Some(typical) = job.medians.duration else {
                    return;
                };
                self.paired += 1;
                let (took, is_unfinished, is_completed) = match job.outcome {
                    RunOutcome::Unfinished { spent } => (Some(spent), true, false),
                    RunOutcome::Completed { took, .. } => (took, false, true),
                    RunOutcome::Failed { took } => (took, false, false),
                };
                let Some(took) = took else {
                    return;
                };
                let ratio = took.as_secs_f64() / typical.as_secs_f64();
                let is_beyond = !condition.admits_ratio(ratio);
                self.beyond += usize::from(is_beyond);
                self.decided += usize::from(is_beyond || is_completed);
                self.open += usize::from(is_unfinished && !is_beyond);
            }
        }
    }

    /// Whether the condition is met: `None` while the open jobs can still
    /// decide that, and where nothing can be compared.
    pub(crate) fn is_met(self, condition: Condition) -> Option<bool> {
        match condition.metric {
            GateMetric::FailedJobs | GateMetric::FailedShare => None,
            GateMetric::Rows => {
                if self.rows > 0 && self.suffice(condition, self.rows) {
                    return Some(true);
                }
                (self.open == 0 && self.typical_rows > 0).then_some(false)
            }
            GateMetric::P90 => {
                let all = self.decided + self.open;
                let within = self.decided - self.beyond;
                if within > 0 && 10 * within >= 9 * all {
                    Some(true)
                } else {
                    (10 * self.beyond > all).then_some(false)
                }
            }
        }
    }

    /// Whether the decided and the open jobs meet a condition on rows when they
    /// move this many.
    #[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^53")]
    fn suffice(self, condition: Condition, rows: u128) -> bool {
        let (rows, typical) = (rows as f64 * 100.0, self.typical_rows as f64);
        if condition.is_strict {
            rows > condition.limit * typical
        } else {
            rows >= condition.limit * typical
        }
    }

    /// How many more jobs have to stay within the limit of a condition on
    /// durations until it is met; `None` for another one, or where they do not
    /// suffice.
    pub(crate) fn needed(self, condition: Condition) -> Option<u64> {
        if condition.metric != GateMetric::P90 || self.is_met(condition).is_some() {
            return None;
        }
        let all = self.decided + self.open;
        let within = self.decided - self.beyond;
        let needed = (9 * all).div_ceil(10).saturating_sub(within);
        (1..=self.open).contains(&needed).then_some(needed as u64)
    }

    /// Why the condition is inconclusive.
    pub(crate) fn reason(self, condition: Condition) -> Option<String> {
        if !condition.needs_baseline() || self.is_met(condition).is_some() {
            return None;
        }
        if self.paired == 0 {
            return Some(NO_BASELINE.to_owned());
        }
        let is_rows = condition.metric == GateMetric::Rows;
        Some(if self.open > 0 && is_rows {
            let missing = self.missing_rows(condition);
            let s = if missing == 1 { "" } else { "s" };
            format!("{} more row{s} needed", compact_count(missing))
        } else if let Some(needed) = self.needed(condition) {
            let s = if needed == 1 { "" } else { "s" };
            format!("{needed} more job{s} within {}x needed", condition.limit)
        } else if self.decided > 0 && is_rows {
            "the baseline has no rows".to_owned()
        } else if is_rows {
            "no job with a baseline completed and counted its rows".to_owned()
        } else {
            "no job with a baseline completed".to_owned()
        })
    }

    /// The fewest rows after which a condition on rows is met.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts of rows are positive and below 2^53"
    )]
    fn missing_rows(self, condition: Condition) -> u64 {
        let least = (condition.limit * self.typical_rows as f64 / 100.0).ceil() as u128;
        let least = [least, least + 1]
            .into_iter()
            .find(|rows| self.suffice(condition, *rows));
        let missing = least.unwrap_or_default().max(1).saturating_sub(self.rows);
        u64::try_from(missing).unwrap_or(u64::MAX)
    }

    /// Describes the evidence, such as "7.4k rows, 80.4 % of the baseline";
    /// `None` while there is none.
    #[expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^53")]
    pub(crate) fn description(self, condition: Condition, expected: usize) -> Option<String> {
        if self.decided + self.open == 0 {
            return None;
        }
        let count = |rows: u128| compact_count(u64::try_from(rows).unwrap_or(u64::MAX));
        let mut text = match condition.metric {
            GateMetric::FailedJobs | GateMetric::FailedShare => return None,
            GateMetric::Rows => {
                let (rows, typical) = (count(self.rows), count(self.typical_rows));
                let s = if self.rows == 1 { "" } else { "s" };
                let mut text = format!("{rows} row{s}, baseline {typical}");
                if self.typical_rows > 0 {
                    let share = self.rows as f64 * 100.0 / self.typical_rows as f64;
                    text.push_str(&format!(", {share:.1} %"));
                }
                text
            }
            GateMetric::P90 => {
                let (beyond, decided, limit) = (self.beyond, self.decided, condition.limit);
                format!("{beyond} of {decided} jobs took longer than {limit}x their baseline")
            }
        };
        if self.paired < expected {
            let paired = self.paired;
            text.push_str(&format!("; {paired} of {expected} jobs have a baseline"));
        }
        Some(text)
    }
}

impl Condition {
    /// Whether a ratio of durations is within the limit.
    fn admits_ratio(self, value: f64) -> bool {
        if self.is_strict {
            value < self.limit - RATIO_TOLERANCE
        } else {
            value <= self.limit + RATIO_TOLERANCE
        }
    }
}

#[cfg(test)]
mod tests;
