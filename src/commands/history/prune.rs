//! `hgtop history prune`: removes old runs, after a confirmation.

use std::io::{self, IsTerminal, Write};

use jiff::{SignedDuration, Timestamp};

use super::open::{history_error, open};
use crate::cli::Prune;
use crate::commands::{CliError, Exit, output};
use crate::hotglue::age;

pub(super) fn run(options: &Prune) -> Result<Exit, CliError> {
    let mut store = open()?;
    let older_than = SignedDuration::try_from(options.older_than).unwrap_or(SignedDuration::MAX);
    let before = Timestamp::now()
        .checked_sub(older_than)
        .unwrap_or(Timestamp::MIN);
    let count = store.count_before(before).map_err(history_error)?;
    if count == 0 {
        output::note(&format!(
            "no runs are older than {}",
            age(before, Timestamp::now())
        ));
        return Ok(Exit::Success);
    }
    let runs = if count == 1 { "run" } else { "runs" };
    if !options.yes && !is_confirmed(&format!("remove {count} {runs}?"))? {
        output::note("nothing removed");
        return Ok(Exit::Success);
    }
    let removed = store.remove_before(before).map_err(history_error)?;
    output::note(&format!("{removed} {runs} removed"));
    Ok(Exit::Success)
}

/// Asks for a confirmation on the terminal.
fn is_confirmed(question: &str) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(format!(
            "{question} stdin is not a terminal: confirm with --yes"
        )));
    }
    write!(io::stderr(), "hgtop: {question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()))
}
