//! The `hgtop` program: parses the command line, runs the command, exits with
//! its code.

use hgtop::cli::Cli;
use hgtop::commands;

fn main() {
    let arguments: Vec<_> = std::env::args_os().collect();
    let code = match Cli::parse_styled(&arguments) {
        Ok(cli) => match commands::run(cli) {
            Ok(exit) => exit.code(),
            Err(error) => commands::report(&error),
        },
        Err(error) => commands::report_usage(&error),
    };
    std::process::exit(code);
}
