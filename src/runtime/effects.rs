//! Performs the effects that the dashboard's model requests.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::config_watch::{self, ConfigWatch};
use super::config_writer::ConfigWriter;
use super::connector::Connector;
use super::known_keys::KnownKeys;
use super::lister::Lister;
use super::processes::custom_commands::CustomCommands;
use super::processes::hooks::Hooks;
use super::processes::opener;
use super::rollout_report::writer as report_writer;
use crate::app::{ComparisonTask, Effect, Message, ReportRequest, Severity};
use crate::config::{self, Overrides};
use crate::history::Recorder;
use crate::rollout::ForecastRequest;
use crate::terminal::{EffectRunner, Input, Session};
use crate::watch::Watcher;

/// Copies larger than this are cut off by many terminals, in bytes.
const LARGE_COPY: usize = 70_000;

/// Everything the model's effects act on.
pub(super) struct DashboardEffects<'a> {
    pub(super) session: &'a Session,
    /// The runtime of everything but the event loop.
    pub(super) background: Handle,
    pub(super) watcher: Arc<Watcher>,
    pub(super) connector: Arc<Connector>,
    pub(super) writer: ConfigWriter,
    pub(super) recorder: Recorder,
    pub(super) hooks: Hooks,
    pub(super) commands: CustomCommands,
    pub(super) known_keys: Arc<KnownKeys>,
    pub(super) lister: Lister,
    pub(super) messages: mpsc::UnboundedSender<Input>,
    /// The config file; `None` for the demo.
    pub(super) path: Option<PathBuf>,
    pub(super) overrides: Overrides,
    pub(super) config_watch: Option<ConfigWatch>,
}

impl DashboardEffects<'_> {
    fn send(&self, message: Message) {
        // It fails only after the event loop ended.
        let _ = self.messages.send(Input::Message(message));
    }

    /// Creates the config file of the first run, then continues as if it had
    /// existed at the start.
    fn create_config(&mut self, text: &SecretString) {
        let Some(path) = &self.path else { return };
        let created = config::create(path, text.expose_secret());
        let result = match created {
            Ok(()) => config::load(path, &self.overrides)
                .map(Box::new)
                .map_err(|error| error.to_string()),
            Err(error) => Err(format!("{}: cannot be created: {error}", path.display())),
        };
        self.config_watch =
            config_watch::start(path, self.overrides.clone(), self.messages.clone());
        self.send(Message::Reloaded(result));
    }

    /// Writes a snapshot into the current folder, never over an existing file.
    fn write_file(&self, name: &str, text: &str) {
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(name)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        self.send(match written {
            Ok(()) => Message::Notice(Severity::Plain, format!("written to {name}")),
            Err(error) => Message::Notice(Severity::Bad, format!("{name}: {error}")),
        });
    }

    /// Writes a report on the thread of the history; on another one where
    /// nothing is recorded.
    fn write_report(&self, request: ReportRequest) {
        let messages = self.messages.clone();
        let (of_store, request_of_store) = (messages.clone(), request.clone());
        let has_history = self.recorder.read(move |store| {
            let notice = report_writer::write(request_of_store, Some(store));
            // It fails only after the event loop ended.
            let _ = of_store.send(Input::Message(notice));
        });
        if !has_history {
            tokio::task::spawn_blocking(move || {
                let _ = messages.send(Input::Message(report_writer::write(request, None)));
            });
        }
    }

    /// Opens an address, or copies it where a browser would be out of sight.
    fn open_url(&self, url: &str) {
        let notice = if opener::is_remote() {
            self.session.copy(url);
            Message::Notice(Severity::Plain, format!("address copied: {url}"))
        } else {
            match opener::open(url, &self.known_keys) {
                Ok(()) => Message::Notice(Severity::Plain, format!("opening {url}")),
                Err(error) => {
                    self.session.copy(url);
                    let text = format!("address copied, it cannot be opened: {error}");
                    Message::Notice(Severity::Warning, text)
                }
            }
        };
        self.send(notice);
    }

    /// Computes on another thread what takes milliseconds or more.
    fn compute(
        &self,
        wrap: impl FnOnce(Message) -> Message + Send + 'static,
        task: impl FnOnce() -> Message + Send + 'static,
    ) {
        let messages = self.messages.clone();
        tokio::task::spawn_blocking(move || {
            // It fails only after the event loop ended.
            let _ = messages.send(Input::Message(wrap(task())));
        });
    }

    fn copy(&self, text: &str) {
        if text.len() > LARGE_COPY {
            let size = text.len() / 1_000;
            let notice = format!("copied {size} kB; many terminals cut off copies over 70 kB");
            self.send(Message::Notice(Severity::Warning, notice));
        }
        self.session.copy(text);
    }
}

/// Computes the ETAs.
fn forecast(request: &ForecastRequest) -> Message {
    Message::Forecast(request.compute())
}

/// Compares a rollout with the runs before it.
fn compare(task: ComparisonTask) -> Message {
    let requested = task.requested;
    Message::Compared(requested, task.run())
}

impl EffectRunner for DashboardEffects<'_> {
    fn perform(&mut self, effect: Effect) {
        let background = self.background.clone();
        let _entered = background.enter();
        match effect {
            Effect::Quit => {}
            Effect::Suspend => self.session.suspend(),
            Effect::PollNow(keys) => self.watcher.poll_now(keys),
            Effect::Learn(ids) => self.watcher.learn(ids),
            Effect::PollAll => {
                self.connector.connect_all(&self.watcher);
                self.watcher.poll_all();
            }
            Effect::Pause(paused) => self.watcher.pause(paused),
            Effect::Watch(targets) => self.watcher.add(targets),
            Effect::Unwatch(keys) => self.watcher.remove(keys),
            Effect::PollFirst(ids) => self.watcher.poll_first(ids),
            Effect::SetInterval(key, interval) => self.watcher.set_interval(key, interval),
            Effect::SetStart(starts) => self.watcher.set_start(starts),
            Effect::Connect(environments, limits) => {
                self.connector
                    .reconnect(&self.watcher, environments, limits);
            }
            Effect::CreateConfig(text) => self.create_config(&text),
            Effect::Save(number, change) => self.writer.save(number, change),
            Effect::List(number, environment, request) => {
                let client = self.connector.client(environment);
                self.lister.list(client, number, request);
            }
            Effect::StopListing => self.lister.stop(),
            Effect::WriteFile(name, text) => self.write_file(&name, &text),
            Effect::WriteReport(request) => self.write_report(*request),
            Effect::AddTenantDiscovery(discovery) => self.watcher.add_tenant_discovery(discovery),
            Effect::RemoveTenantDiscovery(discovery) => {
                self.watcher.remove_tenant_discovery(discovery);
            }
            Effect::Record(observations) => self.recorder.record(observations),
            Effect::RecordEvents(events) => self.recorder.record_events(events),
            Effect::RecordForecasts(forecasts) => self.recorder.record_forecasts(forecasts),
            Effect::RecordUpdates(updates) => self.recorder.record_updates(updates),
            Effect::RecordList(list) => self.recorder.record_list(list),
            Effect::HistoryQuery(query) => self.recorder.query(query),
            Effect::Forecast(request) => {
                self.compute(|message| message, move || forecast(&request));
            }
            Effect::Compare(task) => self.compute(|message| message, move || compare(*task)),
            Effect::OfMoment(number, effect) => {
                let wrap = move |message| Message::OfMoment(number, Box::new(message));
                if let Effect::Forecast(request) = *effect {
                    self.compute(wrap, move || forecast(&request));
                } else if let Effect::Compare(task) = *effect {
                    self.compute(wrap, move || compare(*task));
                }
            }
            Effect::Notification(text) => self.session.notification(&text),
            Effect::Title(title) => self.session.set_title(&title),
            Effect::Run(hook) => self.hooks.run(hook),
            Effect::RunCommand(run) => self.commands.run(run),
            Effect::KillCommand(number) => self.commands.kill(number),
            Effect::RunInTerminal(run) => self.session.lend(|| self.commands.run_here(&run)),
            Effect::OpenUrl(url) => self.open_url(&url),
            Effect::Copy(text) => self.copy(&text),
        }
    }

    fn resumed(&mut self) {
        self.session.retake();
    }
}
