//! Custom commands and the page of a job: what to run on which jobs.

use crate::app::command_runs::{CommandEvent, CommandRun};
use crate::app::detail::Severity;
use crate::app::input::{Action, OverlayKind};
use crate::app::jobs::Row;
use crate::app::message::{Effect, Processes};
use crate::app::model::Model;
use crate::app::overlay::{CommandPane, ConfirmCommand, CountGuard, Overlay};
use crate::config::{CommandOutput, CommandScope, CustomCommand, PlaceholderValues, fill};
use crate::hotglue::Text;

/// The most processes that a confirmation shows.
const MAX_PREVIEW: usize = 3;

impl Model {
    /// Runs a custom command on the selected or the marked jobs; asks before,
    /// where the command wants it.
    pub(in crate::app) fn run_command(&mut self, index: usize, is_confirmed: bool) -> Vec<Effect> {
        let Some(command) = self.commands.get(index).cloned() else {
            return Vec::new();
        };
        self.jobs.hold_cursor();
        let targets = self.jobs.targets();
        let rows = targets.iter().filter_map(|id| self.jobs.get(*id));
        let jobs: Vec<_> = rows
            .filter_map(|row| self.placeholder_values(row))
            .collect();
        if jobs.is_empty() {
            let text = format!("{}: no job is selected", command.name);
            self.notify(Severity::Warning, text);
            return Vec::new();
        }
        self.skipped_notice(&command, targets.len() - jobs.len());
        let processes = processes(&command, &jobs);
        if command.confirm && !is_confirmed {
            let more = processes.len().saturating_sub(MAX_PREVIEW);
            let mut preview: Vec<_> = processes
                .iter()
                .take(MAX_PREVIEW)
                .map(|(_, arguments)| shown(arguments))
                .collect();
            if more > 0 {
                preview.push(format!("and {more} more"));
            }
            let guard = CountGuard::new(jobs.len());
            self.overlay = Some(
                ConfirmCommand {
                    index,
                    preview,
                    guard,
                }
                .into(),
            );
            return Vec::new();
        }
        let labels = processes.iter().map(|(label, _)| label.clone()).collect();
        let number = self.command_runs.start(command.name.as_str(), labels);
        let is_single = processes.len() == 1;
        let processes = Processes {
            number,
            commands: processes
                .into_iter()
                .map(|(label, arguments)| ((!is_single).then_some(label), arguments))
                .collect(),
            shows_output: command.output == CommandOutput::Pane,
        };
        match command.output {
            CommandOutput::Pane => {
                self.overlay = Some(CommandPane::new(number).into());
                vec![Effect::RunCommand(processes)]
            }
            CommandOutput::Background => {
                self.notify(Severity::Plain, format!("{} is running", command.name));
                vec![Effect::RunCommand(processes)]
            }
            CommandOutput::Terminal => vec![Effect::RunInTerminal(processes)],
        }
    }

    fn skipped_notice(&mut self, command: &CustomCommand, skipped: usize) {
        if skipped > 0 {
            let text = format!("{}: {skipped} not started, skipped", command.name);
            self.notify(Severity::Warning, text);
        }
    }

    /// Kills the run of a command.
    pub(in crate::app) fn kill_command(&mut self, number: u64) -> Vec<Effect> {
        if !self.command_runs.kill(number) {
            return Vec::new();
        }
        self.notify(Severity::Warning, "command killed");
        vec![Effect::KillCommand(number)]
    }

    /// Records what happened in a run, and reports its end where the user does
    /// not see it.
    pub(in crate::app) fn command_event(&mut self, number: u64, event: CommandEvent) {
        let Some(run) = self.command_runs.record(number, event) else {
            return;
        };
        let is_shown = matches!(&self.overlay,
            Some(Overlay::CommandOutput(pane)) if pane.number == number);
        if is_shown {
            return;
        }
        let key = self.keymap.keys(Action::Open(OverlayKind::Output)).first();
        let (severity, text) = summary(run, key.map(String::as_str));
        self.notify(severity, text);
    }

    /// Opens the page of the selected job.
    pub(in crate::app) fn open_page(&mut self) -> Vec<Effect> {
        let Some(row) = self.jobs.selected() else {
            return Vec::new();
        };
        let environment = self.environments.get(row.environment);
        let template = environment.and_then(|entry| entry.config.job_url.clone());
        let Some(template) = template else {
            let text = format!(
                "set job_url in [environments.{}] to open the page of a job",
                row.environment_name
            );
            self.notify(Severity::Plain, text);
            return Vec::new();
        };
        let Some(values) = self.placeholder_values(row) else {
            self.notify(Severity::Plain, "this job has not started");
            return Vec::new();
        };
        vec![Effect::OpenUrl(fill(&template, &values, percent_encoded))]
    }

    /// What the placeholders stand for in a row; `None` before its job is known.
    fn placeholder_values(&self, row: &Row) -> Option<PlaceholderValues> {
        let address = row.address()?;
        let environment = self.environments.get(row.environment);
        let message = row.job().and_then(|job| job.message.as_ref());
        Some(PlaceholderValues {
            job_root: address.job_root.to_string(),
            job_id: address.job_root.job_id().to_owned(),
            tenant: row.tenant().to_owned(),
            flow: row.flow().to_owned(),
            env_id: environment.map_or_else(String::new, |entry| entry.env_id().to_string()),
            status: row.status_label().to_owned(),
            message: message.map(Text::to_string).unwrap_or_default(),
            name: row.name.to_string(),
        })
    }
}

/// The processes of a command on some jobs, each with a label.
fn processes(command: &CustomCommand, jobs: &[PlaceholderValues]) -> Vec<(String, Vec<String>)> {
    match command.on {
        CommandScope::Each => jobs
            .iter()
            .map(|job| {
                (
                    job.name.clone(),
                    command.arguments(std::slice::from_ref(job)),
                )
            })
            .collect(),
        CommandScope::Marked => {
            let label = match jobs {
                [job] => job.name.clone(),
                jobs => format!("{} jobs", jobs.len()),
            };
            vec![(label, command.arguments(jobs))]
        }
    }
}

/// Arguments on one line; those with special characters in quotes.
fn shown(arguments: &[String]) -> String {
    let quote = |argument: &String| {
        let is_plain = |c: char| c.is_alphanumeric() || "-_=/.:,@%+".contains(c);
        if !argument.is_empty() && argument.chars().all(is_plain) {
            argument.clone()
        } else {
            format!("{:?}", Text::cut(argument, 200).as_str())
        }
    };
    let quoted: Vec<_> = arguments.iter().map(quote).collect();
    quoted.join(" ")
}

/// How a run ended, in one line.
fn summary(run: &CommandRun, key: Option<&str>) -> (Severity, String) {
    let failures: Vec<_> = run.failures().collect();
    let Some((label, failure)) = failures.first() else {
        return (Severity::Plain, format!("{} finished", run.name));
    };
    let hint = key.map_or_else(String::new, |key| format!(" ({key} shows all)"));
    let text = format!(
        "{}: {} of {} failed{hint}: {label}: {}",
        run.name,
        failures.len(),
        run.items.len(),
        failure.message()
    );
    (Severity::Bad, text)
}

/// A value as a part of an address: all but letters, digits and `-._~` encoded.
fn percent_encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}
