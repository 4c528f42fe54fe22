//! How a wait is told: a line for each job that is drawn over again on a
//! terminal, a line for each change elsewhere.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use super::super::output;
use crate::cli::{Global, Output, Wait};
use crate::hotglue::{JobStatus, Text};
use crate::report::{Polled, jsonl, status_table};
use crate::runtime::watchlist::Watchlist;
use crate::terminal;
use crate::watch::{Batch, EnvironmentId, Transition};

/// The lines of a terminal that stay free.
const FREE: usize = 3;
/// How often ages are drawn anew.
const SECOND: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum ProgressMode {
    Silent,
    /// A picture that is drawn over.
    Live,
    Lines,
    Jsonl,
}

pub(super) struct ProgressReporter {
    mode: ProgressMode,
    colors: bool,
    /// The lines of the last picture.
    drawn: usize,
    /// The environments whose trouble was told.
    troubled: BTreeSet<EnvironmentId>,
}

/// A change of status, as `--output jsonl` has it.
#[derive(Serialize)]
struct Change<'a> {
    at: String,
    name: &'a str,
    environment: &'a str,
    tenant: &'a str,
    flow: &'a str,
    job_root: &'a str,
    from: Option<&'a str>,
    to: &'a str,
    message: Option<&'a str>,
}

impl ProgressReporter {
    pub(super) fn new(global: &Global, options: &Wait, list: &Watchlist) -> Self {
        let mode = match options.output {
            _ if options.quiet => ProgressMode::Silent,
            Some(Output::Jsonl) => ProgressMode::Jsonl,
            Some(Output::Json | Output::Csv | Output::Markdown) => ProgressMode::Silent,
            _ if io::stdout().is_terminal() && !terminal::is_dumb() => ProgressMode::Live,
            _ => ProgressMode::Lines,
        };
        if mode == ProgressMode::Lines && list.entries.len() > 1 {
            output::note(&format!("waiting for {} jobs", list.entries.len()));
        }
        Self {
            mode,
            colors: output::colors(global.color),
            drawn: 0,
            troubled: BTreeSet::new(),
        }
    }

    /// When the picture changes by time alone.
    pub(super) fn next(&self) -> Option<Instant> {
        (self.mode == ProgressMode::Live).then(|| Instant::now() + SECOND)
    }

    /// Tells of changes, where they are told one by one.
    pub(super) fn publish(&mut self, list: &Watchlist, batch: &Batch) -> io::Result<()> {
        for (environment, status) in &batch.environment_statuses {
            use crate::watch::EnvironmentStatus::{Closed, Outage, RateLimited};
            let name = list
                .entries
                .iter()
                .find(|entry| entry.target.environment == *environment)
                .map_or("", |entry| entry.listed.environment.as_str());
            if matches!(self.mode, ProgressMode::Silent | ProgressMode::Live) {
                continue;
            }
            match status {
                Closed if self.troubled.remove(environment) => {
                    output::note(&format!("{name}: the service answers again"));
                }
                Outage { error, .. } if self.troubled.insert(*environment) => {
                    output::note(&format!("{name}: {error}; trying again"));
                }
                RateLimited { .. } if self.troubled.insert(*environment) => {
                    output::note(&format!("{name}: the service asks for patience"));
                }
                _ => {}
            }
        }
        let mut out = io::stdout().lock();
        for news in &batch.transitions {
            let Some(entry) = list.entry(news.id) else {
                continue;
            };
            let text = match self.mode {
                ProgressMode::Silent | ProgressMode::Live => continue,
                ProgressMode::Lines => line(&entry.listed.name, news),
                ProgressMode::Jsonl => {
                    let change = Change {
                        at: news.seen.to_string(),
                        name: &entry.listed.name,
                        environment: &entry.listed.environment,
                        tenant: &entry.listed.tenant,
                        flow: &entry.listed.flow,
                        job_root: news.address.job_root.as_str(),
                        from: news.from.as_ref().map(JobStatus::as_str),
                        to: news.to.as_str(),
                        message: news.job.message.as_ref().map(Text::as_str),
                    };
                    jsonl(&[change]).map_err(io::Error::from)?
                }
            };
            out.write_all(text.as_bytes())?;
        }
        out.flush()
    }

    /// Draws the picture over the last one, where there is one.
    pub(super) fn draw(&mut self, jobs: &[Polled]) -> io::Result<()> {
        if self.mode != ProgressMode::Live {
            return Ok(());
        }
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        let most = usize::from(height).saturating_sub(FREE).max(1);
        let mut order: Vec<&Polled> = jobs.iter().collect();
        if order.len() > most {
            // What is under way or failed is worth the room.
            order.sort_by_key(|job| job.state == "completed");
        }
        let shown: Vec<Polled> = order.iter().take(most).map(|job| (*job).clone()).collect();
        let table = status_table(&shown).laid_out(Some(width.saturating_sub(1)), self.colors);
        let mut picture = String::new();
        if self.drawn > 0 {
            picture.push_str(&format!("\x1b[{}A\x1b[J", self.drawn));
        }
        picture.push_str(&table);
        self.drawn = table.lines().count();
        let count = |state: &str| jobs.iter().filter(|job| job.state == state).count();
        let more = jobs.len() - shown.len();
        if jobs.len() > 1 {
            let more = if more > 0 {
                format!(", {more} more not shown")
            } else {
                String::new()
            };
            picture.push_str(&format!(
                "{} of {} completed, {} failed, {} running{more}\n",
                count("completed"),
                jobs.len(),
                count("failed"),
                count("running")
            ));
            self.drawn += 1;
        }
        let mut out = io::stdout().lock();
        out.write_all(picture.as_bytes())?;
        out.flush()
    }
}

fn line(name: &str, news: &Transition) -> String {
    let at = news
        .seen
        .to_zoned_datetime(jiff::tz::TimeZone::system())
        .strftime("%H:%M:%S")
        .to_string();
    let from = news
        .from
        .as_ref()
        .map_or(String::new(), |from| format!("{from} -> "));
    let message = news.job.message.as_ref().map(Text::one_line);
    let message = message.map_or(String::new(), |message| format!("  {message}"));
    format!("{at}  {name}  {from}{}{message}\n", news.to)
}
