//! The form that adds jobs: what was pasted, and what each line of it was
//! taken for.

use std::collections::HashSet;

use ratatui_textarea::TextArea;
use tui_input::Input;

use crate::app::environments::Environments;
use crate::app::jobs::Jobs;
use crate::app::model::Model;
use crate::config::{Resolution, WatchedJob, resolve};
use crate::hotglue::{ReadReference, Text, read_references};
use crate::watch::EnvironmentId;

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddField {
    /// The references.
    References,
    /// The environment of those that name none.
    Environment,
    /// The name, where there is one job.
    Name,
    /// The tags of all.
    Tags,
}

impl AddField {
    /// Every field, from top to bottom.
    pub const ALL: [Self; 4] = [Self::References, Self::Environment, Self::Name, Self::Tags];
}

/// What a line of the form was taken for.
#[derive(Debug, Clone)]
pub struct ParsedLine {
    /// The reference as it was read.
    pub read: ReadReference,
    /// What it comes to, if it is one.
    pub resolution: Option<Resolution<EnvironmentId>>,
}

/// The form that adds jobs.
#[derive(Debug, Clone)]
pub struct AddForm {
    /// The references, as they are typed or pasted.
    pub references: TextArea<'static>,
    /// The environment of references that name none.
    pub environment: Option<EnvironmentId>,
    /// A name for the only job.
    pub name: Input,
    /// Tags for all jobs, with blanks between them.
    pub tags: Input,
    /// Where the keys go.
    pub field: AddField,
    /// What each reference was taken for.
    pub parsed_lines: Vec<ParsedLine>,
    /// Whether the person was asked if all is to be dropped.
    pub asked_to_drop: bool,
}

impl AddForm {
    /// An empty form.
    pub(in crate::app) fn new() -> Self {
        Self {
            references: TextArea::default(),
            environment: None,
            name: Input::default(),
            tags: Input::default(),
            field: AddField::References,
            parsed_lines: Vec::new(),
            asked_to_drop: false,
        }
    }

    /// Puts text in at the cursor.
    pub(in crate::app) fn paste(&mut self, text: &str) {
        // Controls of a paste would act on the form; line breaks are meant.
        let clean: String = text
            .replace("\r\n", "\n")
            .replace('\r', "\n")
            .chars()
            .filter(|c| *c == '\n' || *c == '\t' || !c.is_control())
            .collect();
        self.references.insert_str(clean);
    }

    /// Reads the references anew.
    pub(in crate::app) fn parse_references(&mut self, environments: &Environments, jobs: &Jobs) {
        self.environment = self
            .environment
            .filter(|id| environments.get(*id).is_some());
        let text = self.references.lines().join("\n");
        let mut seen = HashSet::new();
        self.parsed_lines = read_references(&text)
            .into_iter()
            .map(|read| {
                let resolution = read.result.as_ref().ok().map(|reference| {
                    resolve(
                        reference,
                        environments.iter().map(|entry| (entry.id, &entry.config)),
                        self.environment,
                        |environment, root| {
                            let row = jobs.find(environment, root);
                            row.map(|row| row.name.clone())
                        },
                    )
                });
                let resolution = resolution.map(|resolution| match resolution {
                    Resolution::Complete(job)
                        if !seen.insert((job.environment, job.address.job_root.clone())) =>
                    {
                        Resolution::Watched(job.name)
                    }
                    other => other,
                });
                ParsedLine { read, resolution }
            })
            .collect();
    }

    /// The jobs that can be added, with name and tags of the form.
    pub fn complete(&self) -> Vec<WatchedJob<EnvironmentId>> {
        let mut jobs: Vec<_> = self
            .parsed_lines
            .iter()
            .filter_map(|each| match &each.resolution {
                Some(Resolution::Complete(job)) => Some(job.clone()),
                _ => None,
            })
            .collect();
        let tags: Vec<_> = self
            .tags
            .value()
            .split_whitespace()
            .map(|tag| Text::cut(tag, 64))
            .collect();
        for job in &mut jobs {
            job.tags.clone_from(&tags);
        }
        if let ([only], name) = (&mut jobs[..], self.name.value().trim())
            && !name.is_empty()
        {
            only.name = Text::cut(name, 256);
        }
        jobs
    }

    /// Drops the lines that are done with: added, or watched already. Answers
    /// whether something is left that needs the person.
    pub(in crate::app) fn keep_the_rest(&mut self) -> bool {
        let is_done = |each: &ParsedLine| {
            matches!(
                each.resolution,
                Some(Resolution::Complete(_) | Resolution::Watched(_))
            )
        };
        let open: Vec<_> = self
            .parsed_lines
            .iter()
            .filter(|each| !is_done(each))
            .collect();
        if open.is_empty() {
            return false;
        }
        let done: HashSet<usize> = self
            .parsed_lines
            .iter()
            .filter(|each| is_done(each))
            .flat_map(|each| each.read.line..=each.read.last_line)
            .filter(|line| {
                !open
                    .iter()
                    .any(|each| (each.read.line..=each.read.last_line).contains(line))
            })
            .collect();
        let lines = self.references.lines().iter().zip(1..);
        let rest: Vec<String> = lines
            .filter(|(_, number)| !done.contains(number))
            .map(|(line, _)| line.clone())
            .collect();
        self.references = TextArea::new(rest);
        self.name = Input::default();
        true
    }

    /// Whether dropping the form would lose more than a line.
    pub(in crate::app) fn holds_much(&self) -> bool {
        self.references
            .lines()
            .iter()
            .filter(|line| !line.trim().is_empty())
            .count()
            > 1
    }
}

impl Model {
    /// The form on what was pasted, or empty.
    pub(in crate::app) fn add_form(&self, pasted: Option<&str>) -> AddForm {
        let mut form = AddForm::new();
        if let Some(text) = pasted {
            form.paste(text);
        }
        form.parse_references(&self.environments, &self.jobs);
        form
    }
}
