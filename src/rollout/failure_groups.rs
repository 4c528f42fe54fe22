//! Failure groups: failed jobs whose messages share a fingerprint, and the
//! attributes that distinguish them from the completed jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use crate::hotglue::{Job, State, Text, top_level_fields};
use crate::watch::JobId;

/// The longest fingerprint, in characters.
const MAX_FINGERPRINT: usize = 160;
/// The longest first line of a message, in characters.
const MAX_FIRST_LINE: usize = 400;
/// A group whose last failure is no older than this is still growing.
const RECENT: SignedDuration = SignedDuration::from_mins(5);
/// An attribute is distinguishing when at least so many percent of the failed
/// jobs have it …
const MIN_SHARE_OF_FAILED: usize = 80;
/// … and at most so many percent of the completed jobs.
const MAX_SHARE_OF_COMPLETED: usize = 33;
/// The most distinguishing attributes of a group.
const MAX_ATTRIBUTES: usize = 3;

/// What the grouping reads of a job.
#[derive(Debug, Clone, Copy)]
pub struct JobFacts<'a> {
    /// The job.
    pub id: JobId,
    /// The last answer of the service.
    pub job: &'a Job,
    /// The tenant.
    pub tenant: &'a str,
    /// The flow.
    pub flow: &'a str,
    /// The environment's name.
    pub environment: &'a str,
}

impl JobFacts<'_> {
    fn last_event(&self) -> Option<Timestamp> {
        self.job.last_updated.as_ref()?.at
    }

    fn message(&self) -> &str {
        self.job.message.as_ref().map_or("", Text::as_str)
    }

    fn fingerprint(&self) -> String {
        let message = fingerprint(self.message(), self.tenant);
        format!("{} {message}", self.job.status)
    }

    /// The message, else what there is instead.
    fn example(&self) -> String {
        let line = first_line(self.message());
        if line.is_empty() {
            format!("{} without a message", self.job.status)
        } else {
            line
        }
    }

    fn attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = vec![
            ("flow", self.flow.to_owned()),
            ("environment", self.environment.to_owned()),
        ];
        let text = |text: &Option<Text>| text.as_ref().map(Text::one_line);
        attributes.extend(text(&self.job.tap).map(|tap| ("tap", tap)));
        attributes.extend(text(&self.job.target).map(|target| ("target", target)));
        for (name, value) in top_level_fields(&self.job.raw) {
            match name.as_str() {
                "job_type" => attributes.push(("job_type", value.one_line())),
                "sync_type" => attributes.push(("sync_type", value.one_line())),
                _ => {}
            }
        }
        if let Some(started) = self.job.start_time.as_ref().and_then(|start| start.at) {
            let minute = started.strftime("%b %-d %H:%M UTC").to_string();
            attributes.push(("start minute", minute));
        }
        attributes
    }
}

/// Failed jobs whose messages share a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureGroup {
    /// The message of the job that failed first.
    pub example: String,
    /// The jobs, in the order in which they failed.
    pub jobs: Vec<JobId>,
    /// Their tenants.
    pub tenants: BTreeSet<Text>,
    /// The number of their flows.
    pub flows: usize,
    /// When the first of them failed.
    pub first: Option<Timestamp>,
    /// When the last of them failed.
    pub last: Option<Timestamp>,
    /// What distinguishes them from the completed jobs.
    pub distinguishing: Vec<String>,
}

impl FailureGroup {
    /// Whether another job joined the group recently.
    pub fn is_spreading(&self, now: Timestamp) -> bool {
        self.jobs.len() > 1
            && self
                .last
                .is_some_and(|last| now.duration_since(last) < RECENT)
    }
}

/// Groups the failed and canceled jobs, the largest group first. Its cost
/// grows with the number of jobs.
pub fn failure_groups<'a>(jobs: impl Iterator<Item = JobFacts<'a>>) -> Vec<FailureGroup> {
    let mut failed: HashMap<String, Vec<JobFacts<'_>>> = HashMap::new();
    let mut completed = Vec::new();
    for job in jobs {
        match job.job.status.state() {
            State::Failed | State::Cancelled => {
                failed.entry(job.fingerprint()).or_default().push(job);
            }
            State::Completed => completed.push(job),
            State::Queued | State::Running | State::Unknown => {}
        }
    }
    let completed = AttributeCounts::of(&completed);
    let mut groups: Vec<_> = failed
        .into_values()
        .map(|jobs| group(jobs, &completed))
        .collect();
    groups.sort_by(|a, b| {
        let by_size = b.jobs.len().cmp(&a.jobs.len());
        by_size
            .then_with(|| a.first.cmp(&b.first))
            .then_with(|| a.example.cmp(&b.example))
    });
    groups
}

fn group(mut jobs: Vec<JobFacts<'_>>, completed: &AttributeCounts) -> FailureGroup {
    jobs.sort_by_key(|job| (job.last_event(), job.id));
    let flows: HashSet<&str> = jobs.iter().map(|job| job.flow).collect();
    FailureGroup {
        example: jobs.first().map(JobFacts::example).unwrap_or_default(),
        jobs: jobs.iter().map(|job| job.id).collect(),
        tenants: jobs.iter().map(|job| Text::new(job.tenant)).collect(),
        flows: flows.len(),
        first: jobs.iter().filter_map(JobFacts::last_event).min(),
        last: jobs.iter().filter_map(JobFacts::last_event).max(),
        distinguishing: distinguishing(&AttributeCounts::of(&jobs), completed),
    }
}

/// How many of some jobs have each attribute.
#[derive(Debug)]
struct AttributeCounts {
    jobs: usize,
    counts: BTreeMap<(&'static str, String), usize>,
}

impl AttributeCounts {
    fn of(jobs: &[JobFacts<'_>]) -> Self {
        let mut counts = BTreeMap::new();
        for attribute in jobs.iter().flat_map(JobFacts::attributes) {
            *counts.entry(attribute).or_default() += 1;
        }
        Self {
            jobs: jobs.len(),
            counts,
        }
    }
}

/// The attributes that most of the failed and few of the completed jobs have,
/// with both counts, the clearest first.
fn distinguishing(failed: &AttributeCounts, completed: &AttributeCounts) -> Vec<String> {
    if failed.jobs < 2 || completed.jobs < 2 {
        return Vec::new();
    }
    let mut found: Vec<_> = failed
        .counts
        .iter()
        .map(|(attribute, count)| {
            let other = completed.counts.get(attribute).copied().unwrap_or(0);
            (attribute, *count, other)
        })
        .filter(|(_, count, other)| {
            count * 100 / failed.jobs >= MIN_SHARE_OF_FAILED
                && other * 100 / completed.jobs <= MAX_SHARE_OF_COMPLETED
        })
        .collect();
    found.sort_by_key(|(_, count, other)| (other * 100 / completed.jobs, failed.jobs - count));
    found
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|((name, value), count, other)| {
            format!(
                "{name} = {value}: {count} of {} failed, {other} of {} completed",
                failed.jobs, completed.jobs
            )
        })
        .collect()
}

/// The first line of a text that is not blank, cut to a bounded length.
pub fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    line.chars().take(MAX_FIRST_LINE).collect()
}

/// The first line of a message with the parts masked that differ from job to
/// job: the tenant, quoted text, and words with digits.
fn fingerprint(message: &str, tenant: &str) -> String {
    let line = first_line(message);
    let line = if tenant.len() > 2 {
        line.replace(tenant, "@")
    } else {
        line
    };
    let mut fingerprint = String::new();
    let mut rest = line.as_str();
    while let Some(first) = rest.chars().next() {
        if fingerprint.chars().count() >= MAX_FINGERPRINT {
            break;
        }
        if matches!(first, '\'' | '"' | '`')
            && let Some(end) = rest[1..].find(first)
        {
            fingerprint.push_str("''");
            rest = &rest[end + 2..];
            continue;
        }
        let word_end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
            .unwrap_or(rest.len());
        if word_end == 0 {
            fingerprint.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let word = &rest[..word_end];
        if word.chars().any(|c| c.is_ascii_digit()) {
            fingerprint.push('#');
        } else {
            fingerprint.push_str(&word.to_lowercase());
        }
        rest = &rest[word_end..];
    }
    fingerprint
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn jobs(status: &str, tap: &str, count: usize) -> Vec<Job> {
        let body = format!(r#"{{"status":"{status}","tap":"{tap}"}}"#);
        (0..count).map(|_| Job::decode(&body).unwrap()).collect()
    }

    fn facts(jobs: &[Job]) -> Vec<JobFacts<'_>> {
        let facts = |(job, number)| JobFacts {
            id: JobId(number),
            job,
            tenant: "acme",
            flow: "invoices",
            environment: "prod",
        };
        jobs.iter().zip(0..).map(facts).collect()
    }

    #[test]
    fn fingerprint_masks_what_differs_from_job_to_job() {
        let fingerprints = [
            ("KeyError: 'invoice_id' in etl.py line 42", "acme"),
            ("KeyError: 'order_id' in etl.py line 7", "globex"),
        ]
        .map(|(message, tenant)| fingerprint(message, tenant));
        assert_eq!(fingerprints[0], fingerprints[1]);
        assert_eq!(fingerprints[0], "keyerror: '' in etl.py line #");
        assert_eq!(
            fingerprint("\nacme: job 4f9a-77 of acme timed out after 30s", "acme"),
            fingerprint("globex: job 11ab-0 of globex timed out after 9s", "globex")
        );
        assert_ne!(
            fingerprint("disk full", "a"),
            fingerprint("no such file", "a")
        );
        assert_eq!(fingerprint("it's unclosed", "x"), "it's unclosed");
    }

    #[test]
    fn distinguishing_attribute_is_named_with_both_counts() {
        let mut all = jobs("SYNC_FAILED", "quickbooks:sandbox", 9);
        all.extend(jobs("JOB_COMPLETED", "shopify", 31));
        let groups = failure_groups(facts(&all).into_iter());
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].jobs.len(), 9);
        assert_eq!(
            groups[0].distinguishing,
            ["tap = quickbooks:sandbox: 9 of 9 failed, 0 of 31 completed"]
        );
    }

    #[test]
    fn nothing_is_distinguishing_for_a_single_failure_or_a_common_attribute() {
        let mut all = jobs("SYNC_FAILED", "quickbooks:sandbox", 1);
        all.extend(jobs("JOB_COMPLETED", "shopify", 31));
        assert_eq!(
            failure_groups(facts(&all).into_iter())[0].distinguishing,
            Vec::<String>::new()
        );
        let mut all = jobs("SYNC_FAILED", "shopify", 9);
        all.extend(jobs("JOB_COMPLETED", "shopify", 31));
        assert_eq!(
            failure_groups(facts(&all).into_iter())[0].distinguishing,
            Vec::<String>::new()
        );
    }

    #[test]
    fn larger_groups_come_first_and_a_missing_message_is_described() {
        let mut all = jobs("ETL_FAILED", "shopify", 1);
        all.extend(jobs("SYNC_FAILED", "shopify", 2));
        let groups = failure_groups(facts(&all).into_iter());
        let examples: Vec<_> = groups.iter().map(|group| group.example.as_str()).collect();
        assert_eq!(
            examples,
            [
                "SYNC_FAILED without a message",
                "ETL_FAILED without a message"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_message_has_a_fingerprint(message in "\\PC{0,200}", tenant in "\\PC{0,8}") {
            prop_assert!(fingerprint(&message, &tenant).chars().count() < 2 * MAX_FIRST_LINE);
        }
    }
}
