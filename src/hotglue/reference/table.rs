//! References in tables: comma-, semicolon- or tab-separated values whose header
//! has a `job_root` or `s3_root` column.

use super::error::ReferenceError;
use super::line::read_exact;
use super::types::{ReadReference, Reference};
use crate::hotglue::ids::{EnvId, FlowId, TenantId};
use crate::hotglue::text::Text;

const ROOT: [&str; 2] = ["job_root", "s3_root"];

/// Reads at most `limit` rows of a table; `None` where the text is not a table.
pub(super) fn read_table(text: &str, limit: usize) -> Option<Vec<ReadReference>> {
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter(text)?)
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = Columns::new(rows.headers().ok()?);
    let mut lines = LineCounter::new(text);
    let mut found = Vec::new();
    for row in rows.records() {
        let Ok(row) = row else { continue };
        if row.iter().all(str::is_empty) {
            continue;
        }
        let start = row.position().map_or(0, csv::Position::byte);
        let line = lines.of_content_after(usize::try_from(start).unwrap_or(0));
        let excerpt = row.iter().collect::<Vec<_>>().join(" ");
        let result = if found.len() < limit {
            columns.read(&row)
        } else {
            Err(ReferenceError::TooMany(limit))
        };
        found.push(ReadReference {
            line,
            last_line: line,
            excerpt: Text::cut(excerpt.lines().next().unwrap_or_default(), 200),
            result,
        });
        if found.len() > limit {
            break;
        }
    }
    Some(found)
}

/// Returns the delimiter of a table, whose header is the first line that is
/// neither empty nor a comment.
fn delimiter(text: &str) -> Option<u8> {
    let header = text.lines().find(|line| is_content(line))?;
    if header.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .find(|byte| header.as_bytes().contains(byte))
        .unwrap_or(b',');
    header
        .split(char::from(delimiter))
        .any(|name| ROOT.contains(&normalized(name).as_str()))
        .then_some(delimiter)
}

fn is_content(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
}

fn normalized(name: &str) -> String {
    name.trim()
        .trim_matches('"')
        .to_ascii_lowercase()
        .replace([' ', '-'], "_")
}

/// The positions of the known columns.
struct Columns {
    root: Option<usize>,
    tenant: Option<usize>,
    flow: Option<usize>,
    env_id: Option<usize>,
    environment: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    fn new(header: &csv::StringRecord) -> Self {
        let names: Vec<_> = header.iter().map(normalized).collect();
        let column = |wanted: &[&str]| {
            wanted
                .iter()
                .find_map(|wanted| names.iter().position(|name| name == wanted))
        };
        Self {
            root: column(&ROOT),
            tenant: column(&["tenant", "tenant_id"]),
            flow: column(&["flow", "flow_id"]),
            env_id: column(&["env_id"]),
            environment: column(&["environment", "env"]),
            name: column(&["name", "job_name"]),
        }
    }

    fn read(&self, row: &csv::StringRecord) -> Result<Reference, ReferenceError> {
        let cell = |column: Option<usize>| {
            let cell = without_guard(row.get(column?)?);
            (!cell.is_empty()).then_some(cell)
        };
        let tenant = cell(self.tenant);
        let root = match cell(self.root) {
            Some(root) => root,
            None if tenant.is_some() => return Err(ReferenceError::NotStarted),
            None => return Err(ReferenceError::RowWithoutRoot),
        };
        // The column says that it is a root, so that any form is accepted.
        let mut reference = match read_exact(root) {
            Err(_) if root.contains('/') => Reference::from_root(root)?,
            other => other?,
        };
        if let Some(tenant) = tenant {
            reference.tenant = Some(TenantId::parse(tenant)?);
        }
        if let Some(flow) = cell(self.flow) {
            reference.flow = Some(FlowId::parse(flow)?);
        }
        if let Some(env_id) = cell(self.env_id) {
            reference.env_id = Some(EnvId::parse(env_id)?);
        }
        let environment = cell(self.environment).map(|name| Text::cut(name, 256));
        reference.environment = environment.map(|name| name.to_string());
        reference.name = cell(self.name).map(|name| Text::cut(name, 256));
        Ok(reference)
    }
}

/// Drops the apostrophe that keeps a spreadsheet from reading a formula.
fn without_guard(cell: &str) -> &str {
    cell.strip_prefix('\'')
        .filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t']))
        .unwrap_or(cell)
}

/// Counts lines while moving forward through a text.
struct LineCounter<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> LineCounter<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
        }
    }

    /// Returns the line of the first content at or after a byte: the reader of
    /// rows counts the comments and empty lines before a row as part of it.
    fn of_content_after(&mut self, byte: usize) -> usize {
        let passed = self.text.get(self.at..byte).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at += passed.len();
        let rest = self.text[self.at..].lines();
        self.line + rest.take_while(|line| !is_content(line)).count()
    }
}
