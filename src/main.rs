//! The `hgtop` program: parses the command line, runs the command, exits with
//! its code.

use clap::Parser;
use hgtop::cli::Cli;
use hgtop::commands;

fn main() {
    let code = match Cli::try_parse() {
        Ok(cli) => match commands::run(cli) {
            Ok(exit) => exit.code(),
            Err(error) => commands::report(&error),
        },
        Err(error) => commands::report_usage(&error),
    };
    std::process::exit(code);
}
