//! References in curl commands.

use super::error::ReferenceError;
use super::types::Reference;
use super::url::read_url;

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
