//! The references of the add form: the text that is typed or pasted, and how
//! each line of it was parsed.
//!
//! Short text is edited line by line. A large paste is not: it is kept as it
//! came, parsed once, and only counted on the screen, so that a paste of many
//! megabytes costs a few times its size in memory and no time per key.

use std::collections::HashSet;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};

use crate::app::input::{edit, position};
use crate::app::overlay::context::Context;
use crate::config::{Resolution, WatchedJob, resolve};
use crate::hotglue::{JobRoot, ReadReference, Text, mask_api_keys, read_references};
use crate::watch::EnvironmentId;

/// The most text that is edited line by line.
const MAX_EDITED_LINES: usize = 1_000;
const MAX_EDITED_BYTES: usize = 64 * 1024;
/// The most text that is kept; more is not read.
const MAX_LINES: usize = 100_000;
const MAX_BYTES: usize = 16 << 20;

/// How a reference was understood.
#[derive(Debug, Clone)]
pub(crate) enum LineStatus {
    /// The job can be added.
    Ready(Box<WatchedJob<EnvironmentId>>),
    /// The job is watched already, under this name.
    Watched(Text),
    /// The same job is on an earlier line.
    Duplicate,
    /// Something is missing, with what to do.
    Incomplete(String),
    /// It is no reference to a job, with the reason.
    Invalid(String),
}

impl LineStatus {
    /// Whether the user has to change something before the line can be added.
    pub(crate) fn needs_correction(&self) -> bool {
        match self {
            Self::Ready(_) | Self::Watched(_) | Self::Duplicate => false,
            Self::Incomplete(_) | Self::Invalid(_) => true,
        }
    }
}

/// A reference and how it was understood.
#[derive(Debug, Clone)]
pub(crate) struct ParsedLine {
    /// The line at which it begins, from 1.
    pub(crate) line: usize,
    /// The line at which it ends.
    last_line: usize,
    /// How it begins; empty if it was understood. Never contains an API key.
    pub(crate) excerpt: Text,
    /// How it was understood.
    pub(crate) status: LineStatus,
}

/// The number of references by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LineCounts {
    /// Jobs that can be added.
    pub(crate) ready: usize,
    /// Jobs that are watched already.
    pub(crate) watched: usize,
    /// Jobs that are on an earlier line.
    pub(crate) duplicate: usize,
    /// References that lack something.
    pub(crate) incomplete: usize,
    /// Lines that are no reference.
    pub(crate) invalid: usize,
}

/// The jobs that were read, to recognize duplicates.
type Seen = HashSet<(EnvironmentId, JobRoot)>;

/// A text and its references, those that need correction first.
#[derive(Debug, Clone, Default)]
struct Parsed {
    lines: Vec<ParsedLine>,
    seen: Seen,
}

/// The references of the add form. See the module's documentation.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    edited: TextArea<'static>,
    parsed: Parsed,
    pasted: String,
    pasted_lines: usize,
    parsed_paste: Parsed,
    /// Whether text was dropped because there was too much.
    truncated: bool,
}

impl References {
    /// The text that is edited.
    pub(crate) fn edited(&self) -> &TextArea<'static> {
        &self.edited
    }

    /// The lines and bytes of a large paste; `None` if there is none.
    pub(crate) fn pasted_size(&self) -> Option<(usize, usize)> {
        (!self.pasted.is_empty()).then_some((self.pasted_lines, self.pasted.len()))
    }

    /// Whether text was dropped because there was too much.
    pub(crate) fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// All references, those that need correction first.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &ParsedLine> {
        let (edited, pasted) = (&self.parsed.lines, &self.parsed_paste.lines);
        let problems =
            |lines: &[ParsedLine]| lines.partition_point(|line| line.status.needs_correction());
        let (edited_bad, edited_good) = edited.split_at(problems(edited));
        let (pasted_bad, pasted_good) = pasted.split_at(problems(pasted));
        edited_bad
            .iter()
            .chain(pasted_bad)
            .chain(edited_good)
            .chain(pasted_good)
    }

    /// The number of references by status.
    pub(crate) fn counts(&self) -> LineCounts {
        let mut counts = LineCounts::default();
        for line in self.parsed.lines.iter().chain(&self.parsed_paste.lines) {
            *match line.status {
                LineStatus::Ready(_) => &mut counts.ready,
                LineStatus::Watched(_) => &mut counts.watched,
                LineStatus::Duplicate => &mut counts.duplicate,
                LineStatus::Incomplete(_) => &mut counts.incomplete,
                LineStatus::Invalid(_) => &mut counts.invalid,
            } += 1;
        }
        counts
    }

    /// The jobs that can be added.
    pub(in crate::app) fn ready(&self) -> Vec<WatchedJob<EnvironmentId>> {
        self.parsed
            .lines
            .iter()
            .chain(&self.parsed_paste.lines)
            .filter_map(|line| match &line.status {
                LineStatus::Ready(job) => Some((**job).clone()),
                LineStatus::Watched(_)
                | LineStatus::Duplicate
                | LineStatus::Incomplete(_)
                | LineStatus::Invalid(_) => None,
            })
            .collect()
    }

    /// Whether there is no reference at all.
    pub(in crate::app) fn is_empty(&self) -> bool {
        self.parsed.lines.is_empty() && self.parsed_paste.lines.is_empty()
    }

    /// Whether closing the form would lose more than a line.
    pub(in crate::app) fn has_several_lines(&self) -> bool {
        let edited = self.edited.lines().iter().map(String::as_str);
        let lines = edited.chain(self.pasted.lines().take(2));
        lines
            .filter(|line| !line.trim().is_empty())
            .nth(1)
            .is_some()
    }

    /// Handles an editing key.
    pub(in crate::app) fn on_key(
        &mut self,
        context: &Context,
        environment: Option<EnvironmentId>,
        key: KeyEvent,
    ) {
        let is_empty = self.edited.is_empty();
        let breaks_line = key.code == KeyCode::Enter
            || (key.code == KeyCode::Char('j') && key.modifiers == KeyModifiers::CONTROL);
        if is_empty && key.code == KeyCode::Backspace {
            self.set_pasted(String::new());
            self.parsed_paste = Parsed::default();
            self.truncated = false;
        } else if breaks_line {
            self.edited.insert_newline();
        } else if !edit(&mut self.edited, key) {
            return;
        }
        self.mask_edited();
        self.parse_edited(context, environment);
    }

    /// Inserts pasted text: at the cursor, or beside the edited text if it is
    /// large.
    pub(in crate::app) fn paste(
        &mut self,
        context: &Context,
        environment: Option<EnvironmentId>,
        text: &str,
    ) {
        let text = self.clean(text);
        let lines = self.edited.lines().len() + text.matches('\n').count();
        let bytes: usize = self.edited.lines().iter().map(String::len).sum();
        if can_be_edited(lines, bytes + text.len()) {
            self.edited.insert_str(text);
            self.mask_edited();
        } else {
            let mut pasted = std::mem::take(&mut self.pasted);
            join(&mut pasted, &text);
            self.set_pasted(pasted);
            self.parse_pasted(context, environment);
        }
        self.parse_edited(context, environment);
    }

    /// Parses everything again, after jobs or environments changed.
    pub(in crate::app) fn parse(&mut self, context: &Context, environment: Option<EnvironmentId>) {
        self.parse_pasted(context, environment);
        self.parse_edited(context, environment);
    }

    /// Drops the lines that are done: added, watched or duplicates. Returns
    /// whether lines are left that need correction.
    pub(in crate::app) fn keep_rest(&mut self) -> bool {
        let edited = self.edited.lines().join("\n");
        let edited = rest(&edited, &self.parsed.lines);
        let pasted = rest(&self.pasted, &self.parsed_paste.lines);
        let has_rest = edited.is_some() || pasted.is_some();
        let (mut edited, mut pasted) = (edited.unwrap_or_default(), pasted.unwrap_or_default());
        let lines = edited.lines().count() + pasted.lines().count();
        if can_be_edited(lines, edited.len() + pasted.len()) {
            join(&mut edited, &std::mem::take(&mut pasted));
        }
        self.edited = TextArea::new(edited.split('\n').map(str::to_owned).collect());
        self.set_pasted(pasted);
        self.parsed = Parsed::default();
        self.parsed_paste = Parsed::default();
        self.truncated = false;
        has_rest
    }

    fn set_pasted(&mut self, text: String) {
        self.pasted_lines = text.lines().count();
        self.pasted = text;
    }

    /// Pasted text without API keys and control characters, as far as it is
    /// kept.
    fn clean(&mut self, text: &str) -> String {
        let room = MAX_BYTES.saturating_sub(self.pasted.len());
        let mut lines = MAX_LINES.saturating_sub(self.pasted.matches('\n').count());
        let masked = mask_api_keys(text);
        let mut clean = String::with_capacity(masked.len().min(room));
        let mut characters = masked.chars().peekable();
        while let Some(c) = characters.next() {
            let c = match c {
                '\r' if characters.peek() == Some(&'\n') => continue,
                '\r' => '\n',
                '\n' | '\t' => c,
                c if c.is_control() => continue,
                c => c,
            };
            lines -= usize::from(c == '\n').min(lines);
            if clean.len() + c.len_utf8() > room || lines == 0 {
                self.truncated = true;
                break;
            }
            clean.push(c);
        }
        clean
    }

    /// Masks API keys that were typed. The undo history, which has them too,
    /// is dropped.
    fn mask_edited(&mut self) {
        let (row, column) = position(&self.edited);
        let mut lines = self.edited.lines().to_vec();
        let mut cursor = column;
        let mut changed = false;
        for (index, line) in lines.iter_mut().enumerate() {
            let masked = mask_api_keys(line).into_owned();
            if masked == *line {
                continue;
            }
            if index == row {
                // What follows the cursor stays behind it.
                let after = line.chars().count().saturating_sub(column);
                cursor = masked.chars().count().saturating_sub(after);
            }
            *line = masked;
            changed = true;
        }
        if changed {
            self.edited = TextArea::new(lines);
            let clamp = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
            let jump = CursorMove::Jump(clamp(row), clamp(cursor));
            self.edited.move_cursor(jump);
        }
    }

    fn parse_edited(&mut self, context: &Context, environment: Option<EnvironmentId>) {
        let text = self.edited.lines().join("\n");
        self.parsed = parse(context, environment, &text, &self.parsed_paste.seen);
    }

    fn parse_pasted(&mut self, context: &Context, environment: Option<EnvironmentId>) {
        self.parsed_paste = parse(context, environment, &self.pasted, &Seen::new());
    }
}

fn can_be_edited(lines: usize, bytes: usize) -> bool {
    lines <= MAX_EDITED_LINES && bytes <= MAX_EDITED_BYTES
}

/// Appends lines to a text.
fn join(text: &mut String, more: &str) {
    if !text.is_empty() && !text.ends_with('\n') && !more.is_empty() {
        text.push('\n');
    }
    text.push_str(more);
}

fn parse(
    context: &Context,
    environment: Option<EnvironmentId>,
    text: &str,
    seen_before: &Seen,
) -> Parsed {
    let mut seen = Seen::new();
    let mut lines: Vec<_> = read_references(text)
        .into_iter()
        .map(|read| {
            let status = status(context, environment, &read, seen_before, &mut seen);
            let is_understood = matches!(status, LineStatus::Ready(_));
            ParsedLine {
                line: read.line,
                last_line: read.last_line,
                excerpt: if is_understood {
                    Text::default()
                } else {
                    read.excerpt
                },
                status,
            }
        })
        .collect();
    lines.sort_by_key(|line| !line.status.needs_correction());
    Parsed { lines, seen }
}

fn status(
    context: &Context,
    environment: Option<EnvironmentId>,
    read: &ReadReference,
    seen_before: &Seen,
    seen: &mut Seen,
) -> LineStatus {
    let reference = match &read.result {
        Ok(reference) => reference,
        Err(error) => return LineStatus::Invalid(error.to_string()),
    };
    let environments = context
        .environments
        .iter()
        .map(|entry| (entry.id, &entry.config));
    let resolution = resolve(reference, environments, environment, |environment, root| {
        let row = context.jobs.find(environment, root);
        row.map(|row| row.name.clone())
    });
    match resolution {
        Resolution::Watched(name) => LineStatus::Watched(name),
        Resolution::Incomplete(missing) => LineStatus::Incomplete(missing),
        Resolution::Complete(job) => {
            let key = (job.environment, job.address.job_root.clone());
            if seen_before.contains(&key) || !seen.insert(key) {
                LineStatus::Duplicate
            } else {
                LineStatus::Ready(Box::new(job))
            }
        }
    }
}

/// The lines of a text that need correction, with the comments around them;
/// `None` if there are none.
fn rest(text: &str, parsed: &[ParsedLine]) -> Option<String> {
    let problems = parsed.partition_point(|line| line.status.needs_correction());
    let (open, done) = parsed.split_at(problems);
    if open.is_empty() {
        return None;
    }
    let numbers = |lines: &[ParsedLine]| -> HashSet<usize> {
        lines
            .iter()
            .flat_map(|line| line.line..=line.last_line)
            .collect()
    };
    let (open, done) = (numbers(open), numbers(done));
    let lines = text.lines().zip(1..);
    let kept: Vec<_> = lines
        .filter(|(_, number)| open.contains(number) || !done.contains(number))
        .map(|(line, _)| line)
        .collect();
    Some(kept.join("\n"))
}
