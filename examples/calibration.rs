//! How often hgtop's conclusions are right, on simulated rollouts: see
//! docs/calibration.md.
//!
//! `cargo run --release --example calibration` prints the page,
//! `-- --write FILE` writes it.
#![expect(clippy::unwrap_used, reason = "a measurement may panic")]

#[path = "../tests/calibration/rates/mod.rs"]
mod rates;

use std::process::ExitCode;

use rates::{Effort, measure, page};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = match &arguments[..] {
        [] => None,
        [option, file] if option == "--write" => Some(file),
        _ => {
            eprintln!("usage: calibration [--write FILE]");
            return ExitCode::from(2);
        }
    };
    let page = page(&measure(Effort::Full));
    print!("{page}");
    if let Some(file) = file
        && let Err(error) = std::fs::write(file, page)
    {
        eprintln!("{file}: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
