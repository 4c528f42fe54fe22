//! The history as one file, on request with pseudonyms. The file is a
//! database of the same schema, with a table `manifest` that says what it
//! contains and what it withholds. It is written row by row from what may be
//! in it, so that nothing else ever was in it.

mod common_words;
mod lists;
mod pseudonyms;

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use self::pseudonyms::{NameOf, Pseudonyms};
use crate::history::error::HistoryError;
use crate::history::replay::JobList;
use crate::history::schema::migrate;
use crate::history::store::Store;
use crate::history::texts::{find, intern};
use crate::hotglue::FlowId;

const RUNS: &str = "SELECT id, env, job_root, flow, tenant, tap, tap_version, started, last, \
      status, outcome, message, settings, counts, row_counts, stages, silences \
    FROM runs WHERE last >= ?1 AND COALESCE(started, last) <= ?2 ORDER BY last, id";
const STEPS: &str =
    "SELECT status, seen, updated, message, number FROM steps WHERE run = ?1 ORDER BY number";
const UPDATES: &str =
    "SELECT seen, updated, message, row_count, error FROM updates WHERE run = ?1 ORDER BY seen";
const LISTS: &str = "SELECT job_lists.time, text, is_start FROM job_lists \
    JOIN texts ON texts.id = list \
    WHERE job_lists.time <= ?2 AND job_lists.time >= \
      COALESCE((SELECT MAX(time) FROM job_lists WHERE time <= ?1), ?1) \
    ORDER BY job_lists.time";
const EVENTS: &str = "SELECT time, env, kind, subject, detail FROM events \
    WHERE time BETWEEN ?1 AND ?2 ORDER BY time, id";

/// What to export.
#[derive(Debug, Clone, Default)]
pub struct ExportRules {
    /// Only what happened since this time.
    pub(crate) from: Option<Timestamp>,
    /// Only what happened until this time.
    pub(crate) to: Option<Timestamp>,
    /// Only these flows; all where it is empty.
    pub(crate) flows: Vec<FlowId>,
    /// Whether names, ids and the details of messages are replaced.
    pub(crate) anonymize: bool,
}

/// What an exported file contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// The number of runs.
    pub(crate) runs: u64,
    /// The number of statuses that they went through.
    pub(crate) steps: u64,
    /// The number of other events.
    pub(crate) events: u64,
}

impl Store {
    /// Writes the history to a new or empty file.
    ///
    /// # Errors
    /// When the history cannot be read or the file cannot be written.
    pub(crate) fn export(
        &mut self,
        file: &Path,
        rules: &ExportRules,
    ) -> Result<Exported, HistoryError> {
        let pseudonyms = if rules.anonymize {
            Some(Pseudonyms::new().ok_or(HistoryError::NoRandomness)?)
        } else {
            None
        };
        let mut target = Connection::open(file)?;
        // The file is of no use before it is complete.
        target.pragma_update(None, "journal_mode", "OFF")?;
        target.pragma_update(None, "synchronous", "OFF")?;
        migrate(&mut target, file)?;
        let source = self.connection.unchecked_transaction()?;
        let written = target.transaction()?;
        let mut export = Export {
            source: &source,
            target: &written,
            pseudonyms,
            texts: HashMap::new(),
            exported: Exported::default(),
        };
        export.runs(rules)?;
        export.events(rules)?;
        export.lists(rules)?;
        export.clock()?;
        let exported = export.exported;
        export.manifest(rules)?;
        written.commit()?;
        target.pragma_update(None, "synchronous", "FULL")?;
        target.close().map_err(|(_, error)| error)?;
        Ok(exported)
    }
}

/// What a text is, which decides how it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum TextKind {
    Name(NameOf),
    Version,
    Status,
    Message,
    Settings,
    /// One of hgtop's own words.
    Word,
}

struct Export<'a> {
    source: &'a Connection,
    target: &'a Transaction<'a>,
    pseudonyms: Option<Pseudonyms>,
    /// The numbers of texts in the file, by kind and number in the history;
    /// `None` for a withheld one.
    texts: HashMap<(TextKind, i64), Option<i64>>,
    exported: Exported,
}

impl Export<'_> {
    fn runs(&mut self, rules: &ExportRules) -> Result<(), HistoryError> {
        let mut flows = Vec::new();
        for flow in &rules.flows {
            flows.extend(find(self.source, flow.as_str())?);
        }
        let mut select = self.source.prepare(RUNS)?;
        let mut rows = select.query(range(rules))?;
        while let Some(row) = rows.next()? {
            let flow: i64 = row.get(3)?;
            if !rules.flows.is_empty() && !flows.contains(&flow) {
                continue;
            }
            let (tenant, root): (i64, String) = (row.get(4)?, row.get(2)?);
            let message = self.some_text(TextKind::Message, row.get(11)?)?;
            let settings = self.some_text(TextKind::Settings, row.get(12)?)?;
            let counts: [Option<String>; 2] = [row.get(13)?, row.get(14)?];
            let [counts, row_counts] = counts;
            let (job_root, counts, row_counts) = match &self.pseudonyms {
                None => (root, counts, row_counts),
                Some(pseudonyms) => (
                    format!(
                        "{}/flows/{}/jobs/{}",
                        pseudonyms.name(NameOf::Tenant, &self.source_text(tenant)?),
                        pseudonyms.name(NameOf::Flow, &self.source_text(flow)?),
                        pseudonyms.name(NameOf::Job, &root)
                    ),
                    counts.as_deref().and_then(Pseudonyms::counts),
                    row_counts
                        .as_deref()
                        .and_then(|rows| pseudonyms.row_counts(rows)),
                ),
            };
            self.target
                .prepare_cached(
                    "INSERT INTO runs (env, job_root, flow, tenant, tap, tap_version, started, \
                       last, status, outcome, message, settings, counts, row_counts, stages, \
                       silences) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                )?
                .execute(params![
                    self.text(TextKind::Name(NameOf::Environment), row.get(1)?)?,
                    job_root,
                    self.text(TextKind::Name(NameOf::Flow), flow)?,
                    self.text(TextKind::Name(NameOf::Tenant), tenant)?,
                    self.text(TextKind::Name(NameOf::Tap), row.get(5)?)?,
                    self.some_text(TextKind::Version, row.get(6)?)?,
                    row.get::<_, Option<i64>>(7)?,
                    row.get::<_, i64>(8)?,
                    self.text(TextKind::Status, row.get(9)?)?,
                    row.get::<_, Option<i64>>(10)?,
                    message,
                    settings,
                    counts,
                    row_counts,
                    row.get::<_, Option<String>>(15)?,
                    row.get::<_, Option<String>>(16)?,
                ])?;
            self.exported.runs += 1;
            let run = self.target.last_insert_rowid();
            self.steps(row.get(0)?, run)?;
            self.updates(row.get(0)?, run)?;
        }
        Ok(())
    }

    fn updates(&mut self, source_run: i64, run: i64) -> Result<(), HistoryError> {
        let mut select = self.source.prepare_cached(UPDATES)?;
        let mut rows = select.query([source_run])?;
        while let Some(row) = rows.next()? {
            self.target
                .prepare_cached(
                    "INSERT INTO updates (run, seen, updated, message, row_count, error) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    run,
                    row.get::<_, i64>(0)?,
                    row.get::<_, Option<i64>>(1)?,
                    self.some_text(TextKind::Message, row.get(2)?)?,
                    row.get::<_, Option<i64>>(3)?,
                    self.some_text(TextKind::Message, row.get(4)?)?,
                ])?;
        }
        Ok(())
    }

    /// Writes what was watched, from the list on that was watched first in the
    /// range.
    fn lists(&self, rules: &ExportRules) -> Result<(), HistoryError> {
        let mut select = self.source.prepare(LISTS)?;
        let mut rows = select.query(range(rules))?;
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            let Ok(list) = serde_json::from_str::<JobList>(&text) else {
                continue;
            };
            let list = lists::exported(list, &rules.flows, self.pseudonyms.as_ref());
            let text = serde_json::json!(list).to_string();
            self.target
                .prepare_cached("INSERT INTO job_lists (time, list, is_start) VALUES (?1, ?2, ?3)")?
                .execute(params![
                    row.get::<_, i64>(0)?,
                    intern(self.target, &text)?,
                    row.get::<_, bool>(2)?,
                ])?;
        }
        Ok(())
    }

    fn steps(&mut self, source_run: i64, run: i64) -> Result<(), HistoryError> {
        let mut select = self.source.prepare_cached(STEPS)?;
        let mut rows = select.query([source_run])?;
        while let Some(row) = rows.next()? {
            self.target
                .prepare_cached(
                    "INSERT INTO steps (run, status, seen, updated, message, number) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    run,
                    self.text(TextKind::Status, row.get(0)?)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, Option<i64>>(2)?,
                    self.some_text(TextKind::Message, row.get(3)?)?,
                    row.get::<_, i64>(4)?,
                ])?;
            self.exported.steps += 1;
        }
        Ok(())
    }

    fn events(&mut self, rules: &ExportRules) -> Result<(), HistoryError> {
        let mut select = self.source.prepare(EVENTS)?;
        let mut rows = select.query(range(rules))?;
        while let Some(row) = rows.next()? {
            self.target
                .prepare_cached(
                    "INSERT INTO events (time, env, kind, subject, detail) \
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    row.get::<_, i64>(0)?,
                    self.text(TextKind::Name(NameOf::Environment), row.get(1)?)?,
                    self.text(TextKind::Word, row.get(2)?)?,
                    self.some_text(TextKind::Name(NameOf::Rollout), row.get(3)?)?,
                    self.some_text(TextKind::Message, row.get(4)?)?,
                ])?;
            self.exported.events += 1;
        }
        Ok(())
    }

    fn clock(&self) -> Result<(), HistoryError> {
        let mut select = self.source.prepare("SELECT service_time FROM clock")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            self.target.execute(
                "INSERT INTO clock (id, service_time) VALUES (1, ?1)",
                [row.get::<_, i64>(0)?],
            )?;
        }
        Ok(())
    }

    fn manifest(&self, rules: &ExportRules) -> Result<(), HistoryError> {
        let Exported {
            runs,
            steps,
            events,
        } = self.exported;
        let time = |time: Option<Timestamp>| time.map_or("any".to_owned(), |time| time.to_string());
        let flows = match (&self.pseudonyms, rules.flows.is_empty()) {
            (_, true) => "all".to_owned(),
            (pseudonyms, false) => {
                let flows = rules.flows.iter().map(|flow| match pseudonyms {
                    None => flow.to_string(),
                    Some(pseudonyms) => pseudonyms.name(NameOf::Flow, flow.as_str()),
                });
                flows.collect::<Vec<_>>().join(" ")
            }
        };
        let withheld = if self.pseudonyms.is_some() {
            "state, override_* and API keys, which are never recorded; the listings that were \
             read; environments, flows, tenants, job ids, names, tags, taps, streams and rollouts, \
             which are pseudonyms; words of messages that are not common error words; numbers in \
             messages; settings and statuses that are not documented; counts other than rows. \
             Times, durations, row counts and version numbers are as recorded"
        } else {
            "state, override_* and API keys, which are never recorded; the listings that were read"
        };
        self.target
            .execute_batch("CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL)")?;
        for (name, value) in [
            ("format", "hgtop history".to_owned()),
            ("hgtop", env!("CARGO_PKG_VERSION").to_owned()),
            ("exported_at", Timestamp::now().to_string()),
            ("anonymized", rules.anonymize.to_string()),
            ("from", time(rules.from)),
            ("to", time(rules.to)),
            ("flows", flows),
            ("runs", runs.to_string()),
            ("steps", steps.to_string()),
            ("events", events.to_string()),
            ("withheld", withheld.to_owned()),
        ] {
            self.target
                .execute("INSERT INTO manifest VALUES (?1, ?2)", [name, &value])?;
        }
        Ok(())
    }

    /// The number in the file of a text of the history.
    fn text(&mut self, kind: TextKind, id: i64) -> Result<Option<i64>, HistoryError> {
        if let Some(known) = self.texts.get(&(kind, id)) {
            return Ok(*known);
        }
        let text = self.source_text(id)?;
        let text = match &self.pseudonyms {
            None => Some(text),
            Some(pseudonyms) => match kind {
                TextKind::Name(of) => Some(pseudonyms.name(of, &text)),
                TextKind::Version => Some(pseudonyms.version(&text)),
                TextKind::Status => Some(Pseudonyms::status(&text)),
                TextKind::Message => Some(pseudonyms.message(&text)),
                TextKind::Settings => Pseudonyms::settings(&text),
                TextKind::Word => Some(text),
            },
        };
        let new = text.map(|text| intern(self.target, &text)).transpose()?;
        self.texts.insert((kind, id), new);
        Ok(new)
    }

    fn some_text(&mut self, kind: TextKind, id: Option<i64>) -> Result<Option<i64>, HistoryError> {
        match id {
            Some(id) => self.text(kind, id),
            None => Ok(None),
        }
    }

    fn source_text(&self, id: i64) -> Result<String, HistoryError> {
        let mut text = self
            .source
            .prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
        Ok(text.query_row([id], |row| row.get(0))?)
    }
}

/// The range of times, in milliseconds.
fn range(rules: &ExportRules) -> [i64; 2] {
    [
        rules.from.map_or(i64::MIN, Timestamp::as_millisecond),
        rules.to.map_or(i64::MAX, Timestamp::as_millisecond),
    ]
}
