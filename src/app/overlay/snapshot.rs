//! What is shown, as text, Markdown or JSON: to the clipboard or to a file.

use crate::app::detail::Severity;
use crate::app::jobs::Row;
use crate::app::message::Effect;
use crate::app::model::Model;
use crate::hotglue::Text;
use crate::report::{Listed, Polled, json, status_table};

/// A choice of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotChoice {
    /// What the menu says.
    pub words: &'static str,
    form: Form,
    to_file: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Markdown,
    Text,
    Json,
}

const fn choice(words: &'static str, form: Form, to_file: bool) -> SnapshotChoice {
    SnapshotChoice {
        words,
        form,
        to_file,
    }
}

impl SnapshotChoice {
    /// Every choice, in the order of the menu.
    pub const ALL: [Self; 6] = [
        choice(
            "copy a Markdown table, for a chat or ticket",
            Form::Markdown,
            false,
        ),
        choice("copy a table of plain text", Form::Text, false),
        choice("copy JSON", Form::Json, false),
        choice("write a Markdown table to a file", Form::Markdown, true),
        choice("write a table of plain text to a file", Form::Text, true),
        choice("write JSON to a file", Form::Json, true),
    ];
}

impl Model {
    /// Takes a snapshot of the marked rows, else of all that are shown.
    pub(in crate::app) fn take_snapshot(&mut self, choice: SnapshotChoice) -> Vec<Effect> {
        let marked = self.jobs.selection().marked_count() > 0;
        let rows: Vec<&Row> = if marked {
            let keys = self.jobs.targets();
            let rows = keys.into_iter().filter_map(|key| self.jobs.get(key));
            rows.collect()
        } else {
            self.jobs.shown().collect()
        };
        let records: Vec<Polled> = rows.iter().map(|row| self.record(row)).collect();
        let count = records.len();
        let table = status_table(&records);
        let (text, extension) = match choice.form {
            Form::Markdown => (table.markdown(), "md"),
            Form::Text => (table.laid_out(None, false), "txt"),
            Form::Json => match json("jobs", &records) {
                Ok(text) => (text, "json"),
                Err(error) => {
                    self.notify(Severity::Bad, error.to_string());
                    return Vec::new();
                }
            },
        };
        let what = if count == 1 {
            "1 job".to_owned()
        } else {
            format!("{count} jobs")
        };
        if choice.to_file {
            let at = self.now.to_zoned_datetime(self.zone.clone());
            let name = format!("hgtop-{}.{extension}", at.strftime("%Y%m%d-%H%M%S"));
            return vec![Effect::WriteFile(name, text)];
        }
        self.notify(Severity::Plain, format!("{what} copied"));
        vec![Effect::Copy(text)]
    }

    /// A row as other programs are told of it.
    fn record(&self, row: &Row) -> Polled {
        let env_id = self
            .environments
            .get(row.environment)
            .map_or_else(String::new, |entry| entry.env_id().to_string());
        let listed = Listed {
            name: row.name.to_string(),
            environment: row.environment_name.to_string(),
            env_id,
            tenant: row.tenant().to_owned(),
            flow: row.flow().to_owned(),
            job_root: row.address().map(|address| address.job_root.to_string()),
            tags: row.tags.iter().map(Text::to_string).collect(),
        };
        let trouble = row.snapshot.health.failure_streak.as_ref();
        let error = trouble.map(|trouble| trouble.error.to_string());
        Polled::new(listed, row.job(), error, self.now)
    }
}
