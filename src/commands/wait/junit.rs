//! The result of a wait in the XML of `JUnit`: a test case for each job, and one
//! for each condition of the gate.

use super::super::{CliError, output};
use super::conclusion::{Conclusion, Ending};
use super::jobs::records;
use crate::hotglue::{State, error_line};
use crate::report::{JunitCase, JunitReport, JunitResult, Polled};
use crate::rollout::GateResult;

pub(super) fn print(conclusion: &Conclusion<'_>) -> Result<(), CliError> {
    let records = records(conclusion.list, conclusion.wait.jobs(conclusion.now));
    let jobs = records.iter().map(|job| JunitCase {
        name: job.job.name_label(),
        class: format!("{}.{}", job.job.environment, job.job.flow),
        seconds: job.elapsed_seconds,
        result: job_result(conclusion, job),
    });
    let report = JunitReport {
        name: "hgtop wait".to_owned(),
        seconds: conclusion.now.as_secs_f64(),
        cases: jobs.chain(gate(conclusion)).collect(),
    };
    output::raw(report.xml()?.as_bytes()).map(drop)
}

fn job_result(conclusion: &Conclusion<'_>, job: &Polled) -> JunitResult {
    let kind = job.status_label().to_owned();
    if let Some(error) = &job.error {
        return JunitResult::Error {
            kind: "undetermined".to_owned(),
            message: error.clone(),
        };
    }
    match (job.state, conclusion.ending) {
        (State::Completed, _) => JunitResult::Passed,
        (State::Failed | State::Cancelled, _) => {
            let text = job.message.clone().unwrap_or_default();
            JunitResult::Failed {
                message: match error_line(&text) {
                    "" => kind.clone(),
                    line => line.to_owned(),
                },
                kind,
                text,
            }
        }
        // The wait ended by its rules before the job had finished.
        (State::Running | State::Queued | State::Unknown, Ending::Ended(_))
            if conclusion.cut_short().is_none() =>
        {
            JunitResult::Skipped { message: kind }
        }
        (State::Running | State::Queued | State::Unknown, _) => JunitResult::Error {
            message: format!(
                "{} ({kind})",
                conclusion.cut_short().as_deref().unwrap_or("not finished")
            ),
            kind: "not finished".to_owned(),
        },
    }
}

fn gate<'a>(conclusion: &'a Conclusion<'_>) -> impl Iterator<Item = JunitCase> + use<'a> {
    let counts = conclusion.wait.counts(conclusion.now);
    let reports = conclusion.wait.gate_report(&counts).into_iter();
    reports.map(|report| {
        let message = report.to_string();
        JunitCase {
            name: format!("gate {}", report.condition),
            class: "hgtop.gate".to_owned(),
            seconds: None,
            result: match report.result {
                GateResult::Pass => JunitResult::Passed,
                _ if conclusion.options.dry_run => JunitResult::Skipped { message },
                GateResult::Hold => JunitResult::Failed {
                    kind: report.result.name().to_owned(),
                    text: String::new(),
                    message,
                },
                GateResult::Inconclusive => JunitResult::Error {
                    kind: report.result.name().to_owned(),
                    message,
                },
            },
        }
    })
}
