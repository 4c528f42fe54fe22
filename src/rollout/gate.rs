//! The gate between two waves of a rollout: how many jobs may fail, such as
//! `failed<=2%`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A limit on failed jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    limit: f64,
    is_percentage: bool,
    /// Whether the limit itself is too many: `<` instead of `<=`.
    is_strict: bool,
}

/// The result of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateResult {
    /// Few enough jobs failed.
    Pass,
    /// Too many jobs failed.
    Hold,
    /// Not enough jobs have finished to decide.
    Inconclusive,
}

/// The counts that a gate is evaluated on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GateInput {
    /// Jobs that failed or were canceled.
    pub failed: usize,
    /// Jobs that finished, including the failed ones.
    pub finished: usize,
    /// Finished jobs from which the gate may pass.
    pub min_finished: usize,
    /// All jobs.
    pub expected: usize,
}

/// A condition that is not a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected a condition such as failed<=2% or failed<3")]
pub struct GateError;

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let bare: String = text.split_whitespace().collect();
        let rest = bare.strip_prefix("failed").ok_or(GateError)?;
        let (is_strict, rest) = match (rest.strip_prefix("<="), rest.strip_prefix('<')) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(GateError),
        };
        let (is_percentage, number) = match rest.strip_suffix('%') {
            Some(number) => (true, number),
            None => (false, rest),
        };
        let limit: f64 = number.parse().map_err(|_| GateError)?;
        let highest = if is_percentage { 100.0 } else { 1e9 };
        if !(0.0..=highest).contains(&limit) {
            return Err(GateError);
        }
        Ok(Self {
            limit,
            is_percentage,
            is_strict,
        })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = if self.is_strict { "<" } else { "<=" };
        let unit = if self.is_percentage { "%" } else { "" };
        write!(f, "failed{operator}{}{unit}", self.limit)
    }
}

impl GateResult {
    /// Returns the result as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold => "hold",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Gate {
    fn admits(self, failed: usize, of: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of jobs are small")]
        let (failed, of) = (failed as f64, of.max(1) as f64);
        let value = if self.is_percentage {
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

    /// Evaluates the gate. It holds early when even the best possible end
    /// would exceed the limit.
    pub fn evaluate(self, input: GateInput) -> GateResult {
        let GateInput {
            failed,
            finished,
            min_finished,
            expected,
        } = input;
        if !self.admits(failed, expected) {
            return GateResult::Hold;
        }
        if finished < min_finished || finished == 0 {
            return GateResult::Inconclusive;
        }
        if self.admits(failed, finished) {
            GateResult::Pass
        } else if finished == expected {
            GateResult::Hold
        } else {
            // Unfinished jobs may still bring the rate below the limit.
            GateResult::Inconclusive
        }
    }

    /// Returns the result with its reason, such as
    /// `gate failed<=2%: hold (3 of 100 jobs failed)`.
    pub fn explain(self, input: GateInput) -> String {
        let GateInput {
            failed,
            finished,
            min_finished,
            expected,
        } = input;
        let result = self.evaluate(input);
        let reason = match result {
            GateResult::Hold => format!("{failed} of {expected} jobs failed"),
            GateResult::Inconclusive if finished < min_finished => {
                format!("{finished} of at least {min_finished} jobs finished")
            }
            GateResult::Pass | GateResult::Inconclusive => {
                format!("{failed} of {finished} finished jobs failed")
            }
        };
        format!("gate {self}: {} ({reason})", result.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(failed: usize, finished: usize, min_finished: usize, expected: usize) -> GateInput {
        GateInput {
            failed,
            finished,
            min_finished,
            expected,
        }
    }

    #[test]
    fn conditions_are_parsed_and_displayed() {
        for good in ["failed<=2%", "failed<3", "failed<=0", "failed<=0.5%"] {
            let gate: Gate = good.parse().unwrap();
            assert_eq!(gate.to_string(), good);
        }
        assert_eq!(
            " failed < 3 ".parse::<Gate>().unwrap().to_string(),
            "failed<3"
        );
        for bad in [
            "",
            "failed",
            "failed>2",
            "failed<=x",
            "failed<=200%",
            "done<=2",
            "failed<=-1",
            "failed<=NaN",
        ] {
            assert_eq!(bad.parse::<Gate>(), Err(GateError), "{bad}");
        }
    }

    #[test]
    fn percentage_gate_needs_the_minimum_of_finished_jobs() {
        let gate: Gate = "failed<=2%".parse().unwrap();
        let result = |input| gate.evaluate(input);
        assert_eq!(result(input(0, 10, 20, 100)), GateResult::Inconclusive);
        assert_eq!(result(input(0, 20, 20, 100)), GateResult::Pass);
        // 1 of 20 is 5 %, but 1 of 100 would pass.
        assert_eq!(result(input(1, 20, 20, 100)), GateResult::Inconclusive);
        assert_eq!(result(input(1, 50, 20, 100)), GateResult::Pass);
        assert_eq!(result(input(3, 20, 20, 100)), GateResult::Hold);
        assert_eq!(result(input(0, 0, 0, 100)), GateResult::Inconclusive);
    }

    #[test]
    fn strict_gate_excludes_its_limit() {
        let gate: Gate = "failed<1".parse().unwrap();
        assert_eq!(gate.evaluate(input(1, 1, 1, 5)), GateResult::Hold);
        assert_eq!(gate.evaluate(input(0, 5, 5, 5)), GateResult::Pass);
    }

    #[test]
    fn explanation_names_result_and_counts() {
        let gate: Gate = "failed<=2%".parse().unwrap();
        for (input, wanted) in [
            (
                input(3, 40, 20, 100),
                "gate failed<=2%: hold (3 of 100 jobs failed)",
            ),
            (
                input(1, 50, 20, 100),
                "gate failed<=2%: pass (1 of 50 finished jobs failed)",
            ),
            (
                input(0, 10, 20, 100),
                "gate failed<=2%: inconclusive (10 of at least 20 jobs finished)",
            ),
            (
                input(1, 20, 20, 100),
                "gate failed<=2%: inconclusive (1 of 20 finished jobs failed)",
            ),
        ] {
            assert_eq!(gate.explain(input), wanted);
        }
    }
}
