//! A wait that has ended: its exit code and its summary.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::Exit;
use crate::cli::{self, Global};
use crate::config::Config;
use crate::hotglue::elapsed;
use crate::rollout::{Wait, WaitEnd};
use crate::runtime::watchlist::Watchlist;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// By the rules of the wait.
    Ended(WaitEnd),
    /// By a signal, with its exit code.
    Interrupted(i32),
}

/// A wait that has ended.
pub(super) struct Conclusion<'a> {
    pub(super) global: &'a Global,
    pub(super) config: &'a Config,
    pub(super) options: &'a cli::Wait,
    pub(super) list: &'a Watchlist,
    pub(super) wait: &'a Wait,
    /// The time since its start.
    pub(super) now: Duration,
    pub(super) ending: Ending,
}

impl Conclusion<'_> {
    /// The exit code.
    pub(super) fn exit(&self) -> Exit {
        match self.ending {
            Ending::Ended(WaitEnd::Gate(_) | WaitEnd::TimedOut { has_gate: true })
                if self.options.dry_run =>
            {
                Exit::Success
            }
            Ending::Ended(end) => Exit::Code(end.exit_code()),
            Ending::Interrupted(code) => Exit::Code(code),
        }
    }

    /// Why the wait ended before every job had finished, if it did.
    pub(super) fn cut_short(&self) -> Option<String> {
        match self.ending {
            Ending::Ended(WaitEnd::TimedOut { .. }) => {
                let timeout = self.options.timeout.unwrap_or(self.now);
                let timeout = SignedDuration::try_from(timeout).unwrap_or_default();
                Some(format!("timed out after {}", elapsed(timeout)))
            }
            Ending::Interrupted(_) => Some("interrupted".to_owned()),
            Ending::Ended(_) => None,
        }
    }

    /// The counts and the gate on one line.
    pub(super) fn summary(&self) -> String {
        let counts = self.wait.counts(self.now);
        if let Ending::Ended(WaitEnd::NothingExpected) = self.ending {
            return match &self.options.follow {
                Some(flow) => format!("no tenant uses flow \"{flow}\""),
                None => "no tenant uses the followed flow".to_owned(),
            };
        }
        let prefix = self.cut_short();
        let prefix = prefix.map_or_else(String::new, |reason| format!("{reason}; "));
        let mut summary = format!("{prefix}{counts}");
        for condition in self.wait.gate_report(&counts) {
            summary.push_str(&format!("; {condition}"));
        }
        summary
    }
}
