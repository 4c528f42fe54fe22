//! The comparison of a rollout with the runs before its start, as records.

use serde::Serialize;

use crate::report::table::Table;

/// A compared metric. Durations are in seconds, rates are shares.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ComparisonRecord {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cohort: Option<String>,
    pub(crate) metric: String,
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) shift: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    /// Whether the shift is a ratio or a difference.
    pub(crate) scale: &'static str,
    pub(crate) pairs: usize,
    pub(crate) result: &'static str,
    pub(crate) worst: Vec<WorstRecord>,
    #[serde(skip)]
    pub(crate) labels: ComparisonLabels,
}

/// A tenant whose numbers got worse.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WorstRecord {
    pub(crate) tenant: String,
    pub(crate) before: f64,
    pub(crate) after: f64,
}

/// The numbers of a compared metric for a reader.
#[derive(Debug, Clone)]
pub(crate) struct ComparisonLabels {
    pub(crate) before: String,
    pub(crate) after: String,
    pub(crate) shift: String,
    pub(crate) interval: String,
    pub(crate) worst: String,
    /// The color of the result, as an ANSI code.
    pub(crate) tint: Option<u8>,
}

impl ComparisonRecord {
    /// Whether the interval excludes "no change".
    pub(crate) fn is_finding(&self) -> bool {
        !matches!(self.result, "no difference" | "inconclusive")
    }
}

/// Lays compared metrics out as a table; with their cohorts where they have
/// any.
pub(crate) fn comparison_table(records: &[ComparisonRecord], by_cohort: bool) -> Table {
    let mut heads = vec![
        "METRIC",
        "BEFORE",
        "AFTER",
        "SHIFT",
        "INTERVAL",
        "PAIRS",
        "RESULT",
        "WORST TENANTS",
    ];
    if by_cohort {
        heads.insert(0, "COHORT");
    }
    let mut table = Table::new(&heads);
    for one in records {
        let labels = &one.labels;
        let mut cells = vec![
            one.metric.clone(),
            labels.before.clone(),
            labels.after.clone(),
            labels.shift.clone(),
            labels.interval.clone(),
            one.pairs.to_string(),
            one.result.to_owned(),
            labels.worst.clone(),
        ];
        if by_cohort {
            cells.insert(0, one.cohort.clone().unwrap_or_default());
        }
        table.tinted_row(cells, labels.tint);
    }
    table
}
