//! The digest of what finished: one notification for each failure group after
//! a pause, and one for everything else.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// How long nothing more must finish before the digest is sent.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);
/// How long the digest waits at most.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(30);
/// The most failure groups with a notification each.
const MAX_GROUPS: usize = 3;
/// The most characters of a message.
const MAX_MESSAGE: usize = 100;

/// What finished since the last digest.
#[derive(Debug, Default)]
pub(super) struct Digest {
    /// The failure groups, by their fingerprints.
    groups: BTreeMap<String, Group>,
    /// The names of the other finished jobs.
    finished: Vec<String>,
    /// When the first and the last of them finished.
    span: Option<(Timestamp, Timestamp)>,
}

/// The failed jobs of a failure group.
#[derive(Debug)]
struct Group {
    /// The message of the first of them; empty where it has none.
    message: String,
    names: Vec<String>,
}

impl Digest {
    /// Adds a failed job. `message` is its error line.
    pub(super) fn add_failure(
        &mut self,
        now: Timestamp,
        name: &str,
        fingerprint: String,
        message: &str,
    ) {
        self.note(now);
        let group = self.groups.entry(fingerprint).or_insert_with(|| Group {
            message: message.chars().take(MAX_MESSAGE).collect(),
            names: Vec::new(),
        });
        group.names.push(name.to_owned());
    }

    /// Adds a job that finished otherwise.
    pub(super) fn add_finished(&mut self, now: Timestamp, name: &str) {
        self.note(now);
        self.finished.push(name.to_owned());
    }

    /// When the digest is due; `None` while it is empty.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let (first, last) = self.span?;
        let pause = last.checked_add(PAUSE).ok()?;
        Some(pause.min(first.checked_add(LONGEST_WAIT).ok()?))
    }

    /// Takes the notifications, the largest failure group first.
    pub(super) fn take(&mut self) -> Vec<String> {
        let Self {
            groups, finished, ..
        } = std::mem::take(self);
        let mut groups: Vec<Group> = groups.into_values().collect();
        groups.sort_by_key(|group| Reverse(group.names.len()));
        let others = groups.split_off(groups.len().min(MAX_GROUPS));
        let mut texts: Vec<String> = groups.iter().map(Group::text).collect();
        if !others.is_empty() {
            let jobs: usize = others.iter().map(|group| group.names.len()).sum();
            let groups = others.len();
            texts.push(format!("{jobs} jobs failed in {groups} other groups"));
        }
        texts.extend(bundled(&finished, "finished"));
        texts
    }

    fn note(&mut self, now: Timestamp) {
        let first = self.span.map_or(now, |(first, _)| first);
        self.span = Some((first, now));
    }
}

impl Group {
    fn text(&self) -> String {
        let failed = bundled(&self.names, "failed").unwrap_or_default();
        if self.message.is_empty() {
            failed
        } else {
            format!("{failed}: {}", self.message)
        }
    }
}

/// One or two jobs by name, more by their number.
fn bundled(names: &[String], state: &str) -> Option<String> {
    Some(match names {
        [] => return None,
        [name] => format!("{name} {state}"),
        [first, second] => format!("{first} and {second} {state}"),
        names => format!("{} jobs {state}", names.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn each_failure_group_has_one_notification_however_many_jobs_it_has() {
        let mut digest = Digest::default();
        for job in 0..14 {
            let name = format!("tenant{job}");
            digest.add_failure(after(0), &name, "key".to_owned(), "KeyError: 'invoice_id'");
        }
        digest.add_failure(after(1), "acme", "timeout".to_owned(), "timed out");
        digest.add_failure(after(1), "globex", String::new(), "");
        digest.add_finished(after(2), "initech");
        assert_eq!(
            digest.take(),
            [
                "14 jobs failed: KeyError: 'invoice_id'",
                "globex failed",
                "acme failed: timed out",
                "initech finished",
            ]
        );
        assert!(digest.take().is_empty());
    }

    #[test]
    fn many_groups_share_a_notification() {
        let mut digest = Digest::default();
        for job in 0..50 {
            digest.add_failure(after(0), "a", format!("{job:02}"), "x");
        }
        let texts = digest.take();
        assert_eq!(texts.len(), MAX_GROUPS + 1);
        assert_eq!(texts[MAX_GROUPS], "47 jobs failed in 47 other groups");
    }

    #[test]
    fn digest_waits_for_a_pause_and_not_longer_than_its_limit() {
        let mut digest = Digest::default();
        assert_eq!(digest.due(), None);
        digest.add_finished(after(0), "a");
        assert_eq!(digest.due(), Some(after(5)));
        digest.add_finished(after(4), "b");
        assert_eq!(digest.due(), Some(after(9)));
        for second in 5..40 {
            digest.add_finished(after(second), "c");
        }
        assert_eq!(digest.due(), Some(after(30)));
    }
}
