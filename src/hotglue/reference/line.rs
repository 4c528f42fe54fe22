//! References on separate lines: a root, possibly quoted, labeled, encoded or in
//! a list, and URLs.
//!
//! A tenant may contain a space, so that text around an unquoted path cannot be
//! distinguished from the tenant. Such a line is an error, never a guess.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::ReferenceError;
use super::types::Reference;
use super::url::{from_tenant, is_url, read_url};
use crate::hotglue::text::Text;

const QUOTES: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('`', '`'), ('<', '>')];
/// The names before a root, as in `job_root=…` or `--job-root …`.
const LABELS: [&str; 5] = ["job_root", "job-root", "job root", "s3_root", "s3-root"];

/// Reads a line that is not JSON, a curl command, or the row of a table.
pub(super) fn read_line(line: &str) -> Result<Reference, ReferenceError> {
    let line = line.trim().trim_end_matches([',', ';']);
    if let Some(quoted) = quoted(line) {
        return read_exact(quoted);
    }
    let line = line.trim_matches(['"', '\'', '`', '<', '>']);
    if is_url(line) {
        if line.contains(char::is_whitespace) {
            return Err(ReferenceError::Ambiguous("a space"));
        }
        return read_url(line);
    }
    let mut paths = cells(line).filter(|cell| is_path(&decoded(cell)));
    match (paths.next(), paths.next()) {
        (Some(path), None) => read_unquoted(&path),
        (Some(_), Some(_)) => Err(ReferenceError::Several),
        (None, _) => Err(reason(&decoded(line))),
    }
}

/// Reads a text that is known to be a root and nothing else: a quoted path, the
/// cell of a table, a JSON string.
pub(super) fn read_exact(text: &str) -> Result<Reference, ReferenceError> {
    let text = text.trim();
    if is_url(text) {
        return read_url(text);
    }
    let text = if is_path(text) {
        Cow::Borrowed(text)
    } else {
        decoded(text)
    };
    if !is_path(&text) {
        return Err(reason(&text));
    }
    if text.matches("/flows/").count() > 1 {
        return Err(ReferenceError::Several);
    }
    Ok(Reference::from_root(from_tenant(without_bucket(&text)))?)
}

/// Returns the part of a line in quotes, where it is a path or a URL.
fn quoted(line: &str) -> Option<&str> {
    if !line.contains(['"', '\'', '`', '<']) {
        return None;
    }
    QUOTES.into_iter().find_map(|(open, close)| {
        let mut rest = line;
        loop {
            let (_, after) = rest.split_once(open)?;
            let (inside, behind) = after.split_once(close)?;
            if is_path(&decoded(inside)) || is_url(inside) {
                return Some(inside);
            }
            rest = behind;
        }
    })
}

/// Returns the cells of a line: the columns of a Markdown table or of
/// tab-separated text, or the whole line.
fn cells(line: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let is_markdown = line.starts_with('|');
    let separator = if is_markdown { '|' } else { '\t' };
    line.split(separator).map(move |cell| {
        if is_markdown {
            Cow::Owned(cell.replace('\\', ""))
        } else {
            Cow::Borrowed(cell)
        }
    })
}

fn read_unquoted(cell: &str) -> Result<Reference, ReferenceError> {
    let path = without_label(without_bullet(cell.trim()));
    let path = without_brackets(without_comment(path));
    if path.contains(char::is_whitespace) {
        return Err(ReferenceError::Ambiguous("a space"));
    }
    let path = decoded(without_bucket(path));
    if path.matches("/flows/").count() > 1 {
        return Err(ReferenceError::Several);
    }
    let path = from_tenant(&path);
    if !is_path(path) {
        return Err(reason(path));
    }
    match path.split_once("/flows/") {
        Some((tenant, _)) if tenant.contains('=') => Err(ReferenceError::Ambiguous("'='")),
        _ => Ok(Reference::from_root(path)?),
    }
}

/// Drops the bullet of a list, as in `- path` or `1. path`.
fn without_bullet(cell: &str) -> &str {
    let after_number = cell.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if after_number.len() == cell.len() {
        cell.strip_prefix(['-', '*', '•'])
    } else {
        after_number.strip_prefix(['.', ')'])
    };
    rest.filter(|rest| rest.starts_with([' ', '\t']))
        .map_or(cell, str::trim_start)
}

/// Drops brackets around a path, and punctuation behind it.
fn without_brackets(mut path: &str) -> &str {
    loop {
        path = path.trim_end_matches([',', ';', '.']);
        let inside = [('(', ')'), ('[', ']')]
            .into_iter()
            .find_map(|(open, close)| path.strip_prefix(open)?.strip_suffix(close));
        match inside {
            Some(inside) => path = inside,
            None => return path,
        }
    }
}

/// Drops a label, as in `job_root=path`, `s3_root: path` or `--job-root path`.
fn without_label(cell: &str) -> &str {
    let before = cell.find("/flows/").unwrap_or_default();
    if !cell[..before].contains([' ', ':', '=', '"', '\'']) {
        return cell;
    }
    let lower = cell[..before].to_ascii_lowercase();
    let after_label = LABELS.iter().find_map(|label| {
        let end = lower.rfind(label)? + label.len();
        let rest = cell[end..].trim_start_matches(['"', '\'']);
        let rest = rest.trim_start();
        let value = rest.strip_prefix([':', '=']).unwrap_or(rest).trim_start();
        (value.len() < cell.len() - end).then_some(value)
    });
    after_label.unwrap_or(cell)
}

/// Drops what follows a path behind `#` or a comma.
fn without_comment(cell: &str) -> &str {
    let jobs = cell.find("/jobs/").unwrap_or_default();
    if !cell[jobs..].contains([' ', '\t']) {
        return cell;
    }
    let end = [" #", "\t#", ", ", "; "]
        .into_iter()
        .filter_map(|mark| cell[jobs..].find(mark))
        .min();
    end.map_or(cell, |end| cell[..jobs + end].trim_end())
}

fn without_bucket(path: &str) -> &str {
    path.strip_prefix("s3://")
        .and_then(|path| path.split_once('/'))
        .map_or(path, |(_, path)| path)
}

fn is_path(text: &str) -> bool {
    text.split_once("/flows/")
        .is_some_and(|(tenant, rest)| !tenant.is_empty() && rest.contains("/jobs/"))
}

fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        percent_decode_str(text).decode_utf8_lossy()
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns the reason why a text is not a path.
fn reason(text: &str) -> ReferenceError {
    let is_one_word = text.split_whitespace().count() == 1;
    if text.contains("/flows/") && !text.contains("/jobs/") {
        ReferenceError::OnlyFlow
    } else if is_one_word && !text.contains('/') && text.len() <= 40 {
        ReferenceError::OnlyId(Text::cut(text, 40))
    } else {
        ReferenceError::Unknown
    }
}
