//! Failure groups: failed jobs whose messages share a fingerprint, and the
//! attributes that distinguish them from the completed jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::fingerprint::fingerprint;
use super::statistics::exact::{fisher, holm};
use crate::hotglue::{ErrorClass, Job, State, Text, error_line, top_level_fields};
use crate::watch::JobId;

/// A group whose last failure is no older than this is still growing.
const RECENT: SignedDuration = SignedDuration::from_mins(5);
/// The probability that any attribute is called distinguishing although it is
/// not.
const ERROR: f64 = 0.05;
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

    /// What the messages of a failure group have in common.
    pub(crate) fn fingerprint(&self) -> String {
        let message = fingerprint(self.message(), self.tenant);
        match self.job.error_class() {
            Some(class) => format!("{} {} {message}", self.job.status, class.name()),
            None => format!("{} {message}", self.job.status),
        }
    }

    /// The message, else what there is instead.
    pub(crate) fn example(&self) -> String {
        let line = error_line(self.message());
        if line.is_empty() {
            format!("{} without a message", self.job.status)
        } else {
            line.to_owned()
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
    /// What the messages have in common: the status, the class of the error
    /// where the service names it, and the masked error line.
    pub(crate) fingerprint: String,
    /// The class of the error, where the service names it.
    pub(crate) error_class: Option<ErrorClass>,
    /// The message of the job that failed first.
    pub(crate) example: String,
    /// The jobs, in the order in which they failed.
    pub(crate) jobs: Vec<JobId>,
    /// Their tenants.
    pub(crate) tenants: BTreeSet<Text>,
    /// The number of their flows.
    pub(crate) flows: usize,
    /// When the first of them failed.
    pub(crate) first: Option<Timestamp>,
    /// When the last of them failed.
    pub(crate) last: Option<Timestamp>,
    /// What distinguishes them from the completed jobs.
    pub distinguishing: Vec<String>,
}

impl FailureGroup {
    /// Whether another job joined the group recently.
    pub(crate) fn is_spreading(&self, now: Timestamp) -> bool {
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
    let finished = AttributeCounts::of(failed.values().flatten().chain(&completed));
    // One failure alone has no pattern, so it is not tested.
    let tested = failed.values().filter(|jobs| jobs.len() > 1).count();
    let mut groups: Vec<_> = failed
        .into_iter()
        .map(|(fingerprint, jobs)| group(fingerprint, jobs, &finished, tested))
        .collect();
    groups.sort_by(|a, b| {
        let by_size = b.jobs.len().cmp(&a.jobs.len());
        by_size
            .then_with(|| a.first.cmp(&b.first))
            .then_with(|| a.example.cmp(&b.example))
    });
    groups
}

fn group(
    fingerprint: String,
    mut jobs: Vec<JobFacts<'_>>,
    finished: &AttributeCounts,
    tested: usize,
) -> FailureGroup {
    jobs.sort_by_key(|job| (job.last_event(), job.id));
    let flows: HashSet<&str> = jobs.iter().map(|job| job.flow).collect();
    FailureGroup {
        fingerprint,
        error_class: jobs.first().and_then(|facts| facts.job.error_class()),
        example: jobs.first().map(JobFacts::example).unwrap_or_default(),
        jobs: jobs.iter().map(|job| job.id).collect(),
        tenants: jobs.iter().map(|job| Text::new(job.tenant)).collect(),
        flows: flows.len(),
        first: jobs.iter().filter_map(JobFacts::last_event).min(),
        last: jobs.iter().filter_map(JobFacts::last_event).max(),
        distinguishing: distinguishing(&AttributeCounts::of(&jobs), finished, tested),
    }
}

/// The number of jobs with each attribute.
#[derive(Debug)]
struct AttributeCounts {
    jobs: usize,
    counts: BTreeMap<(&'static str, String), usize>,
}

impl AttributeCounts {
    fn of<'a>(jobs: impl IntoIterator<Item = &'a JobFacts<'a>>) -> Self {
        let mut all = Self {
            jobs: 0,
            counts: BTreeMap::new(),
        };
        for job in jobs {
            all.jobs += 1;
            for attribute in job.attributes() {
                *all.counts.entry(attribute).or_default() += 1;
            }
        }
        all
    }
}

/// The attributes that are over-represented in a failure group, with the rates
/// on both sides, the clearest first: those that pass Fisher's exact test
/// against all finished jobs, corrected by Holm's method for the attributes
/// tried and divided among the `tested` groups.
fn distinguishing(
    group: &AttributeCounts,
    finished: &AttributeCounts,
    tested: usize,
) -> Vec<String> {
    if group.jobs < 2 {
        return Vec::new();
    }
    // Which attributes are tried must not depend on which jobs failed.
    let tried: Vec<_> = finished
        .counts
        .iter()
        .filter(|(_, members)| (2..finished.jobs).contains(*members))
        .map(|(attribute, members)| {
            let both = group.counts.get(attribute).copied().unwrap_or(0);
            (attribute, both, *members)
        })
        .collect();
    let p_values: Vec<f64> = tried
        .iter()
        .map(|(_, both, members)| {
            let [both, members, failed, jobs] =
                [*both, *members, group.jobs, finished.jobs].map(|count| count as u64);
            fisher(both, members, failed, jobs)
        })
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "there are few groups")]
    let passed = holm(&p_values, ERROR / tested.max(1) as f64);
    let mut found: Vec<_> = tried
        .into_iter()
        .zip(p_values)
        .zip(passed)
        .filter_map(|(attribute, passed)| passed.then_some(attribute))
        .collect();
    found.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    found
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|(((name, value), both, members), _)| {
            format!(
                "{name} {value}: {both} of {members} failed; all others: {} of {}",
                group.jobs - both,
                finished.jobs - members
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn distinguishing_attribute_is_named_with_both_counts() {
        let mut all = jobs("SYNC_FAILED", "quickbooks:sandbox", 9);
        all.extend(jobs("JOB_COMPLETED", "shopify", 31));
        let groups = failure_groups(facts(&all).into_iter());
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].jobs.len(), 9);
        assert_eq!(
            groups[0].distinguishing,
            ["tap quickbooks:sandbox: 9 of 9 failed; all others: 0 of 31"]
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

    #[test]
    fn planted_cause_of_six_failures_in_forty_jobs_is_found() {
        let mut all = jobs("SYNC_FAILED", "quickbooks", 6);
        all.extend(jobs("JOB_COMPLETED", "shopify", 34));
        assert_eq!(
            failure_groups(facts(&all).into_iter())[0].distinguishing,
            ["tap quickbooks: 6 of 6 failed; all others: 0 of 34"]
        );
    }

    #[test]
    fn refused_credentials_are_a_group_with_a_remedy() {
        let failed = |class: &str| {
            let body = format!(
                r#"{{"status":"EXPORT_FAILED","message":"export failed","bookmarks":{{"o":[{{"hg_error_class":{class}}}]}}}}"#
            );
            Job::decode(&body).unwrap()
        };
        let credentials = r#""InvalidCredentialsError""#;
        let all = [failed(credentials), failed("null"), failed(credentials)];
        let groups = failure_groups(facts(&all).into_iter());
        let class = |index: usize| groups[index].error_class;
        assert_eq!((groups[0].jobs.len(), groups[1].jobs.len()), (2, 1));
        assert_eq!(class(0), Some(ErrorClass::InvalidCredentials));
        assert_eq!(class(1), None);
        assert_eq!(class(0).unwrap().remedy(), "ask the tenant to reconnect");
        assert_eq!(
            groups[0].fingerprint,
            "EXPORT_FAILED InvalidCredentialsError export failed"
        );
    }

    #[test]
    fn chance_is_rarely_called_a_cause() {
        let mut rng = fastrand::Rng::with_seed(9);
        let taps = ["shopify", "quickbooks", "xero", "netsuite", "stripe"];
        let rollouts = 400;
        let wrong = (0..rollouts).filter(|_| {
            let all: Vec<Job> = (0..60)
                .flat_map(|_| {
                    let failed = rng.f64() < 0.2;
                    let status = if failed {
                        "ETL_FAILED"
                    } else {
                        "JOB_COMPLETED"
                    };
                    jobs(status, taps[rng.usize(..taps.len())], 1)
                })
                .collect();
            failure_groups(facts(&all).into_iter())
                .iter()
                .any(|group| !group.distinguishing.is_empty())
        });
        assert!(wrong.count() * 20 <= rollouts);
    }
}
