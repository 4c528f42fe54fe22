//! What the commands print. Every byte of text leaves the program through this
//! file and is cleaned here: no escape sequence of a config, an argument or an
//! answer reaches the terminal, on standard error neither.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::{CliError, Exit};
use crate::cli::{ColorChoice, Output};
use crate::hotglue::Text;
use crate::report::{Table, csv, json, jsonl};
use crate::terminal;

/// Whether to use colors on standard output.
pub(super) fn colors(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                && io::stdout().is_terminal()
        }
    }
}

/// Prints text to standard output.
pub(super) fn text(text: &str) -> Result<Exit, CliError> {
    raw(clean(text).as_str().as_bytes())
}

/// Prints a message to standard error.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "hgtop: {}", clean(message));
}

/// Prints warnings to standard error.
pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        note(&format!("warning: {warning}"));
    }
}

/// A line on standard error about what the command waits for. On a terminal it
/// is updated in place, elsewhere only its start is printed.
pub(super) struct ProgressLine {
    is_terminal: bool,
    is_shown: bool,
}

impl Default for ProgressLine {
    fn default() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal() && !terminal::is_dumb(),
            is_shown: false,
        }
    }
}

impl ProgressLine {
    /// Shows the line of a new wait.
    pub(super) fn start(&mut self, line: &str) {
        if self.is_terminal {
            self.update(line);
        } else {
            note(line);
        }
    }

    /// Replaces the line; an empty one removes it.
    pub(super) fn update(&mut self, line: &str) {
        if !self.is_terminal || (line.is_empty() && !self.is_shown) {
            return;
        }
        self.is_shown = !line.is_empty();
        let prefix = if line.is_empty() { "" } else { "hgtop: " };
        let line = clean(line).one_line();
        let _ = write!(io::stderr(), "\r\x1b[K{prefix}{line}");
    }
}

/// Prints records in the given form; `name` is their name in JSON.
pub(super) fn records<T: Serialize>(
    form: Output,
    name: &str,
    records: &[T],
    table: &Table,
    colors: bool,
) -> Result<Exit, CliError> {
    let text = match form {
        Output::Table => table.laid_out(terminal::width(), colors),
        Output::Csv => csv(records).map_err(io::Error::from)?,
        Output::Markdown => table.markdown(),
        Output::Json => json(name, records).map_err(io::Error::from)?,
        Output::Jsonl => jsonl(records).map_err(io::Error::from)?,
    };
    raw(text.as_bytes())
}

/// Prints what the program itself generated, or a table, whose cells are clean
/// already. A reader that has closed the pipe is not an error.
pub(super) fn raw(bytes: &[u8]) -> Result<Exit, CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Success),
        Err(error) => Err(CliError::Output(error)),
        Ok(()) => Ok(Exit::Success),
    }
}

/// Prints a command line that cannot be parsed, or the help that it asks for;
/// returns the exit code.
pub fn report_usage(error: &clap::Error) -> i32 {
    if error.use_stderr() {
        let _ = write!(io::stderr(), "{}", clean(&error.to_string()));
    } else {
        let _ = error.print();
    }
    error.exit_code()
}

/// Prints an error; returns the exit code.
pub fn report(error: &CliError) -> i32 {
    note(&error.to_string());
    error.code()
}

/// Cleans text that may contain foreign parts. Line breaks stay.
fn clean(text: &str) -> Text {
    Text::cut(text, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_length_is_cleaned_and_kept_whole() {
        let long = "a line\n".repeat(20_000);
        assert_eq!(clean(&long).as_str(), long);
        assert_eq!(clean("\u{1b}[31mred\u{7}\n").as_str(), "␛[31mred␇\n");
    }
}
