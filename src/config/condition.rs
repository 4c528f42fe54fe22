//! The condition of a gate as it is written: `failed<=2%`, `failed<3`.
//!
//! What a condition comes to is decided by `rollout`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A limit on failed jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    pub(crate) limit: f64,
    pub(crate) is_percentage: bool,
    /// Whether the limit itself is too many: `<` instead of `<=`.
    pub(crate) is_strict: bool,
}

// A limit is a number: what cannot be compared is rejected when it is parsed.
impl Eq for Condition {}

/// A condition that cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected a condition such as failed<=2% or failed<3")]
pub struct ConditionError;

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let bare: String = text.split_whitespace().collect();
        let rest = bare.strip_prefix("failed").ok_or(ConditionError)?;
        let (is_strict, rest) = match (rest.strip_prefix("<="), rest.strip_prefix('<')) {
            (Some(rest), _) => (false, rest),
            (None, Some(rest)) => (true, rest),
            (None, None) => return Err(ConditionError),
        };
        let (is_percentage, number) = match rest.strip_suffix('%') {
            Some(number) => (true, number),
            None => (false, rest),
        };
        let limit: f64 = number.parse().map_err(|_| ConditionError)?;
        let highest = if is_percentage { 100.0 } else { 1e9 };
        if !(0.0..=highest).contains(&limit) {
            return Err(ConditionError);
        }
        Ok(Self {
            limit,
            is_percentage,
            is_strict,
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = if self.is_strict { "<" } else { "<=" };
        let unit = if self.is_percentage { "%" } else { "" };
        write!(f, "failed{operator}{}{unit}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_parsed_and_displayed() {
        for good in ["failed<=2%", "failed<3", "failed<=0", "failed<=0.5%"] {
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
        ] {
            assert_eq!(bad.parse::<Condition>(), Err(ConditionError), "{bad}");
        }
    }
}
