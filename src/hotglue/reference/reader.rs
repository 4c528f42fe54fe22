//! Reading of a whole text: each line, JSON value, curl command or table row in
//! it is one reference, or an error.

use super::curl;
use super::error::ReferenceError;
use super::json::{self, Value};
use super::line::read_line;
use super::mask::mask_api_keys;
use super::table::read_table;
use super::types::{ReadReference, Reference};
use crate::hotglue::text::Text;

/// The number of references that are read.
const LIMIT: usize = 100_000;
/// The bytes of an excerpt.
const EXCERPT_BYTES: usize = 200;

/// Reads every reference of a text, in order. Empty lines and lines that start
/// with `#` are skipped. The time is linear in the length of the text.
pub fn read_references(text: &str) -> Vec<ReadReference> {
    let text = text.trim_start_matches('\u{feff}');
    if let Some(rows) = read_table(text, LIMIT) {
        return rows;
    }
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        found: Vec::new(),
        // Enough for every value to be read twice, not once for each line.
        lookahead: 2 * text.len(),
    };
    reader.run();
    reader.found
}

struct Reader<'a> {
    text: &'a str,
    /// The next byte to read.
    at: usize,
    /// The line of that byte.
    line: usize,
    found: Vec<ReadReference>,
    /// The bytes that invalid JSON values may still cost beyond their line.
    lookahead: usize,
}

impl<'a> Reader<'a> {
    fn run(&mut self) {
        while self.at < self.text.len() && self.found.len() <= LIMIT {
            let rest = &self.text[self.at..];
            let line = rest.lines().next().unwrap_or_default();
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                self.skip(line.len());
                continue;
            }
            if trimmed.starts_with(['{', '[']) {
                self.read_json(line);
            } else if curl::is_command(trimmed) {
                let command = curl::read_command(rest);
                let lines = rest[..command.length].matches('\n').count();
                // The arguments may contain an API key.
                self.push("curl …", self.line + lines, command.result);
                self.skip(command.length);
            } else {
                self.push(trimmed, self.line, read_line(trimmed));
                self.skip(line.len());
            }
        }
    }

    /// Reads a JSON value, which may extend over many lines.
    fn read_json(&mut self, line: &'a str) {
        let rest = &self.text[self.at..];
        let text = if self.lookahead > 0 { rest } else { line };
        match json::read_value(text) {
            Value::Valid(length, jobs) => {
                let end = self.at + length;
                for job in jobs.into_iter().take(LIMIT + 1) {
                    // A job is a part of the text, so that its position is known.
                    let start = job.as_ptr().addr() - self.text.as_ptr().addr();
                    self.move_to(start);
                    let last_line = self.line + job.matches('\n').count();
                    self.push(job, last_line, json::read_job(job));
                }
                self.skip(end - self.at);
            }
            Value::Invalid(column, read) => {
                self.lookahead = self.lookahead.saturating_sub(read);
                let error = ReferenceError::InvalidJson { column };
                self.push(line.trim(), self.line, Err(error));
                self.skip(line.len());
            }
        }
    }

    /// Moves forward to a byte, counting lines.
    fn move_to(&mut self, byte: usize) {
        let end = byte.clamp(self.at, self.text.len());
        self.line += self.text[self.at..end].matches('\n').count();
        self.at = end;
    }

    /// Moves past `length` bytes, and the separators and line break after them.
    fn skip(&mut self, length: usize) {
        self.move_to(self.at + length);
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', ',']).len();
        if self.text[self.at..].starts_with('\n') {
            self.at += 1;
            self.line += 1;
        }
    }

    /// Keeps a reference, or the error that ends the reading.
    fn push(&mut self, text: &str, last_line: usize, result: Result<Reference, ReferenceError>) {
        let result = if self.found.len() < LIMIT {
            result
        } else {
            Err(ReferenceError::TooMany(LIMIT))
        };
        self.found.push(ReadReference {
            line: self.line,
            last_line,
            excerpt: excerpt(text),
            result,
        });
    }
}

/// Returns the beginning of a text on one line, without API keys.
fn excerpt(text: &str) -> Text {
    let mut end = text.len().min(4 * EXCERPT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &text[..end];
    // Most texts are a path, which contains neither spaces to join nor a key.
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.@+%".contains(&byte);
    if text.bytes().all(is_path) && !text.contains("--") {
        return Text::cut(text, EXCERPT_BYTES);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Text::cut(&mask_api_keys(&line), EXCERPT_BYTES)
}
