//! The first lines of a report: what happened, why, and what to do.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::comparison::ComparisonRecord;
use super::record::{SlowRecord, Window};
use super::result::{GroupRecord, RolloutResult};
use crate::hotglue::elapsed;

/// The most failure groups that are named as causes.
const MOST_CAUSES: usize = 2;
/// The longest error line among the causes, in characters.
const LONGEST_EXAMPLE: usize = 140;

/// What a rollout came to, in a few sentences.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Conclusion {
    pub(crate) result: ConclusionResult,
    pub(crate) headline: String,
    /// What happened.
    pub(crate) summary: Vec<String>,
    /// Why, as far as it is known.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) next_steps: Vec<String>,
}

/// What a rollout came to, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConclusionResult {
    /// The gate holds.
    Hold,
    /// The gate passes.
    Pass,
    /// The gate is inconclusive.
    Inconclusive,
    /// Every job finished, and some failed; there is no gate.
    Failed,
    /// Every job completed; there is no gate.
    Completed,
    /// Jobs are running or have not started; there is no gate.
    InProgress,
}

impl ConclusionResult {
    fn new(result: &RolloutResult) -> Self {
        let rollout = &result.rollout;
        match result.gate.as_ref().map(|gate| gate.result) {
            Some("hold") => Self::Hold,
            Some("pass") => Self::Pass,
            Some(_) => Self::Inconclusive,
            None if rollout.finished < rollout.expected || rollout.expected == 0 => {
                Self::InProgress
            }
            None if rollout.failed > 0 => Self::Failed,
            None => Self::Completed,
        }
    }

    /// The word to show.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Hold => "Hold",
            Self::Pass => "Pass",
            Self::Inconclusive => "Inconclusive",
            Self::Failed => "Failed",
            Self::Completed => "Completed",
            Self::InProgress => "In progress",
        }
    }
}

impl Conclusion {
    /// Sums a rollout up.
    pub(super) fn new(
        result: &RolloutResult,
        window: &Window,
        comparison: &[ComparisonRecord],
        slowest: &[SlowRecord],
    ) -> Self {
        let kind = ConclusionResult::new(result);
        Self {
            result: kind,
            headline: headline(result),
            summary: summary(result, window),
            causes: causes(result, comparison, slowest),
            next_steps: next_steps(kind, result),
        }
    }
}

fn headline(result: &RolloutResult) -> String {
    let rollout = &result.rollout;
    let finished = format!("{} of {} jobs finished", rollout.finished, rollout.expected);
    let is_finished = rollout.finished == rollout.expected && rollout.expected > 0;
    match (rollout.failed, is_finished) {
        (0, true) => format!("All {} completed", jobs(rollout.expected)),
        (0, false) => format!("{finished}, none failed"),
        (failed, _) => format!("{failed} of {} finished jobs failed", rollout.finished),
    }
}

fn summary(result: &RolloutResult, window: &Window) -> Vec<String> {
    let rollout = &result.rollout;
    let canceled = match rollout.canceled {
        0 => String::new(),
        canceled => format!(" ({canceled} canceled)"),
    };
    let mut counts = format!(
        "{} of {} finished: {} completed, {} failed{canceled}",
        rollout.finished, rollout.expected, rollout.completed, rollout.failed
    );
    for (count, name) in [
        (rollout.running, "running"),
        (rollout.not_started, "not started"),
        (rollout.undetermined, "undetermined"),
    ] {
        if count > 0 {
            counts.push_str(&format!(", {count} {name}"));
        }
    }
    let mut lines = vec![counts];
    let (from, to) = window.bounds();
    lines.push(if rollout.finished == 0 {
        format!("Started {}, nothing has finished", moment(from))
    } else {
        let end = if window.has_unfinished {
            "until now"
        } else {
            "to the last finish"
        };
        let length = elapsed(to.duration_since(from));
        format!("Started {}, {length} {end}", moment(from))
    });
    lines.extend(result.gate.as_ref().map(|gate| capitalized(&gate.text)));
    lines.extend(result.eta.as_ref().map(|eta| eta.text.clone()));
    if let Some(baseline) = rollout.baseline {
        lines.push(format!(
            "Before the start, {} of {} runs failed",
            baseline.failed, baseline.runs
        ));
    }
    lines
}

fn causes(
    result: &RolloutResult,
    comparison: &[ComparisonRecord],
    slowest: &[SlowRecord],
) -> Vec<String> {
    let mut causes: Vec<String> = result.groups.iter().take(MOST_CAUSES).map(cause).collect();
    if let more @ 1.. = result.groups.len().saturating_sub(MOST_CAUSES) {
        causes.push(format!("{more} more failure {}", plural(more, "group")));
    }
    let found = comparison.iter().filter(|one| one.is_finding());
    causes.extend(found.map(|one| {
        format!(
            "{} is {} than before the start: {} ({}, {} pairs)",
            capitalized(&one.metric),
            one.result,
            one.labels.shift,
            one.labels.interval,
            one.pairs
        )
    }));
    for kind in ["slow", "silent", "rows"] {
        let of_kind = result.anomalies.iter().filter(|one| one.kind == kind);
        let of_kind: Vec<_> = of_kind.collect();
        match of_kind[..] {
            [] => {}
            [one] => causes.push(format!("{}: {}", one.tenant, one.description)),
            [first, ..] => causes.push(format!(
                "{} deviate in {kind}, such as {}: {}",
                jobs(of_kind.len()),
                first.tenant,
                first.description
            )),
        }
    }
    if causes.is_empty() {
        causes.push(match slowest.first() {
            Some(slow) => format!(
                "Nothing stands out; the slowest job is {} at ×{:.2} of its baseline",
                slow.tenant, slow.ratio
            ),
            None => "Nothing deviates".to_owned(),
        });
    }
    causes
}

fn cause(group: &GroupRecord) -> String {
    let mut text = format!("{} failed: {}", group.count, cut(&group.example));
    for attribute in &group.distinguishing {
        text.push_str(&format!(" ({attribute})"));
    }
    if group.distinguishing.is_empty() && group.count > 1 {
        text.push_str(" (no attribute stands out)");
    }
    text
}

fn next_steps(kind: ConclusionResult, result: &RolloutResult) -> Vec<String> {
    let rollout = &result.rollout;
    let mut steps = Vec::new();
    match kind {
        ConclusionResult::Hold => steps.push("Do not start the next wave".to_owned()),
        ConclusionResult::Pass => steps.push("The next wave can start".to_owned()),
        ConclusionResult::Inconclusive => {
            let needed = result.gate.as_ref().and_then(|gate| gate.needed);
            steps.push(match needed {
                Some(needed) => format!("Wait for {needed} more clean {}", plural_of(needed)),
                None => "Wait for more jobs to finish".to_owned(),
            });
        }
        ConclusionResult::InProgress if rollout.expected == 0 => {
            steps.push("Check the tenants of the followed flow: none is expected".to_owned());
        }
        ConclusionResult::InProgress => {
            steps.push("Wait until all jobs have finished: hgtop wait".to_owned());
        }
        ConclusionResult::Failed | ConclusionResult::Completed => {}
    }
    for group in result.groups.iter().take(MOST_CAUSES) {
        let whom = tenants(&group.tenants);
        let verb = if group.count == 1 {
            "rerun"
        } else {
            "rerun all of"
        };
        steps.push(match group.remedy {
            Some(remedy) => format!("{}, then rerun: {whom}", capitalized(remedy)),
            None => format!("Fix the cause, then {verb} {whom}"),
        });
    }
    let without_rows = result.anomalies.iter().filter(|one| one.kind == "rows");
    let without_rows: Vec<_> = without_rows.map(|one| one.tenant.clone()).collect();
    if !without_rows.is_empty() {
        steps.push(format!("Check the data of {}", tenants(&without_rows)));
    }
    if rollout.not_started > 0 && kind != ConclusionResult::Hold {
        steps.push(format!("Start the other {}", jobs(rollout.not_started)));
    }
    if rollout.undetermined > 0 {
        steps.push(format!(
            "Poll again: {} undetermined",
            jobs(rollout.undetermined)
        ));
    }
    if steps.is_empty() {
        steps.push("Nothing to do".to_owned());
    }
    steps
}

/// Up to three tenants by name.
fn tenants(names: &[String]) -> String {
    match names.len().saturating_sub(3) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..3].join(", ")),
    }
}

fn jobs(count: usize) -> String {
    format!("{count} {}", plural(count, "job"))
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}

fn plural_of(count: u64) -> &'static str {
    if count == 1 { "job" } else { "jobs" }
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_EXAMPLE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A time for a reader anywhere, in UTC.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A duration in seconds for a reader.
pub(super) fn seconds(seconds: i64) -> String {
    elapsed(SignedDuration::from_secs(seconds))
}
