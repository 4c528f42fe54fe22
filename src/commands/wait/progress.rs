//! How a wait shows its progress: on a terminal a table that is redrawn in
//! place, elsewhere a line for each change.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use super::super::{CliError, output};
use super::forecast_log::ForecastLog;
use super::live::{Live, LiveState, can_redraw};
use crate::cli::{Global, Output, Wait, WaitOutput};
use crate::hotglue::{JobStatus, Text};
use crate::report::{jsonl, without_commands};
use crate::rollout::{self, ConditionReport};
use crate::runtime::environment_line::environment_line;
use crate::runtime::forecaster::Forecaster;
use crate::runtime::watchlist::Watchlist;
use crate::watch::{Batch, EnvironmentId, EnvironmentStatus, Transition};

#[derive(Clone, Copy, PartialEq, Eq)]
enum ProgressMode {
    Silent,
    /// A table that is redrawn in place.
    Live,
    Lines,
    /// Lines in a log whose lines may be commands.
    Github,
    Jsonl,
}

/// Shows the progress of a wait.
pub(super) struct ProgressReporter {
    mode: ProgressMode,
    live: Live,
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
            Some(WaitOutput::Records(Output::Jsonl)) => ProgressMode::Jsonl,
            Some(WaitOutput::Records(Output::Json | Output::Csv | Output::Markdown)) => {
                ProgressMode::Silent
            }
            Some(WaitOutput::Junit) => ProgressMode::Silent,
            Some(WaitOutput::Github) => ProgressMode::Github,
            Some(WaitOutput::Records(Output::Table)) | None if can_redraw() => ProgressMode::Live,
            Some(WaitOutput::Records(Output::Table)) | None => ProgressMode::Lines,
        };
        if matches!(mode, ProgressMode::Lines | ProgressMode::Github) && jobs > 1 {
            output::note(&format!("waiting for {jobs} jobs"));
        }
        Self {
            mode,
            live: Live::new(output::colors(global.color)),
            interrupted: BTreeMap::new(),
            gate: Vec::new(),
            forecast: ForecastLog::default(),
        }
    }

    /// Whether a table is redrawn in place.
    pub(super) fn is_live(&self) -> bool {
        self.mode == ProgressMode::Live
    }

    /// Names the key that lists the running jobs.
    pub(super) fn announce_keys(&mut self) {
        self.live.announce_keys();
    }

    /// When the progress table changes by the passing of time alone.
    pub(super) fn redraws_at(&self) -> Option<Instant> {
        let redraw = self.is_live().then(|| self.live.redraws_at());
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
                ProgressMode::Github => without_commands(&line(&entry.listed.name, transition)),
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
            ProgressMode::Silent
            | ProgressMode::Live
            | ProgressMode::Lines
            | ProgressMode::Github => old.result == new.result,
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
            ProgressMode::Lines | ProgressMode::Github if !is_first => {
                for condition in gate {
                    output::note(&condition.to_string());
                }
                Ok(())
            }
            ProgressMode::Silent
            | ProgressMode::Live
            | ProgressMode::Lines
            | ProgressMode::Github => Ok(()),
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
        if !is_first {
            return;
        }
        let resumed = || format!("{}: polling resumed", list.environment_name(id));
        let line = line.unwrap_or_else(resumed);
        match self.mode {
            ProgressMode::Silent | ProgressMode::Live => {}
            ProgressMode::Lines | ProgressMode::Jsonl => output::note(&line),
            ProgressMode::Github => output::note(&without_commands(&line)),
        }
    }

    /// Draws the progress table over the last one, unless that is recent and another
    /// one follows.
    pub(super) fn draw(
        &mut self,
        (list, wait): (&Watchlist, &rollout::Wait),
        now: Duration,
        forecaster: &Forecaster,
        is_last: bool,
    ) -> Result<(), CliError> {
        if !self.is_live() || (!is_last && self.live.is_too_early()) {
            return Ok(());
        }
        let time = Timestamp::now();
        let interrupted = self.interrupted.iter().filter_map(|(id, status)| {
            let line = environment_line(list.environment_name(*id), status, time)?;
            Some(Text::new(&line).one_line())
        });
        let interrupted = interrupted.collect();
        self.live.draw(&LiveState {
            list,
            wait,
            now,
            eta: forecaster.eta(),
            interrupted,
        })
    }

    /// Prints text that the user requested: above the progress table, else to standard
    /// error.
    pub(super) fn print(&mut self, text: &str) -> Result<(), CliError> {
        if self.is_live() {
            return self.live.print(text);
        }
        for line in text.lines() {
            match self.mode {
                ProgressMode::Github => output::note(&without_commands(line)),
                ProgressMode::Silent
                | ProgressMode::Live
                | ProgressMode::Lines
                | ProgressMode::Jsonl => output::note(line),
            }
        }
        Ok(())
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
