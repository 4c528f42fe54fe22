//! References in curl commands, and the masking of the API key they contain.

use std::borrow::Cow;

use super::error::ReferenceError;
use super::types::Reference;
use super::url::read_url;
use crate::hotglue::text::MASKED;

const HEADER: &str = "x-api-key";

/// A curl command at the beginning of a text.
pub(super) struct Command {
    /// The length in bytes, without the last line break.
    pub(super) length: usize,
    pub(super) result: Result<Reference, ReferenceError>,
}

pub(super) fn is_command(line: &str) -> bool {
    line == "curl" || line.starts_with("curl ")
}

/// Reads the curl command at the beginning of a text, which continues on the
/// next line where a line ends with `\` or `^`.
pub(super) fn read_command(text: &str) -> Command {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        length += line.len();
        if !line.trim_end().ends_with(['\\', '^']) {
            break;
        }
    }
    let command = text[..length].trim_end_matches(['\n', '\r']);
    let length = command.len();
    let command = command
        .replace("\\\r\n", " ")
        .replace("\\\n", " ")
        .replace("^\r\n", " ")
        .replace("^\n", " ");
    let arguments = shlex::split(&command)
        .unwrap_or_else(|| command.split_whitespace().map(str::to_owned).collect());
    let reference = arguments
        .iter()
        .skip(1)
        .map(|argument| argument.strip_prefix("--url=").unwrap_or(argument))
        .filter(|argument| argument.contains("://"))
        .find_map(|url| read_url(url).ok());
    Command {
        length,
        result: reference.ok_or(ReferenceError::CurlWithoutUrl),
    }
}

/// Replaces the values of `x-api-key` headers in a text.
pub fn mask_api_keys(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(at) = find_header(rest) {
        let (before, value) = rest.split_at(at + HEADER.len());
        let start = value
            .find(|c: char| !matches!(c, ' ' | '\t' | ':' | '=' | '"' | '\''))
            .unwrap_or(value.len());
        let (separator, value) = value.split_at(start);
        let end = value
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '&'))
            .unwrap_or(value.len());
        masked.push_str(before);
        masked.push_str(separator);
        let is_value = separator.contains([':', '=']) && end > 0;
        masked.push_str(if is_value { MASKED } else { &value[..end] });
        rest = &value[end..];
    }
    if masked.is_empty() {
        return Cow::Borrowed(text);
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

fn find_header(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    bytes
        .windows(HEADER.len())
        .position(|window| window.eq_ignore_ascii_case(HEADER.as_bytes()))
}
