//! How a wait shows its progress: on a terminal a table that is redrawn in
//! place, elsewhere a line for each change.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use super::super::{CliError, output};
use super::forecast_log::ForecastLog;
use crate::cli::{Global, Output, Wait};
use crate::hotglue::{JobStatus, State, Text};
use crate::report::{Polled, jsonl, status_table};
use crate::rollout::{ConditionReport, Eta, ProgressCounts};
use crate::runtime::environment_line::environment_line;
use crate::runtime::forecaster::Forecaster;
use crate::runtime::watchlist::Watchlist;
use crate::terminal;
use crate::watch::{Batch, EnvironmentId, EnvironmentStatus, Transition};

/// Lines of the terminal that stay free.
const FREE_LINES: usize = 4;
/// How often ages are redrawn.
const REDRAW_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum ProgressMode {
    Silent,
    /// A table that is redrawn in place.
    Live,
    Lines,
    Jsonl,
}

/// Shows the progress of a wait.
pub(super) struct ProgressReporter {
    mode: ProgressMode,
    colors: bool,
    /// Lines of the last table.
    drawn: usize,
    /// The environments whose circuit breaker is not closed.
    interrupted: BTreeMap<EnvironmentId, EnvironmentStatus>,
    /// The gate as it was last printed.
    gate: Vec<ConditionReport>,
    forecast: ForecastLog,
}

/// A transition, in the form of `--output jsonl`.
#[derive(Serialize)]
struct Change<'a> {
    event: &'static str,
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

/// What a gate came to, in the form of `--output jsonl`.
#[derive(Serialize)]
struct GateEvent {
    event: &'static str,
    at: String,
    conditions: Vec<ConditionEvent>,
}

#[derive(Serialize)]
struct ConditionEvent {
    condition: String,
    result: &'static str,
    needed: Option<u64>,
    reason: Option<String>,
}

impl ProgressReporter {
    pub(super) fn new(global: &Global, options: &Wait, jobs: usize) -> Self {
        let mode = match options.output {
            _ if options.quiet => ProgressMode::Silent,
            Some(Output::Jsonl) => ProgressMode::Jsonl,
            Some(Output::Json | Output::Csv | Output::Markdown) => ProgressMode::Silent,
            Some(Output::Table) | None if io::stdout().is_terminal() && !terminal::is_dumb() => {
                ProgressMode::Live
            }
            Some(Output::Table) | None => ProgressMode::Lines,
        };
        if mode == ProgressMode::Lines && jobs > 1 {
            output::note(&format!("waiting for {jobs} jobs"));
        }
        Self {
            mode,
            colors: output::colors(global.color),
            drawn: 0,
            interrupted: BTreeMap::new(),
            gate: Vec::new(),
            forecast: ForecastLog::default(),
        }
    }

    /// Whether [`ProgressReporter::draw`] is to be called after each change.
    pub(super) fn is_live(&self) -> bool {
        self.mode == ProgressMode::Live
    }

    /// When the table changes by the passing of time alone.
    pub(super) fn redraws_at(&self) -> Option<Instant> {
        let redraw = self.is_live().then(|| Instant::now() + REDRAW_INTERVAL);
        [redraw, self.forecast.due()].into_iter().flatten().min()
    }

    /// Prints a batch's changes, unless they are drawn or nobody wants them.
    pub(super) fn publish(&mut self, list: &Watchlist, batch: &Batch) -> Result<(), CliError> {
        for (id, status) in &batch.environment_statuses {
            self.publish_environment(list, *id, status);
        }
        let mut lines = String::new();
        for transition in &batch.transitions {
            let Some(entry) = list.entry(transition.id) else {
                continue;
            };
            lines.push_str(&match self.mode {
                ProgressMode::Silent | ProgressMode::Live => continue,
                ProgressMode::Lines => line(&entry.listed.name, transition),
                ProgressMode::Jsonl => {
                    let change = Change {
                        event: "transition",
                        at: transition.seen.to_string(),
                        name: &entry.listed.name,
                        environment: &entry.listed.environment,
                        tenant: &entry.listed.tenant,
                        flow: &entry.listed.flow,
                        job_root: transition.address.job_root.as_str(),
                        from: transition.from.as_ref().map(JobStatus::as_str),
                        to: transition.to.as_str(),
                        message: transition.job.message.as_ref().map(Text::as_str),
                    };
                    jsonl(&[change]).map_err(io::Error::from)?
                }
            });
        }
        output::raw(lines.as_bytes()).map(drop)
    }

    /// Prints what the gate came to, when that changed: for programs with every
    /// change of the jobs still needed, for people with every result.
    pub(super) fn publish_gate(&mut self, gate: &[ConditionReport]) -> Result<(), CliError> {
        let shown = |report: &ConditionReport| (report.result, report.reason());
        let is_same = |(old, new)| match self.mode {
            ProgressMode::Jsonl => shown(old) == shown(new),
            ProgressMode::Silent | ProgressMode::Live | ProgressMode::Lines => {
                old.result == new.result
            }
        };
        let is_known = self.gate.len() == gate.len() && self.gate.iter().zip(gate).all(is_same);
        let is_first = std::mem::replace(&mut self.gate, gate.to_vec()).is_empty();
        match self.mode {
            _ if is_known => Ok(()),
            ProgressMode::Jsonl => {
                let conditions = gate.iter().map(|report| ConditionEvent {
                    condition: report.condition.to_string(),
                    result: report.result.name(),
                    needed: report.needed,
                    reason: report.reason(),
                });
                let event = GateEvent {
                    event: "gate",
                    at: Timestamp::now().to_string(),
                    conditions: conditions.collect(),
                };
                let line = jsonl(&[event]).map_err(io::Error::from)?;
                output::raw(line.as_bytes()).map(drop)
            }
            ProgressMode::Lines if !is_first => {
                for condition in gate {
                    output::note(&condition.to_string());
                }
                Ok(())
            }
            ProgressMode::Silent | ProgressMode::Live | ProgressMode::Lines => Ok(()),
        }
    }

    /// Prints the forecast when it changed, for programs.
    pub(super) fn publish_forecast(
        &mut self,
        list: &Watchlist,
        forecaster: &Forecaster,
    ) -> Result<(), CliError> {
        if self.mode != ProgressMode::Jsonl {
            return Ok(());
        }
        let (eta, counts) = (forecaster.eta(), forecaster.counts());
        match self.forecast.take(list, eta, counts) {
            Some(line) => output::raw(line.map_err(io::Error::from)?.as_bytes()).map(drop),
            None => Ok(()),
        }
    }

    fn publish_environment(
        &mut self,
        list: &Watchlist,
        id: EnvironmentId,
        status: &EnvironmentStatus,
    ) {
        let line = environment_line(list.environment_name(id), status, Timestamp::now());
        let is_first = match &line {
            None => self.interrupted.remove(&id).is_some(),
            Some(_) => self.interrupted.insert(id, status.clone()).is_none(),
        };
        if is_first && matches!(self.mode, ProgressMode::Lines | ProgressMode::Jsonl) {
            let resumed = || format!("{}: polling resumed", list.environment_name(id));
            output::note(&line.unwrap_or_else(resumed));
        }
    }

    /// Draws the table over the last one.
    pub(super) fn draw(
        &mut self,
        list: &Watchlist,
        jobs: &[Polled],
        counts: &ProgressCounts,
        eta: Option<&Eta>,
    ) -> Result<(), CliError> {
        let (width, height) = crossterm::terminal::size().unwrap_or((80, 24));
        let free = FREE_LINES + self.interrupted.len();
        let most = usize::from(height).saturating_sub(free).max(1);
        let mut order: Vec<&Polled> = jobs.iter().collect();
        if order.len() > most {
            // Unfinished and failed jobs take precedence.
            order.sort_by_key(|job| job.state == State::Completed);
        }
        let shown: Vec<Polled> = order.iter().take(most).map(|job| (*job).clone()).collect();
        let table = status_table(&shown).laid_out(Some(width.saturating_sub(1)), self.colors);
        let mut picture = String::new();
        if self.drawn > 0 {
            picture.push_str(&format!("\x1b[{}A\x1b[J", self.drawn));
        }
        picture.push_str(&table);
        if jobs.len() > 1 {
            picture.push_str(&counts.to_string());
            if let hidden @ 1.. = jobs.len() - shown.len() {
                picture.push_str(&format!(" ({hidden} not shown)"));
            }
            picture.push('\n');
        }
        let now = Timestamp::now();
        if let Some(eta) = eta {
            picture.push_str(&eta.label(now, true));
            picture.push('\n');
        }
        for (id, status) in &self.interrupted {
            if let Some(line) = environment_line(list.environment_name(*id), status, now) {
                picture.push_str(&Text::new(&line).one_line());
                picture.push('\n');
            }
        }
        self.drawn = picture.lines().count();
        output::raw(picture.as_bytes()).map(drop)
    }
}

fn line(name: &str, transition: &Transition) -> String {
    let time = transition
        .seen
        .to_zoned_datetime(jiff::tz::TimeZone::system())
        .strftime("%H:%M:%S")
        .to_string();
    let from = transition.from.as_ref();
    let from = from.map_or(String::new(), |from| format!("{from} -> "));
    let message = transition.job.message.as_ref();
    let message = message.map_or(String::new(), |message| format!("  {}", message.one_line()));
    let line = format!("{time}  {name}  {from}{}{message}", transition.to);
    format!("{}\n", Text::new(&line).one_line())
}
