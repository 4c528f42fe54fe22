//! The gate of a rollout: conditions such as `failed<=2%`, and whether the
//! jobs so far meet them.
//!
//! A plain gate is about the expected jobs: it passes or holds as soon as no
//! outcome of the unfinished ones can change that. A gate with a confidence is
//! about the failure rate behind them, which the next wave will have too: it
//! passes or holds when the outcomes prove it, however often one looks.
//! Conditions on rows and durations are always plain.

mod evidence;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub(crate) use self::evidence::Evidence;
use super::paired_job::PairedJob;
use super::progress::ProgressCounts;
use super::statistics::confidence_sequence::{Side, clean_jobs_needed, proves};
use super::statistics::exact::rate_interval;
use crate::config::{Condition, GateMetric};

/// The result of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateResult {
    /// The condition is met.
    Pass,
    /// The condition is missed.
    Hold,
    /// Not enough jobs have finished to decide.
    Inconclusive,
}

/// How sure a gate has to be of the failure rate, in percent from 50 to 99.9.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Confidence(f64);

/// The counts that a gate is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateInput {
    /// Jobs that failed or were canceled.
    pub failed: usize,
    /// Jobs that finished, including the failed ones.
    pub finished: usize,
    /// All jobs.
    pub expected: usize,
}

impl GateInput {
    /// Those of the expected jobs of a rollout.
    pub(crate) fn of(counts: &ProgressCounts) -> Self {
        Self {
            failed: counts.failures(),
            finished: counts.finished(),
            expected: counts.total(),
        }
    }
}

/// A confidence that cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected a percentage from 50 to 99.9, such as 95")]
pub struct ConfidenceError;

impl FromStr for Confidence {
    type Err = ConfidenceError;

    fn from_str(text: &str) -> Result<Self, ConfidenceError> {
        let percent: f64 = text
            .trim()
            .trim_end_matches('%')
            .parse()
            .map_err(|_| ConfidenceError)?;
        if (50.0..=99.9).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err(ConfidenceError)
        }
    }
}

impl Confidence {
    /// The highest probability of a wrong result.
    fn error(self) -> f64 {
        1.0 - self.0 / 100.0
    }
}

impl GateResult {
    /// Returns the result as one word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Condition {
    fn admits(self, failed: usize, of: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of jobs are small")]
        let (failed, of) = (failed as f64, of.max(1) as f64);
        let value = if self.metric == GateMetric::FailedShare {
            failed * 100.0 / of
        } else {
            failed
        };
        if self.is_strict {
            value < self.limit
        } else {
            value <= self.limit
        }
    }

    /// The limit as a share, where the condition is about a rate that can be
    /// tested: neither a number of jobs nor zero or all of them.
    fn tested_rate(self) -> Option<f64> {
        let is_share = self.metric == GateMetric::FailedShare;
        let is_rate = is_share && self.limit > 0.0 && self.limit < 100.0;
        is_rate.then_some(self.limit / 100.0)
    }
}

/// The conditions that a rollout must meet, and what they came to so far.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    confidence: Option<Confidence>,
    /// Finished jobs before which a gate with a confidence does not decide.
    min_finished: usize,
    conditions: Vec<Decided>,
}

/// A condition with what it came to.
#[derive(Debug, Clone, Copy)]
struct Decided {
    condition: Condition,
    result: GateResult,
    evidence: Evidence,
}

/// A condition as it is reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ConditionReport {
    /// The condition.
    pub(crate) condition: Condition,
    /// What it came to.
    pub(crate) result: GateResult,
    /// While it is inconclusive: how many more jobs have to complete, with
    /// none failing or none beyond the limit, until it passes; `None` when it
    /// cannot pass by that, and for a condition on rows.
    pub(crate) needed: Option<u64>,
    /// The counts that it was evaluated on.
    pub(crate) input: GateInput,
    evidence: Evidence,
}

impl Gate {
    /// A gate of conditions. Those on a percentage are tested with the
    /// confidence, if there is one; those on a number are always exact.
    pub fn new(
        conditions: Vec<Condition>,
        confidence: Option<Confidence>,
        min_finished: usize,
    ) -> Self {
        let conditions = conditions.into_iter().map(|condition| Decided {
            condition,
            result: GateResult::Inconclusive,
            evidence: Evidence::default(),
        });
        Self {
            confidence,
            min_finished,
            conditions: conditions.collect(),
        }
    }

    /// Whether a condition compares jobs with the baseline.
    pub(crate) fn needs_baseline(&self) -> bool {
        let mut conditions = self.conditions.iter().map(|decided| decided.condition);
        conditions.any(Condition::needs_baseline)
    }

    /// Takes the expected jobs as they are now, for the conditions that compare
    /// them with the baseline. Comes before [`Gate::observe`].
    pub(crate) fn compare(&mut self, jobs: &[PairedJob]) {
        for decided in &mut self.conditions {
            decided.evidence = Evidence::of(decided.condition, jobs.iter().copied());
        }
    }

    /// Takes the evidence of each condition instead, in their order.
    pub(crate) fn set_evidence(&mut self, evidence: &[Evidence]) {
        for (decided, evidence) in self.conditions.iter_mut().zip(evidence) {
            decided.evidence = *evidence;
        }
    }

    /// Whether there are no conditions.
    pub(crate) fn is_empty(&self) -> bool {
        self.conditions.is_empty()
    }

    /// Evaluates the gate on the counts of this moment. A result that was
    /// proven with a confidence stays: the proof does not expire.
    pub fn observe(&mut self, input: GateInput) {
        let rule = Rule {
            confidence: self.confidence,
            min_finished: self.min_finished,
        };
        for decided in &mut self.conditions {
            let is_proof = rule.tested(decided.condition).is_some();
            if !is_proof || decided.result == GateResult::Inconclusive {
                decided.result = rule.evaluate(decided, input);
            }
        }
    }

    /// The result of all conditions: one that holds is enough to hold, and all
    /// have to pass.
    pub fn result(&self) -> GateResult {
        let results = || self.conditions.iter().map(|decided| decided.result);
        if results().any(|result| result == GateResult::Hold) {
            GateResult::Hold
        } else if results().all(|result| result == GateResult::Pass) {
            GateResult::Pass
        } else {
            GateResult::Inconclusive
        }
    }

    /// Reports each condition.
    pub(crate) fn report(&self, input: GateInput) -> Vec<ConditionReport> {
        let rule = Rule {
            confidence: self.confidence,
            min_finished: self.min_finished,
        };
        let report = |decided: &Decided| ConditionReport {
            condition: decided.condition,
            result: decided.result,
            needed: (decided.result == GateResult::Inconclusive)
                .then(|| rule.needed(decided, input))
                .flatten(),
            input,
            evidence: decided.evidence,
        };
        self.conditions.iter().map(report).collect()
    }
}

/// How conditions are evaluated.
#[derive(Debug, Clone, Copy)]
struct Rule {
    confidence: Option<Confidence>,
    min_finished: usize,
}

impl Rule {
    /// The rate to test and the error allowed, where a condition is tested.
    fn tested(self, condition: Condition) -> Option<(f64, f64)> {
        Some((condition.tested_rate()?, self.confidence?.error()))
    }

    fn evaluate(self, decided: &Decided, input: GateInput) -> GateResult {
        let condition = decided.condition;
        if condition.needs_baseline() {
            return match decided.evidence.is_met(condition) {
                Some(true) => GateResult::Pass,
                Some(false) => GateResult::Hold,
                None => GateResult::Inconclusive,
            };
        }
        let GateInput {
            failed,
            finished,
            expected,
        } = input;
        let Some((limit, error)) = self.tested(condition) else {
            let unfinished = expected.saturating_sub(finished);
            return if !condition.admits(failed, expected) {
                GateResult::Hold
            } else if condition.admits(failed + unfinished, expected) {
                GateResult::Pass
            } else {
                GateResult::Inconclusive
            };
        };
        if finished < self.min_finished {
            return GateResult::Inconclusive;
        }
        let proves = |side| proves(side, limit, failed as u64, finished as u64, error);
        if proves(Side::Above) {
            GateResult::Hold
        } else if proves(Side::Below) {
            GateResult::Pass
        } else {
            GateResult::Inconclusive
        }
    }

    fn needed(self, decided: &Decided, input: GateInput) -> Option<u64> {
        let condition = decided.condition;
        if condition.needs_baseline() {
            return decided.evidence.needed(condition);
        }
        let GateInput {
            failed,
            finished,
            expected,
        } = input;
        let unfinished = expected.saturating_sub(finished);
        if let Some((limit, error)) = self.tested(condition) {
            let needed = clean_jobs_needed(limit, failed as u64, finished as u64, error);
            return Some(needed.max(self.min_finished.saturating_sub(finished) as u64));
        }
        let suffices = |clean: &usize| condition.admits(failed + unfinished - clean, expected);
        (1..=unfinished).find(suffices).map(|clean| clean as u64)
    }
}

impl ConditionReport {
    /// Why it is inconclusive, such as "41 more clean jobs needed".
    pub(crate) fn reason(&self) -> Option<String> {
        if self.result != GateResult::Inconclusive {
            return None;
        }
        self.evidence.reason(self.condition).or_else(|| {
            let needed = self.needed?;
            let s = if needed == 1 { "" } else { "s" };
            Some(format!("{needed} more clean job{s} needed"))
        })
    }

    /// What it was decided by, such as "3 of 40 finished jobs failed".
    fn basis(&self) -> Option<String> {
        let GateInput {
            failed,
            finished,
            expected,
        } = self.input;
        if self.condition.needs_baseline() {
            return self.evidence.description(self.condition, expected);
        }
        let mut basis = format!("{failed} of {finished} finished jobs failed");
        if finished > 0 {
            let (low, high) = rate_interval(failed as u64, finished as u64);
            let (low, high) = (low * 100.0, high * 100.0);
            basis.push_str(&format!(", 95 % interval {low:.1}–{high:.1} %"));
        }
        Some(basis)
    }
}

impl fmt::Display for ConditionReport {
    /// Writes the result with its reason, such as
    /// `gate failed<=2%: hold (3 of 100 jobs failed, 95 % interval 0.6–8.5 %)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gate {}: {}", self.condition, self.result.name())?;
        if let Some(reason) = self.reason() {
            write!(f, ": {reason}")?;
        }
        match self.basis() {
            Some(basis) => write!(f, " ({basis})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
