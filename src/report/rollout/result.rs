//! The result of a rollout so far as a record, a table and text.

use jiff::Timestamp;
use serde::Serialize;

use crate::hotglue::Text;
use crate::report::anomaly::AnomalyRecord;
use crate::report::table::Table;

/// The result of a rollout so far.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RolloutResult {
    pub(crate) rollout: RolloutRecord,
    /// `null` where it cannot be forecast.
    pub(crate) eta: Option<EtaRecord>,
    /// The condition that decides; `null` without a gate.
    pub(crate) gate: Option<ConditionRecord>,
    /// All conditions, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gates: Vec<ConditionRecord>,
    pub(crate) groups: Vec<GroupRecord>,
    /// The deviations from the baseline.
    pub(crate) anomalies: Vec<AnomalyRecord>,
}

/// What a rollout is, and its counts. Expected are the jobs that have not
/// started, are running, have finished, or are undetermined.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RolloutRecord {
    pub(crate) name: String,
    pub(crate) flow: String,
    pub(crate) environment: String,
    pub(crate) since: Option<String>,
    pub(crate) expected: usize,
    pub(crate) not_started: usize,
    pub(crate) running: usize,
    pub(crate) finished: usize,
    pub(crate) completed: usize,
    /// Canceled jobs included.
    pub(crate) failed: usize,
    pub(crate) canceled: usize,
    pub(crate) undetermined: usize,
    /// Missing without enough earlier runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) baseline: Option<BaselineRecord>,
}

/// When the last started job is expected to finish.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct EtaRecord {
    pub(crate) p50: String,
    pub(crate) p90: String,
    /// The same as times: the median and the 90th percentile.
    #[serde(skip)]
    pub(crate) times: (Timestamp, Timestamp),
    /// The name of the job that is most likely the last.
    pub(crate) last_job: Option<String>,
    pub(crate) started: usize,
    pub(crate) not_started: usize,
    #[serde(skip)]
    pub(crate) text: String,
}

/// The failures of the runs before the start.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct BaselineRecord {
    pub(crate) failed: usize,
    pub(crate) runs: usize,
}

/// A condition of the gate.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ConditionRecord {
    pub(crate) condition: String,
    pub(crate) result: &'static str,
    /// How many more jobs have to complete, with none failing.
    pub(crate) needed: Option<u64>,
    #[serde(skip)]
    pub(crate) text: String,
}

/// A failure group.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct GroupRecord {
    pub(crate) fingerprint: String,
    pub(crate) count: usize,
    pub(crate) tenants: Vec<String>,
    /// The message of the job that failed first.
    pub(crate) example: String,
    /// What repairs errors of this class, where hotglue names one.
    #[serde(skip)]
    pub(crate) remedy: Option<&'static str>,
    pub(crate) distinguishing: Vec<String>,
}

impl RolloutResult {
    /// Lays the counts out as a table with one row.
    pub(crate) fn table(&self) -> Table {
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
    pub(crate) fn text(&self) -> String {
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
