//! The results of the checks.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckResult {
    Ok,
    Warn,
    Fail,
}

impl CheckResult {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A check with its result.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) name: String,
    #[serde(rename = "verdict")]
    pub(super) result: CheckResult,
    /// What was found, with the fix for a problem.
    pub(super) finding: String,
}

pub(super) struct Checks(pub(super) Vec<Check>);

impl Checks {
    pub(super) fn add(
        &mut self,
        check: impl Into<String>,
        result: CheckResult,
        finding: impl Into<String>,
    ) {
        self.0.push(Check {
            name: check.into(),
            result,
            finding: finding.into(),
        });
    }

    pub(super) fn add_result<E: std::fmt::Display>(
        &mut self,
        check: impl Into<String>,
        result: Result<String, E>,
    ) {
        match result {
            Ok(finding) => self.add(check, CheckResult::Ok, finding),
            Err(problem) => self.add(check, CheckResult::Fail, problem.to_string()),
        }
    }
}
