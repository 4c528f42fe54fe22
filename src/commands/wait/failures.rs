//! The failures of a wait by what they have in common: failure groups, and the
//! jobs whose state could not be determined for the same reason.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hotglue::{Text, error_line};
use crate::rollout::{JobFacts, JobProgress, Wait, WaitedJob, failure_groups};
use crate::runtime::watchlist::{Entry, Watchlist};
use crate::watch::JobId;

/// The most jobs of a group that are named.
const MOST_NAMED: usize = 5;

/// Jobs that failed, or could not be determined, in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failures {
    /// Their status, or "undetermined".
    pub(super) status: String,
    /// The line that names the error of the first of them.
    pub(super) error: String,
    /// The whole message of the first of them.
    pub(super) message: String,
    /// Their names.
    pub(super) names: Vec<String>,
    /// What distinguishes them from the completed jobs.
    pub(super) distinguishing: Vec<String>,
}

impl Failures {
    /// Groups the failures of a wait: first what failed, the largest group
    /// first, then what could not be determined.
    pub(super) fn of(list: &Watchlist, wait: &Wait, now: Duration) -> Vec<Self> {
        let jobs: BTreeMap<JobId, (&Entry, WaitedJob<'_>)> = wait
            .jobs(now)
            .filter_map(|(id, waited)| Some((id, (list.entry(id)?, waited))))
            .collect();
        let facts = jobs.iter().filter_map(|(id, (entry, waited))| {
            let (job, _) = waited.run.filter(|_| waited.progress.is_finished())?;
            Some(JobFacts {
                id: *id,
                job,
                tenant: &entry.listed.tenant,
                flow: &entry.listed.flow,
                environment: &entry.listed.environment,
            })
        });
        let name = |id: &JobId| {
            jobs.get(id)
                .map(|(entry, waited)| name(list, entry, waited))
        };
        let failed = failure_groups(facts).into_iter().map(|group| {
            let first = group.jobs.first().and_then(|id| jobs.get(id)?.1.run);
            let message = first.and_then(|(job, _)| job.message.as_ref());
            Self {
                status: first.map_or_else(String::new, |(job, _)| job.status.to_string()),
                error: group.example,
                message: message.map_or_else(String::new, ToString::to_string),
                names: group.jobs.iter().filter_map(name).collect(),
                distinguishing: group.distinguishing,
            }
        });
        let mut undetermined: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (entry, waited) in jobs.values() {
            let error = match (waited.error, waited.progress) {
                (Some(error), _) => error.to_string(),
                (None, JobProgress::Undetermined) => "its state is not known".to_owned(),
                (None, _) => continue,
            };
            let names = undetermined.entry(error).or_default();
            names.push(self::name(list, entry, waited));
        }
        let mut undetermined: Vec<_> = undetermined.into_iter().collect();
        undetermined.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        let undetermined = undetermined.into_iter().map(|(message, names)| Self {
            status: "undetermined".to_owned(),
            error: error_line(&message).to_owned(),
            message,
            names,
            distinguishing: Vec::new(),
        });
        failed.chain(undetermined).collect()
    }

    /// What the group is called: its job, or the number of its jobs.
    pub(super) fn label(&self) -> String {
        match self.names.as_slice() {
            [name] => name.clone(),
            names => format!("{} jobs", names.len()),
        }
    }

    /// The first names, and how many more there are.
    pub(super) fn named(&self) -> String {
        let named = self.names.iter().take(MOST_NAMED).cloned();
        let named = named.collect::<Vec<_>>().join(", ");
        match self.names.len().saturating_sub(MOST_NAMED) {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    }

    /// The group in lines: the error, then the jobs where there are several,
    /// then what distinguishes them.
    pub(super) fn text(&self) -> String {
        let Self { status, error, .. } = self;
        let mut text = format!("{}: {status}: {error}", self.label());
        if self.names.len() > 1 {
            text.push_str(&format!("\n    {}", self.named()));
        }
        for attribute in &self.distinguishing {
            text.push_str(&format!("\n    {attribute}"));
        }
        text
    }

    /// The one failure of a wait, with its whole message.
    pub(super) fn whole_text(&self) -> String {
        let message = match self.message.as_str() {
            "" => &self.error,
            message => message,
        };
        let message = message.trim_end().replace('\n', "\n    ");
        format!("{}: {}: {message}", self.label(), self.status)
    }
}

/// The name of a job, with those of other entries that name it.
pub(super) fn name(list: &Watchlist, entry: &Entry, waited: &WaitedJob<'_>) -> String {
    let listed = match waited.run {
        Some((_, address)) => list.listed_as(entry, address),
        None => entry.listed.clone(),
    };
    Text::new(&listed.name_label()).one_line()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failures(names: &[&str]) -> Failures {
        Failures {
            status: "JOB_FAILED".to_owned(),
            error: "KeyError: 'x'".to_owned(),
            message: "Traceback:\n  line 1\nKeyError: 'x'\n".to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            distinguishing: vec!["flow invoices: 7 of 8 failed; all others: 0 of 9".to_owned()],
        }
    }

    #[test]
    fn group_names_the_error_once_and_a_few_jobs() {
        let many = failures(&["a", "b", "c", "d", "e", "f", "g"]);
        assert_eq!(
            many.text(),
            "7 jobs: JOB_FAILED: KeyError: 'x'\n    a, b, c, d, e and 2 more\n    \
             flow invoices: 7 of 8 failed; all others: 0 of 9"
        );
        assert_eq!(
            failures(&["acme"]).whole_text(),
            "acme: JOB_FAILED: Traceback:\n      line 1\n    KeyError: 'x'"
        );
    }
}
