//! References to jobs, read out of whatever a person has: roots, URLs,
//! answers, curl commands, tables, many at once.
//!
//! One bad line never costs the others. A key in what was pasted is noticed
//! and left behind.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use serde_json::value::RawValue;
use thiserror::Error;

use super::ids::{EnvId, FlowId, IdError, JobRoot, TenantId};
use super::json::{Fields, shown};
use super::text::Text;

/// The most lines of a paste that are read.
const MAX_LINES: usize = 100_000;

/// A job as a reference names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its root.
    pub job_root: JobRoot,
    /// Its tenant, where the reference or the root tells.
    pub tenant: Option<TenantId>,
    /// Its flow, likewise.
    pub flow: Option<FlowId>,
    /// Its environment, by the service's name.
    pub env_id: Option<EnvId>,
    /// Its environment, by the name of a config file.
    pub environment: Option<String>,
    /// What a person calls it.
    pub name: Option<Text>,
}

/// One reference of a text, or why it is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadReference {
    /// The line it begins at, from 1.
    pub line: usize,
    /// The line it ends at.
    pub last_line: usize,
    /// How it begins, for a person to recognise it; never with a key in it.
    pub excerpt: Text,
    /// What it is.
    pub result: Result<Reference, ReferenceError>,
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// No known form.
    #[error("not understood; a job_root looks like TENANT/flows/FLOW/jobs/ID")]
    Unknown,
    /// An id without the rest.
    #[error("only an id; paste the whole job_root, like TENANT/flows/FLOW/jobs/{0}")]
    OnlyId(Text),
    /// A flow rather than a job.
    #[error("a flow, not a job: the job_root goes on with /jobs/ID")]
    OnlyFlow,
    /// A URL without a root in it.
    #[error("a URL without a job_root in it")]
    UrlWithoutRoot,
    /// A curl command without a status URL.
    #[error("a curl command without a status URL in it")]
    CurlWithoutUrl,
    /// JSON without a root in it.
    #[error("JSON without an s3_root or job_root")]
    JsonWithoutRoot,
    /// JSON that breaks off.
    #[error("JSON that breaks off or is malformed (column {column})")]
    BrokenJson {
        /// Column of the first fault, from 1.
        column: usize,
    },
    /// A table's row without a root.
    #[error("a row without a job_root")]
    RowWithoutRoot,
    /// Something that cannot be an id.
    #[error("{0}")]
    Id(#[from] IdError),
}

/// Reads every reference of a text, in its order. Blank lines and lines that
/// begin with `#` are skipped.
pub fn read_references(text: &str) -> Vec<ReadReference> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        found: Vec::new(),
    };
    reader.run();
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
    /// The line it is on.
    line: usize,
    found: Vec<ReadReference>,
}

impl Reader<'_> {
    fn run(&mut self) {
        if self.read_table() {
            return;
        }
        while self.at < self.text.len() && self.line <= MAX_LINES {
            let rest = &self.text[self.at..];
            let line = rest.lines().next().unwrap_or_default();
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                self.skip(line.len());
            } else if trimmed.starts_with(['{', '[']) {
                self.read_json(line);
            } else if trimmed == "curl" || trimmed.starts_with("curl ") {
                self.read_curl();
            } else {
                let result = read_line(trimmed);
                self.push(trimmed, result);
                self.skip(line.len());
            }
        }
    }

    /// Goes on behind so many bytes and the line break after them.
    fn skip(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
        let rest = &self.text[self.at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', ',']).len();
        self.at += blank;
        if self.text[self.at..].starts_with('\n') {
            self.at += 1;
            self.line += 1;
        }
    }

    fn push(&mut self, excerpt: &str, result: Result<Reference, ReferenceError>) {
        self.push_long(excerpt, 0, result);
    }

    /// Keeps what was read of a text that goes on over so many more lines.
    fn push_long(
        &mut self,
        excerpt: &str,
        more_lines: usize,
        result: Result<Reference, ReferenceError>,
    ) {
        let excerpt = Text::cut(excerpt.lines().next().unwrap_or_default(), 200);
        self.found.push(ReadReference {
            line: self.line,
            last_line: self.line + more_lines,
            excerpt,
            result,
        });
    }

    /// Reads one JSON value, which may go over many lines.
    fn read_json(&mut self, line: &str) {
        let rest = &self.text[self.at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        match values.next() {
            Some(Ok(value)) => {
                let length = values.byte_offset();
                let json = value.get();
                let lines = json.matches('\n').count();
                if json.starts_with('[') {
                    let items = serde_json::from_str::<Vec<&RawValue>>(json).unwrap_or_default();
                    for item in items {
                        self.push_long(item.get(), lines, of_json(item.get()));
                    }
                } else {
                    self.push_long(json, lines, of_json(json));
                }
                self.skip(length);
            }
            Some(Err(error)) => {
                self.push(
                    line.trim(),
                    Err(ReferenceError::BrokenJson {
                        column: error.column(),
                    }),
                );
                self.skip(line.len());
            }
            None => self.skip(line.len()),
        }
    }

    /// Reads a curl command, which may go on over lines that end with `\`.
    fn read_curl(&mut self) {
        let rest = &self.text[self.at..];
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            if !line.trim_end().ends_with(['\\', '^']) {
                break;
            }
        }
        let command = rest[..length]
            .replace("\\\r\n", " ")
            .replace("\\\n", " ")
            .replace("^\r\n", " ")
            .replace("^\n", " ");
        let words = shlex::split(&command)
            .unwrap_or_else(|| command.split_whitespace().map(str::to_owned).collect());
        let found = words
            .iter()
            .skip(1)
            .map(|word| word.strip_prefix("--url=").unwrap_or(word))
            .filter(|word| word.contains("://"))
            .map(of_url)
            .reduce(|best, next| if best.is_ok() { best } else { next });
        // The words may hold a key, so that only the URL is shown.
        let result = match found {
            Some(Ok(reference)) => Ok(reference),
            _ => Err(ReferenceError::CurlWithoutUrl),
        };
        let lines = rest[..length].trim_end().matches('\n').count();
        self.push_long("curl …", lines, result);
        self.skip(length.saturating_sub(usize::from(rest[..length].ends_with('\n'))));
    }

    /// Reads comma- or tab-separated values whose header names a root.
    fn read_table(&mut self) -> bool {
        let is_content =
            |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let Some(header) = self.text.lines().find(is_content) else {
            return false;
        };
        let Some(delimiter) = [b'\t', b';', b',']
            .into_iter()
            .find(|byte| header.as_bytes().contains(byte))
        else {
            // A single column counts as a table when its header says so.
            return matches!(normal(header).as_str(), "job_root" | "s3_root")
                && self.read_rows(b',');
        };
        let names: Vec<_> = header.split(char::from(delimiter)).map(normal).collect();
        let is_table = names
            .iter()
            .any(|name| name == "job_root" || name == "s3_root");
        is_table && !header.trim_start().starts_with(['{', '[']) && self.read_rows(delimiter)
    }

    /// The line of a row; the comments and blanks before it count as its own
    /// to the reader of rows.
    fn line_of_row(&self, byte: u64) -> usize {
        let start = usize::try_from(byte).unwrap_or(0);
        let before = self.text.get(..start).unwrap_or_default();
        let skipped = self.text[before.len()..]
            .lines()
            .take_while(|line| line.trim().is_empty() || line.starts_with('#'))
            .count();
        before.matches('\n').count() + skipped + 1
    }

    fn read_rows(&mut self, delimiter: u8) -> bool {
        let mut rows = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .comment(Some(b'#'))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(self.text.as_bytes());
        let Ok(headers) = rows.headers() else {
            return false;
        };
        let names: Vec<_> = headers.iter().map(normal).collect();
        for row in rows.records().take(MAX_LINES) {
            let Ok(row) = row else { continue };
            let cells: HashMap<&str, &str> = names
                .iter()
                .map(String::as_str)
                .zip(row.iter())
                .filter(|(_, cell)| !cell.is_empty())
                .collect();
            if cells.is_empty() {
                continue;
            }
            self.line = row
                .position()
                .map_or(0, |position| self.line_of_row(position.byte()));
            let excerpt = row.iter().collect::<Vec<_>>().join(" ");
            self.push(&excerpt, of_cells(&cells));
        }
        true
    }
}

fn normal(name: &str) -> String {
    name.trim()
        .trim_matches('"')
        .to_ascii_lowercase()
        .replace([' ', '-'], "_")
}

fn of_cells(cells: &HashMap<&str, &str>) -> Result<Reference, ReferenceError> {
    let cell = |names: &[&str]| names.iter().find_map(|name| cells.get(name).copied());
    let root = cell(&["job_root", "s3_root"]).ok_or(ReferenceError::RowWithoutRoot)?;
    let mut reference = read_line(root).or_else(|_| of_root(root))?;
    if let Some(tenant) = cell(&["tenant", "tenant_id"]) {
        reference.tenant = Some(TenantId::parse(tenant)?);
    }
    if let Some(flow) = cell(&["flow", "flow_id"]) {
        reference.flow = Some(FlowId::parse(flow)?);
    }
    if let Some(env_id) = cell(&["env_id"]) {
        reference.env_id = Some(EnvId::parse(env_id)?);
    }
    reference.environment = cell(&["environment", "env"]).map(str::to_owned);
    reference.name = cell(&["name", "job_name"]).map(|name| Text::cut(name, 256));
    Ok(reference)
}

/// Reads one line that is no JSON, command or table.
fn read_line(line: &str) -> Result<Reference, ReferenceError> {
    let line = line
        .trim()
        .trim_end_matches([',', ';'])
        .trim_matches(['"', '\'', '`', '<', '>']);
    if line.starts_with("http://") || line.starts_with("https://") {
        return of_url(line);
    }
    let decoded = percent_decode_str(line).decode_utf8_lossy();
    // The root may stand in a sentence, or behind a name such as `job_root=`.
    let word = decoded
        .split([' ', '\t', '"', '\'', '`', '<', '>', '(', ')', '='])
        .find(|word| word.contains("/flows/") && word.contains("/jobs/"));
    let whole = decoded.contains("/flows/") && decoded.contains("/jobs/");
    match word {
        Some(word) => {
            let word = word.trim_end_matches([',', ';', '.']);
            let word = word
                .strip_prefix("s3://")
                .and_then(|path| path.split_once('/'))
                .map_or(word, |(_, path)| path);
            of_root(behind_tenant(word))
        }
        // A tenant with a blank in it.
        None if whole => of_root(&decoded),
        None if decoded.contains("/flows/") => Err(ReferenceError::OnlyFlow),
        None if decoded.split_whitespace().count() == 1
            && !decoded.contains('/')
            && decoded.len() <= 40 =>
        {
            Err(ReferenceError::OnlyId(Text::cut(&decoded, 40)))
        }
        None => Err(ReferenceError::Unknown),
    }
}

/// Drops what stands before the tenant, as in a link or a bucket's path.
fn behind_tenant(path: &str) -> &str {
    let flows = path.find("/flows/").unwrap_or_default();
    path[..flows]
        .rfind('/')
        .map_or(path, |slash| &path[slash + 1..])
}

fn of_root(root: &str) -> Result<Reference, ReferenceError> {
    let job_root = JobRoot::parse(root)?;
    let parts = job_root.parts();
    Ok(Reference {
        tenant: parts.as_ref().map(|parts| parts.tenant.clone()),
        flow: parts.map(|parts| parts.flow),
        job_root,
        env_id: None,
        environment: None,
        name: None,
    })
}

/// Reads a status URL, or any URL that holds a root.
fn of_url(url: &str) -> Result<Reference, ReferenceError> {
    let url = Url::parse(url).map_err(|_| ReferenceError::UrlWithoutRoot)?;
    let root = url
        .query_pairs()
        .find(|(name, _)| matches!(name.as_ref(), "job_root" | "s3_root"))
        .map(|(_, value)| value.into_owned());
    let path: Vec<_> = url
        .path_segments()
        .into_iter()
        .flatten()
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let Some(root) = root else {
        let link = percent_decode_str(url.as_str()).decode_utf8_lossy();
        let start = link.find("/flows/").filter(|_| link.contains("/jobs/"));
        if start.is_none() {
            return Err(ReferenceError::UrlWithoutRoot);
        }
        let end = link.find(['?', '#']).unwrap_or(link.len());
        let path = link
            .get(..end)
            .filter(|path| path.contains("/flows/"))
            .unwrap_or(&link);
        return of_root(behind_tenant(path));
    };
    let mut reference = of_root(&root)?;
    // A base URL may have a path of its own before the environment.
    if let [.., env_id, flow, tenant, jobs, status] = &path[..]
        && (jobs.as_str(), status.as_str()) == ("jobs", "status")
    {
        reference.env_id = Some(EnvId::parse(env_id)?);
        reference.flow = Some(FlowId::parse(flow)?);
        reference.tenant = Some(TenantId::parse(tenant)?);
    }
    Ok(reference)
}

/// Reads the answer of a Run job or status call.
fn of_json(json: &str) -> Result<Reference, ReferenceError> {
    let Ok(fields) = Fields::read(json) else {
        // A list of plain roots.
        return match serde_json::from_str::<String>(json) {
            Ok(text) => read_line(&text),
            Err(_) => Err(ReferenceError::JsonWithoutRoot),
        };
    };
    let field = |names: &[&str]| {
        let value = names.iter().find_map(|name| fields.get(name))?;
        shown(value, 4096).filter(|text| !text.as_str().is_empty())
    };
    let root = field(&["s3_root", "job_root"]).ok_or(ReferenceError::JsonWithoutRoot)?;
    let mut reference = of_root(root.as_str())?;
    if let Some(tenant) = field(&["tenant", "tenant_id"]) {
        reference.tenant = Some(TenantId::parse(tenant.as_str())?);
    }
    if let Some(flow) = field(&["flow", "flow_id"]) {
        reference.flow = Some(FlowId::parse(flow.as_str())?);
    }
    if let Some(env_id) = field(&["env_id"]) {
        reference.env_id = Some(EnvId::parse(env_id.as_str())?);
    }
    reference.name = field(&["name"]);
    reference.environment = field(&["environment"]).map(|name| name.to_string());
    Ok(reference)
}

#[cfg(test)]
mod tests;
