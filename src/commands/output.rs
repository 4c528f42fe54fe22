//! What headless commands print, and whether in colors.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use super::{CliError, Exit};
use crate::cli::{ColorChoice, Output};
use crate::report::{Table, json, jsonl};
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

/// Prints what deserves a word, off the output.
pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        note(warning);
    }
}

/// Says something beside the output.
pub(super) fn note(words: &str) {
    let _ = writeln!(io::stderr(), "hgtop: {words}");
}

/// Prints records in the wanted form; `what` is what the JSON calls them.
pub(super) fn print<T: Serialize>(
    form: Output,
    what: &str,
    records: &[T],
    table: &Table,
    colors: bool,
) -> Result<Exit, CliError> {
    let text = match form {
        Output::Table => table.laid_out(terminal::width(), colors),
        Output::Csv => table.csv(),
        Output::Markdown => table.markdown(),
        Output::Json => json(what, records).map_err(io::Error::from)?,
        Output::Jsonl => jsonl(records).map_err(io::Error::from)?,
    };
    super::print(text.as_bytes())
}
