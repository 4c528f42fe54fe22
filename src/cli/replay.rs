//! The options of `replay`.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::values;

/// Options of `replay`.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// File of `hgtop history export` [default: the history of this machine]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Begin at this time (2026-11-24T03:40:00Z) or this long ago (8h)
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub from: Option<Timestamp>,
    /// End at this time or this long ago
    #[arg(long, value_name = "TIME", value_parser = values::time)]
    pub to: Option<Timestamp>,
    /// Play at this multiple of real time
    #[arg(long, value_name = "N", value_parser = values::speed)]
    pub speed: Option<f64>,
}
