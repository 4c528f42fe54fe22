//! The program: arguments in, exit code out.

use std::io::Write;

use clap::Parser;
use hgtop::cli::Cli;
use hgtop::commands;

fn main() {
    let code = match commands::run(Cli::parse()) {
        Ok(exit) => exit.code(),
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "hgtop: {failure}");
            failure.code()
        }
    };
    std::process::exit(code);
}
