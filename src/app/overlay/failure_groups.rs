//! Failures folded by the shape of their message, and what sets some jobs
//! apart from others: where to look first when many fail.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::app::jobs::Row;
use crate::app::model::Model;
use crate::hotglue::{State, Text, top_level_fields};
use crate::watch::JobId;

/// The most of a shape that is compared, in characters.
const MOST: usize = 160;
/// A family that grew this lately is still spreading.
const LATELY: SignedDuration = SignedDuration::from_mins(5);
/// A feature that so many of a hundred failures have, and at most so many of
/// a hundred others, sets them apart.
const NEARLY_ALL: usize = 80;
const HARDLY_ANY: usize = 33;

/// Failed jobs whose messages have one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureGroup {
    /// The message of one of them.
    pub example: String,
    /// The jobs, the first that failed foremost.
    pub jobs: Vec<JobId>,
    /// Their tenants.
    pub tenants: BTreeSet<Text>,
    /// How many flows they are of.
    pub flows: usize,
    /// When the first of them failed, and the last.
    pub first: Option<Timestamp>,
    /// When the last of them failed.
    pub last: Option<Timestamp>,
    /// What sets them apart from the jobs that completed.
    pub distinguishing: Vec<String>,
}

impl FailureGroup {
    /// Whether it grew lately.
    pub fn is_spreading(&self, now: Timestamp) -> bool {
        self.jobs.len() > 1
            && self
                .last
                .is_some_and(|last| now.duration_since(last) < LATELY)
    }
}

/// The families as a list to go through.
#[derive(Debug, Clone)]
pub struct FailureGroupList {
    /// The families, the largest first.
    pub failure_groups: Vec<FailureGroup>,
    /// The chosen one.
    pub at: usize,
}

impl FailureGroupList {
    pub(in crate::app) fn new(model: &Model, at: usize) -> Self {
        let failure_groups = failure_groups(model);
        let at = at.min(failure_groups.len().saturating_sub(1));
        Self { failure_groups, at }
    }
}

/// The families of all failed jobs, the largest first. Its work grows with the
/// list: it is done when the families are looked at, not with every frame.
fn failure_groups(model: &Model) -> Vec<FailureGroup> {
    let mut by_shape: HashMap<String, Vec<&Row>> = HashMap::new();
    for row in model.jobs.all() {
        if matches!(row.state(), State::Failed | State::Cancelled) {
            let message = row.job().and_then(|job| job.message.as_ref());
            let message = message.map_or("", |message| message.as_str());
            let status = row.status_words();
            let shape = format!("{status} {}", shape(message, row.tenant()));
            by_shape.entry(shape).or_default().push(row);
        }
    }
    let completed: Vec<&Row> = model
        .jobs
        .all()
        .filter(|row| row.state() == State::Completed)
        .collect();
    let mut failure_groups: Vec<FailureGroup> = by_shape
        .into_values()
        .map(|mut rows| {
            rows.sort_by_key(|row| row.updated());
            let flows: HashSet<&str> = rows.iter().map(|row| row.flow()).collect();
            let example = rows.first().and_then(|row| row.message_line());
            let status = rows.first().map_or("", |row| row.status_words());
            FailureGroup {
                example: example.unwrap_or_else(|| format!("{status}, without a message")),
                jobs: rows.iter().map(|row| row.key).collect(),
                tenants: rows.iter().map(|row| Text::new(row.tenant())).collect(),
                flows: flows.len(),
                first: rows.iter().filter_map(|row| row.updated()).min(),
                last: rows.iter().filter_map(|row| row.updated()).max(),
                distinguishing: distinguishing(&rows, &completed),
            }
        })
        .collect();
    failure_groups.sort_by(|a, b| {
        let size = b.jobs.len().cmp(&a.jobs.len());
        size.then_with(|| a.first.cmp(&b.first))
            .then_with(|| a.example.cmp(&b.example))
    });
    failure_groups
}

/// A message without what is its own alone: numbers, ids, quoted names, the
/// tenant.
fn shape(message: &str, tenant: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty());
    let line: String = line.unwrap_or_default().chars().take(400).collect();
    let line = if tenant.len() > 2 {
        line.replace(tenant, "@")
    } else {
        line
    };
    let mut shape = String::new();
    let mut rest = line.as_str();
    while let Some(first) = rest.chars().next() {
        if shape.chars().count() >= MOST {
            break;
        }
        if matches!(first, '\'' | '"' | '`')
            && let Some(end) = rest[1..].find(first)
        {
            shape.push_str("''");
            rest = &rest[end + 2..];
            continue;
        }
        let word_end = rest
            .find(|each: char| !(each.is_alphanumeric() || matches!(each, '_' | '-')))
            .unwrap_or(rest.len());
        if word_end == 0 {
            shape.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..word_end];
        if word.chars().any(|each| each.is_ascii_digit()) {
            shape.push('#');
        } else {
            shape.push_str(&word.to_lowercase());
        }
        rest = &rest[word_end..];
    }
    shape
}

/// What most of the failures have and hardly any of the others, with the
/// counts of both; at most three, the clearest first.
fn distinguishing(failed: &[&Row], others: &[&Row]) -> Vec<String> {
    if failed.len() < 2 || others.len() < 2 {
        return Vec::new();
    }
    let count = |rows: &[&Row]| {
        let mut counts: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
        for row in rows {
            for feature in features(row) {
                *counts.entry(feature).or_default() += 1;
            }
        }
        counts
    };
    let (of_failed, of_others) = (count(failed), count(others));
    let mut found: Vec<_> = of_failed
        .into_iter()
        .filter_map(|(feature, with)| {
            let other = of_others.get(&feature).copied().unwrap_or(0);
            let share = with * 100 / failed.len();
            let other_share = other * 100 / others.len();
            (share >= NEARLY_ALL && other_share <= HARDLY_ANY).then_some((feature, with, other))
        })
        .collect();
    found.sort_by_key(|(_, with, other)| (*other * 100 / others.len(), failed.len() - with));
    found
        .into_iter()
        .take(3)
        .map(|((name, value), with, other)| {
            let all = if with == failed.len() {
                format!("all {with} failed")
            } else {
                format!("{with} of {} failed", failed.len())
            };
            format!(
                "{all}: {name} = {value}; {other} of {} completed have it",
                others.len()
            )
        })
        .collect()
}

fn features(row: &Row) -> Vec<(&'static str, String)> {
    let mut features = vec![
        ("flow", row.flow().to_owned()),
        ("environment", row.environment_name.to_string()),
    ];
    let Some(job) = row.job() else {
        return features;
    };
    let text = |text: &Option<Text>| text.as_ref().map(Text::one_line);
    features.extend(text(&job.tap).map(|tap| ("tap", tap)));
    features.extend(text(&job.target).map(|target| ("target", target)));
    for (name, value) in top_level_fields(&job.raw) {
        match name.as_str() {
            "job_type" => features.push(("job_type", value.one_line())),
            "sync_type" => features.push(("sync_type", value.one_line())),
            _ => {}
        }
    }
    if let Some(started) = row.started() {
        let minute = started.strftime("%b %-d %H:%M UTC").to_string();
        features.push(("start minute", minute));
    }
    features
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::jobs::tests::{row, snapshot};
    use proptest::prelude::*;

    #[test]
    fn what_is_a_messages_own_is_masked() {
        let shapes = [
            ("KeyError: 'invoice_id' in etl.py line 42", "acme"),
            ("KeyError: 'order_id' in etl.py line 7", "globex"),
        ]
        .map(|(message, tenant)| shape(message, tenant));
        assert_eq!(shapes[0], shapes[1]);
        assert_eq!(shapes[0], "keyerror: '' in etl.py line #");
        assert_eq!(
            shape("\nacme: job 4f9a-77 of acme timed out after 30s", "acme"),
            shape("globex: job 11ab-0 of globex timed out after 9s", "globex")
        );
        assert_ne!(shape("disk full", "a"), shape("no such file", "a"));
        assert_eq!(shape("it's unclosed", "x"), "it's unclosed");
    }

    #[test]
    fn what_sets_failures_apart_is_told_with_both_counts() {
        let with_tap = |number: u32, status: &str, tap: &str| {
            let mut row = row(number, "t job", status);
            row.snapshot = snapshot(status, 9);
            let body = format!(r#"{{"status":"{status}","tap":"{tap}"}}"#);
            let job = crate::hotglue::Job::decode(&body).unwrap();
            row.snapshot.job = Some(std::sync::Arc::new(job));
            row
        };
        let failed: Vec<Row> = (0..9)
            .map(|at| with_tap(at, "SYNC_FAILED", "quickbooks:sandbox"))
            .collect();
        let good: Vec<Row> = (10..41)
            .map(|at| with_tap(at, "JOB_COMPLETED", "shopify"))
            .collect();
        let (failed, good): (Vec<_>, Vec<_>) = (failed.iter().collect(), good.iter().collect());
        assert_eq!(
            distinguishing(&failed, &good),
            ["all 9 failed: tap = quickbooks:sandbox; 0 of 31 completed have it"]
        );
        assert!(distinguishing(&failed[..1], &good).is_empty());
        assert!(distinguishing(&good, &good).is_empty());
    }

    proptest! {
        #[test]
        fn no_message_panics(message in "\\PC{0,200}", tenant in "\\PC{0,8}") {
            let _ = shape(&message, &tenant);
        }
    }
}
