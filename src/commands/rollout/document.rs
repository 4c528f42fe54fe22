//! The result of a rollout as a document, a table and text.

use jiff::Timestamp;
use serde::Serialize;

use crate::config::Follow;
use crate::hotglue::Text;
use crate::report::{AnomalyRecord, Table};
use crate::rollout::{ConditionReport, Eta, FailureGroup, RolloutSummary};

/// The result of a rollout so far.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RolloutReport {
    pub(super) rollout: RolloutRecord,
    /// `null` where it cannot be forecast.
    eta: Option<EtaRecord>,
    /// The condition that decides; `null` without a gate.
    gate: Option<ConditionRecord>,
    /// All conditions, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<ConditionRecord>,
    groups: Vec<GroupRecord>,
    /// The deviations from the baseline.
    anomalies: Vec<AnomalyRecord>,
}

/// What a rollout is, and its counts. Expected are the jobs that have not
/// started, are running, have finished, or are undetermined.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RolloutRecord {
    name: String,
    flow: String,
    environment: String,
    since: Option<String>,
    expected: usize,
    not_started: usize,
    running: usize,
    finished: usize,
    completed: usize,
    /// Canceled jobs included.
    failed: usize,
    canceled: usize,
    undetermined: usize,
    /// Missing without enough earlier runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineRecord>,
}

/// When the last started job is expected to finish.
#[derive(Debug, Clone, Serialize)]
pub(super) struct EtaRecord {
    p50: String,
    p90: String,
    /// The name of the job that is most likely the last.
    last_job: Option<String>,
    started: usize,
    not_started: usize,
    #[serde(skip)]
    text: String,
}

impl EtaRecord {
    pub(super) fn new(eta: &Eta, last_job: Option<String>, now: Timestamp) -> Self {
        // A tenth of a second suggests no precision that it lacks.
        let time = |time: Timestamp| format!("{time:.1}");
        let mut text = eta.label(now, true);
        if let Some(job) = &last_job {
            text.push_str(&format!(", {job} probably last"));
        }
        Self {
            p50: time(eta.p50),
            p90: time(eta.p90),
            last_job,
            started: eta.started,
            not_started: eta.not_started,
            text,
        }
    }
}

/// The failures of the runs before the start.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct BaselineRecord {
    pub(super) failed: usize,
    pub(super) runs: usize,
}

/// A condition of the gate.
#[derive(Debug, Clone, Serialize)]
struct ConditionRecord {
    condition: String,
    result: &'static str,
    /// How many more jobs have to complete, with none failing.
    needed: Option<u64>,
    #[serde(skip)]
    text: String,
}

/// A failure group.
#[derive(Debug, Clone, Serialize)]
struct GroupRecord {
    fingerprint: String,
    count: usize,
    tenants: Vec<String>,
    /// The message of the job that failed first.
    example: String,
    distinguishing: Vec<String>,
}

impl RolloutReport {
    /// Collects what is reported of a rollout.
    pub(super) fn new(
        follow: &Follow,
        environment: &str,
        summary: &RolloutSummary,
        groups: &[FailureGroup],
        anomalies: Vec<AnomalyRecord>,
        forecast: (Option<EtaRecord>, Option<BaselineRecord>),
    ) -> Self {
        let condition = |report: &ConditionReport| ConditionRecord {
            condition: report.condition.to_string(),
            result: report.result.name(),
            needed: report.needed,
            text: report.to_string(),
        };
        let conditions = summary.conditions();
        let groups = groups.iter().map(|group| GroupRecord {
            fingerprint: group.fingerprint.clone(),
            count: group.jobs.len(),
            tenants: group.tenants.iter().map(Text::to_string).collect(),
            example: group.example.clone(),
            distinguishing: group.distinguishing.clone(),
        });
        Self {
            rollout: RolloutRecord {
                name: follow.name.to_string(),
                flow: follow.flow.to_string(),
                environment: environment.to_owned(),
                since: follow.since.map(|since| since.to_string()),
                expected: summary.expected(),
                not_started: summary.not_started(),
                running: summary.running(),
                finished: summary.finished(),
                completed: summary.completed(),
                failed: summary.failed(),
                canceled: summary.canceled(),
                undetermined: summary.undetermined(),
                baseline: forecast.1,
            },
            eta: forecast.0,
            gate: summary.decisive().map(condition),
            gates: match conditions {
                [] | [_] => Vec::new(),
                several => several.iter().map(condition).collect(),
            },
            groups: groups.collect(),
            anomalies,
        }
    }

    /// Lays the counts out as a table with one row.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(&[
            "NAME",
            "FLOW",
            "ENVIRONMENT",
            "SINCE",
            "EXPECTED",
            "NOT_STARTED",
            "RUNNING",
            "FINISHED",
            "COMPLETED",
            "FAILED",
            "GATE",
        ]);
        let rollout = &self.rollout;
        let mut cells = vec![
            rollout.name.clone(),
            rollout.flow.clone(),
            rollout.environment.clone(),
            rollout.since.clone().unwrap_or_default(),
        ];
        let counts = [
            rollout.expected,
            rollout.not_started,
            rollout.running,
            rollout.finished,
            rollout.completed,
            rollout.failed,
        ];
        cells.extend(counts.map(|count| count.to_string()));
        let gate = self.gate.as_ref().map_or("", |gate| gate.result);
        cells.push(gate.to_owned());
        table.row(cells);
        table
    }

    /// Writes the result for a reader.
    pub(super) fn text(&self) -> String {
        let rollout = &self.rollout;
        let mut lines = vec![match &rollout.since {
            Some(since) => format!(
                "{} (flow {}, {}) since {since}",
                rollout.name, rollout.flow, rollout.environment
            ),
            None => format!(
                "{} (flow {}, {}), no start: the newest runs count",
                rollout.name, rollout.flow, rollout.environment
            ),
        }];
        let parts = [
            (rollout.not_started, "not started"),
            (rollout.running, "running"),
            (rollout.undetermined, "undetermined"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        lines.push(format!(
            "{}/{} finished: {} completed, {} failed{}",
            rollout.finished,
            rollout.expected,
            rollout.completed,
            rollout.failed,
            match rollout.canceled {
                0 => String::new(),
                canceled => format!(" ({canceled} canceled)"),
            }
        ));
        if !parts.is_empty() {
            lines.push(parts.join(", "));
        }
        if let Some(BaselineRecord { failed, runs }) = rollout.baseline {
            lines.push(format!("baseline: {failed} of {runs} earlier runs failed"));
        }
        lines.extend(self.eta.iter().map(|eta| eta.text.clone()));
        let single = self.gate.iter().filter(|_| self.gates.is_empty());
        lines.extend(single.chain(&self.gates).map(|gate| gate.text.clone()));
        let mut text = String::new();
        for line in lines {
            text.push_str(&Text::new(&line).one_line());
            text.push('\n');
        }
        for anomaly in &self.anomalies {
            let line = format!("{}: {}\n", anomaly.tenant, anomaly.description);
            text.push_str(&Text::cut(&line, usize::MAX).to_string());
        }
        if !self.groups.is_empty() {
            let mut table = Table::new(&["FAILED", "FINGERPRINT", "TENANTS", "DISTINGUISHING"]);
            for group in &self.groups {
                table.row(vec![
                    group.count.to_string(),
                    group.fingerprint.clone(),
                    group.tenants.join(" "),
                    group.distinguishing.join("; "),
                ]);
            }
            text.push('\n');
            text.push_str(&table.laid_out(None, false));
        }
        text
    }
}
