//! Pseudonyms for an exported history: a keyed hash of each name, so that the
//! same name has the same pseudonym throughout one file. The key is random and
//! stored nowhere: nobody can compare a guessed name with a pseudonym, nor two
//! files with each other.

use ring::hmac;
use ring::rand::SystemRandom;

use super::common_words::is_common;
use crate::history::row_counts;
use crate::hotglue::{JobStatus, State, Text};

/// What a name is of. The same name as that of a tenant and a flow has two
/// pseudonyms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::history) enum NameOf {
    Environment,
    Flow,
    Tenant,
    Tap,
    Version,
    Job,
    Stream,
    Rollout,
    Word,
}

impl NameOf {
    fn prefix(self) -> &'static str {
        match self {
            Self::Environment => "env",
            Self::Flow => "flow",
            Self::Tenant => "tenant",
            Self::Tap => "tap",
            Self::Version => "version",
            Self::Job => "job",
            Self::Stream => "stream",
            Self::Rollout => "rollout",
            Self::Word => "word",
        }
    }
}

/// The settings that are kept where their value is one of these.
const SETTINGS: [(&str, &[&str]); 6] = [
    ("job_type", &["READ", "WRITE"]),
    ("scheduled_job", &["true", "false"]),
    ("streaming_job", &["true", "false"]),
    ("sync_type", &["full_sync", "incremental_sync", "auto_sync"]),
    ("task_type", &["STANDARD", "LOW_LATENCY", "STATIC_IP"]),
    ("launch_type", &["FARGATE", "EC2"]),
];

/// The pseudonyms of one file.
pub(in crate::history) struct Pseudonyms(hmac::Key);

impl Pseudonyms {
    /// Pseudonyms with a new key; `None` where the system has no randomness.
    pub(in crate::history) fn new() -> Option<Self> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        key.ok().map(Self)
    }

    fn hash(&self, of: NameOf, name: &str) -> u64 {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(of.prefix().as_bytes());
        context.update(&[0]);
        context.update(name.as_bytes());
        let tag = context.sign();
        let bytes = tag.as_ref().first_chunk().copied();
        u64::from_be_bytes(bytes.unwrap_or_default())
    }

    /// The pseudonym of a name, such as `tenant-3fa81b02c4`.
    pub(in crate::history) fn name(&self, of: NameOf, name: &str) -> String {
        let hash = self.hash(of, name);
        match of {
            NameOf::Job => format!("job-{hash:016x}"),
            _ => format!("{}-{:010x}", of.prefix(), hash >> 24),
        }
    }

    /// The version of a tap; a number such as `v1.0.12` is kept.
    pub(in crate::history) fn version(&self, version: &str) -> String {
        let number = version.strip_prefix('v').unwrap_or(version);
        let is_number = number.len() <= 16
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_number {
            version.to_owned()
        } else {
            self.name(NameOf::Version, version)
        }
    }

    /// A message with its structure and common words; every other word, and
    /// every number but an HTTP status, is replaced.
    pub(in crate::history) fn message(&self, message: &str) -> String {
        let mut text = String::with_capacity(message.len());
        let mut word = String::new();
        for character in message.chars().chain(['\0']) {
            if character.is_ascii_alphanumeric() || !character.is_ascii() {
                word.push(character);
                continue;
            }
            if !word.is_empty() {
                self.push_word(&word, &mut text);
                word.clear();
            }
            if character != '\0' {
                text.push(character);
            }
        }
        text
    }

    fn push_word(&self, word: &str, text: &mut String) {
        let is_http_status = word.len() == 3
            && word
                .parse()
                .is_ok_and(|number: u16| (400..600).contains(&number));
        if is_http_status || is_common(word) {
            text.push_str(word);
            return;
        }
        let mut hash = self.hash(NameOf::Word, word);
        if word.contains(|c: char| c.is_ascii_digit()) {
            text.push_str(&format!("id{:08x}", hash >> 32));
            return;
        }
        // Letters only, so that it still reads as a word.
        text.push('x');
        for _ in 0..7 {
            let letter = u8::try_from(hash % 26).unwrap_or_default();
            text.push(char::from(b'a' + letter));
            hash /= 26;
        }
    }

    /// A status; an undocumented one keeps only what it means.
    pub(in crate::history) fn status(status: &str) -> String {
        match JobStatus::parse(status) {
            status @ (JobStatus::Other(_) | JobStatus::Invalid(_)) => match status.state() {
                State::Failed => "JOB_FAILED",
                State::Cancelled => "JOB_CANCELLED",
                State::Completed => "JOB_COMPLETE",
                State::Unknown | State::Running | State::Queued => "UNDOCUMENTED_STATUS",
            }
            .to_owned(),
            known => known.as_str().to_owned(),
        }
    }

    /// The settings of a run with documented values; `None` for none.
    pub(in crate::history) fn settings(json: &str) -> Option<String> {
        let pairs: Vec<(String, String)> = serde_json::from_str(json).ok()?;
        let kept: Vec<_> = pairs
            .iter()
            .filter(|(name, value)| {
                let mut known = SETTINGS.iter();
                known.any(|(known, values)| known == name && values.contains(&value.as_str()))
            })
            .collect();
        (!kept.is_empty()).then(|| serde_json::json!(kept).to_string())
    }

    /// The counts of a run: the number of its rows; `None` for none.
    pub(in crate::history) fn counts(json: &str) -> Option<String> {
        let pairs: Vec<(String, String)> = serde_json::from_str(json).ok()?;
        let rows = pairs.iter().find(|(name, _)| name == "processed_rows")?;
        let rows: u64 = rows.1.parse().ok()?;
        Some(serde_json::json!([("processed_rows", rows.to_string())]).to_string())
    }

    /// Row counts with pseudonyms of the streams.
    pub(in crate::history) fn row_counts(&self, json: &str) -> Option<String> {
        let mut rows = row_counts::of_column(json)?;
        rows.streams = rows
            .streams
            .into_iter()
            .map(|(name, stream)| (Text::new(&self.name(NameOf::Stream, name.as_str())), stream))
            .collect();
        Some(row_counts::to_column(&rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_the_same_within_a_file_and_differ_between_files() {
        let (one, other) = (Pseudonyms::new().unwrap(), Pseudonyms::new().unwrap());
        let name = one.name(NameOf::Tenant, "acme");
        assert_eq!(name, one.name(NameOf::Tenant, "acme"));
        assert_ne!(name, one.name(NameOf::Tenant, "globex"));
        assert_ne!(
            name["tenant-".len()..],
            one.name(NameOf::Flow, "acme")["flow-".len()..]
        );
        assert_ne!(name, other.name(NameOf::Tenant, "acme"));
        assert_eq!(name.len(), "tenant-".len() + 10);
    }

    #[test]
    fn message_keeps_its_structure_and_common_words_only() {
        let pseudonyms = Pseudonyms::new().unwrap();
        let message = "401 Unauthorized: token of Müller-AG expired after 3600 s (id a1b2): KeyError: 'x_amount'";
        let text = pseudonyms.message(message);
        assert!(text.starts_with("401 Unauthorized: token of x"), "{text}");
        for kept in ["expired after id", "KeyError: '", ")"] {
            assert!(text.contains(kept), "{text}");
        }
        for gone in ["ller", "AG", "3600", "a1b2", "amount"] {
            assert!(!text.contains(gone), "{text}");
        }
        assert_eq!(text, pseudonyms.message(message));
    }

    #[test]
    fn only_documented_values_are_kept() {
        let pseudonyms = Pseudonyms::new().unwrap();
        assert_eq!(pseudonyms.version("v1.0.12"), "v1.0.12");
        assert!(pseudonyms.version("acme-branch").starts_with("version-"));
        assert_eq!(Pseudonyms::status("ETL_FAILED"), "ETL_FAILED");
        assert_eq!(Pseudonyms::status("ACME_FAILED"), "JOB_FAILED");
        assert_eq!(Pseudonyms::status("ACME"), "UNDOCUMENTED_STATUS");
        let settings = r#"[["sync_type","full_sync"],["job_type","acme"],["target","acme"]]"#;
        let kept = Pseudonyms::settings(settings).unwrap();
        assert_eq!(kept, r#"[["sync_type","full_sync"]]"#);
        let counts = r#"[["metrics","{\"acme\":1}"],["processed_rows","7"]]"#;
        let kept = Pseudonyms::counts(counts).unwrap();
        assert_eq!(kept, r#"[["processed_rows","7"]]"#);
        assert_eq!(Pseudonyms::counts(r#"[["processed_rows","acme"]]"#), None);
        let rows = pseudonyms
            .row_counts(r#"{"total":7,"streams":{"acme":[7]}}"#)
            .unwrap();
        assert!(rows.contains("stream-") && !rows.contains("acme"), "{rows}");
    }
}
