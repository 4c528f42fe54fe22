//! The condition between two waves of a rollout, such as `failed<=2%`.

use std::str::FromStr;

/// How many may fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    limit: f64,
    percent: bool,
    /// Whether the limit itself is too much.
    below: bool,
}

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateResult {
    /// Enough are done, and few enough failed.
    Go,
    /// Too many failed.
    Hold,
    /// Too few are done to say.
    TooEarly,
}

impl FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("'{text}' is no gate: write it like failed<=2% or failed<3");
        let bare: String = text.split_whitespace().collect();
        let rest = bare.strip_prefix("failed").ok_or_else(wanted)?;
        let (below, rest) = match (rest.strip_prefix("<="), rest.strip_prefix('<')) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(wanted()),
        };
        let (percent, number) = match rest.strip_suffix('%') {
            Some(number) => (true, number),
            None => (false, rest),
        };
        let limit: f64 = number.parse().map_err(|_| wanted())?;
        let most = if percent { 100.0 } else { 1e9 };
        if !(0.0..=most).contains(&limit) {
            return Err(wanted());
        }
        Ok(Self {
            limit,
            percent,
            below,
        })
    }
}

impl Gate {
    fn admits(self, failed: usize, of: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of jobs are small")]
        let (failed, of) = (failed as f64, of.max(1) as f64);
        let value = if self.percent {
            failed * 100.0 / of
        } else {
            failed
        };
        if self.below {
            value < self.limit
        } else {
            value <= self.limit
        }
    }

    /// The verdict on `failed` of `done` jobs, of `expected` in all, once
    /// `min_done` of them are done. It is "hold" before that where even the
    /// best end would be too bad.
    pub fn judge(self, failed: usize, done: usize, min_done: usize, expected: usize) -> GateResult {
        if !self.admits(failed, expected) {
            return GateResult::Hold;
        }
        if done < min_done || done == 0 {
            return GateResult::TooEarly;
        }
        if self.admits(failed, done) {
            GateResult::Go
        } else if done == expected {
            GateResult::Hold
        } else {
            // Those still under way may yet bring it below the limit.
            GateResult::TooEarly
        }
    }

    /// The verdict in words, with its reason.
    pub fn words(self, failed: usize, done: usize, min_done: usize, expected: usize) -> String {
        let limit = format!(
            "failed{}{}{}",
            if self.below { "<" } else { "<=" },
            self.limit,
            if self.percent { "%" } else { "" }
        );
        match self.judge(failed, done, min_done, expected) {
            GateResult::Go => format!(": go ({limit} holds)"),
            GateResult::Hold => format!(": hold ({limit} does not hold)"),
            GateResult::TooEarly if done < min_done => {
                format!(": too early to tell ({done} of the {min_done} that are needed are done)")
            }
            GateResult::TooEarly => format!(": too early to tell ({limit} does not hold yet)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read() {
        for good in ["failed<=2%", "failed < 3", "failed<=0", "failed<=0.5%"] {
            assert!(good.parse::<Gate>().is_ok(), "{good}");
        }
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
            assert!(bad.parse::<Gate>().is_err(), "{bad}");
        }
    }

    #[test]
    fn verdicts() {
        let gate: Gate = "failed<=2%".parse().unwrap();
        assert_eq!(gate.judge(0, 10, 20, 100), GateResult::TooEarly);
        assert_eq!(gate.judge(0, 20, 20, 100), GateResult::Go);
        // 1 of 20 is 5 %, but 1 of 100 would be fine.
        assert_eq!(gate.judge(1, 20, 20, 100), GateResult::TooEarly);
        assert_eq!(gate.judge(1, 50, 20, 100), GateResult::Go);
        assert_eq!(gate.judge(3, 20, 20, 100), GateResult::Hold);
        assert_eq!(gate.judge(0, 0, 0, 100), GateResult::TooEarly);
        let gate: Gate = "failed<1".parse().unwrap();
        assert_eq!(gate.judge(1, 1, 1, 5), GateResult::Hold);
        assert_eq!(gate.judge(0, 5, 5, 5), GateResult::Go);
        assert!(gate.words(1, 1, 5, 5).contains("hold"));
    }
}
