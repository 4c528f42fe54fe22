//! The dashboard: config, watcher, model and terminal put together.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc;

use super::connector::{Connector, Lister};
use super::hooks::Hooks;
use super::writer::Writer;
use super::{CliError, Exit, file_watch, history, output, runtime};
use crate::app::{ConfigSource, Effect, KeyMap, Message, Model, ModelConfig, Severity};
use crate::cli::Global;
use crate::config::{self, Config, ConfigError, HotglueCli, Overrides, ThemeName, config_path};
use crate::history::Recorder;
use crate::hotglue::State;
use crate::terminal::{self, BackgroundReply, EffectRunner, Ending, Input, Session};
use crate::watch::{self, JobId, Target, Watcher};

pub(super) fn run(global: &Global) -> Result<Exit, CliError> {
    let path = config_path(global.config.clone())?;
    let shown = path.display().to_string();
    let (config, source) = match config::load(&path, &global.overrides()) {
        Ok(config) => (config, ConfigSource::File(shown)),
        // A file that was named must be there; without one there is a welcome.
        Err(ConfigError::Missing { .. }) if global.config.is_none() => (
            config::parse("", &path, &global.overrides())?,
            ConfigSource::NoFile(shown),
        ),
        Err(error) => return Err(error.into()),
    };
    let runtime = runtime()?;
    let run_history = history::HistoryStore::of(&config);
    let exit = runtime.block_on(show(global, config, source, run_history));
    // Hanging name lookups must not keep the process alive.
    runtime.shutdown_background();
    exit
}

/// The key map with the bindings of the config file.
pub(super) fn keymap(config: &Config) -> Result<KeyMap, ConfigError> {
    let bindings = config
        .keys
        .iter()
        .map(|binding| (binding.action.as_str(), binding.keys.as_slice()));
    KeyMap::rebind(bindings)
        .map_err(|(at, error)| config.problem_at(config.keys[at].place, error.to_string()))
}

/// Shows a dashboard until it ends.
pub(super) async fn show(
    global: &Global,
    config: Config,
    source: ConfigSource,
    run_history: history::HistoryStore,
) -> Result<Exit, CliError> {
    let display = terminal::display(output::colors(global.color));
    let ask_for_background = display.colors
        && display.light_background.is_none()
        && config.settings.theme == ThemeName::Auto;
    let (width, height) = crossterm::terminal::size()?;
    let (watcher, mut updates) = watch::start(fastrand::u64(..));
    watcher.add(targets(&config));
    let (messages, inbox) = mpsc::unbounded_channel();
    let writer = Writer::start(config.path.clone().unwrap_or_default(), messages.clone());
    let path = config.path.clone().filter(|_| source != ConfigSource::Demo);
    let file_watch = path
        .as_ref()
        .filter(|path| path.exists())
        .and_then(|path| file_watch::start(path, global.overrides(), messages.clone()));
    let recorder = history::recorder(run_history, messages.clone());
    let hooks = Hooks::new(messages.clone());
    let connector = Arc::new(Connector::new(&config, messages));
    let follows = config.follows.clone();
    let watcher = Arc::new(watcher);
    connector.connect_all(&watcher);
    let mut model = Model::new(ModelConfig {
        keymap: keymap(&config)?,
        config,
        source,
        display,
        now: Timestamp::now(),
        zone: TimeZone::system(),
        size: Size::new(width, height),
    });

    if matches!(model.source, ConfigSource::NoFile(_)) {
        model.offer(&HotglueCli::find());
    }

    let first = model.begin(follows);
    let signals = terminal::signals();
    let session = Session::take()?;
    let reply = if ask_for_background {
        session.ask_for_background();
        BackgroundReply::Awaited
    } else {
        BackgroundReply::Over
    };
    let keyboard = terminal::keyboard(reply);
    let inputs = stream::select(stream::select(keyboard, signals), inner(inbox));
    let mut surface = session.surface()?;
    let mut effects_runner = DashboardEffects {
        path,
        overrides: global.overrides(),
        file_watch,
        session: &session,
        watcher,
        connector,
        writer,
        recorder,
        hooks,
        lister: Lister::default(),
    };
    for effect in first {
        effects_runner.perform(effect);
    }
    let ending = terminal::run(
        &mut surface,
        &mut model,
        inputs,
        &mut updates,
        &mut effects_runner,
        Timestamp::now,
    )
    .await;
    let DashboardEffects {
        writer, recorder, ..
    } = effects_runner;
    drop(session);
    writer.finish();
    // What was seen is on the disk before the program ends.
    drop(recorder);
    match ending? {
        Ending::Quit => {
            farewell(&model);
            Ok(Exit::Success)
        }
        Ending::Signal(code) => Ok(Exit::Code(code)),
        Ending::WatcherLost => Err(CliError::Bug(
            "the watcher ended by itself, which is a bug; the log says more",
        )),
    }
}

/// The watched jobs as the watcher wants them, numbered as the model numbers
/// them.
pub(super) fn targets(config: &Config) -> Vec<Target> {
    config
        .jobs
        .iter()
        .zip(0..)
        .map(|(job, number)| Target::job(JobId(number), job, config.settings.poll_interval))
        .collect()
}

/// What the model's effects act on.
struct DashboardEffects<'a> {
    session: &'a Session,
    watcher: Arc<Watcher>,
    connector: Arc<Connector>,
    writer: Writer,
    recorder: Recorder,
    hooks: Hooks,
    lister: Lister,
    path: Option<PathBuf>,
    overrides: Overrides,
    file_watch: Option<file_watch::FileWatch>,
}

impl DashboardEffects<'_> {
    /// Makes the config file of the first run, and goes on as if it had been
    /// there.
    fn create_config(&mut self, text: &SecretString) {
        let Some(path) = &self.path else { return };
        let created = config::create(path, text.expose_secret());
        let result = match created {
            Ok(()) => config::load(path, &self.overrides)
                .map(Box::new)
                .map_err(|error| error.to_string()),
            Err(error) => Err(format!("{}: cannot be made: {error}", path.display())),
        };
        let messages = &self.connector.messages;
        self.file_watch = file_watch::start(path, self.overrides.clone(), messages.clone());
        let _ = messages.send(Input::Message(Message::Reloaded(result)));
    }

    /// Writes a snapshot beside whatever the person works on; never over
    /// another file.
    fn write_file(&self, name: &str, text: &str) {
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(name)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        let notice = match written {
            Ok(()) => Message::Notice(Severity::Plain, format!("written to {name}")),
            Err(error) => Message::Notice(Severity::Bad, format!("{name}: {error}")),
        };
        let _ = self.connector.messages.send(Input::Message(notice));
    }
}

impl EffectRunner for DashboardEffects<'_> {
    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => {}
            Effect::Suspend => self.session.suspend(),
            Effect::PollNow(keys) => self.watcher.poll_now(keys),
            Effect::PollAll => {
                self.connector.connect_all(&self.watcher);
                self.watcher.poll_all();
            }
            Effect::Pause(paused) => self.watcher.pause(paused),
            Effect::Watch(targets) => self.watcher.add(targets),
            Effect::Unwatch(keys) => self.watcher.remove(keys),
            Effect::SetInterval(key, interval) => self.watcher.set_interval(key, interval),
            Effect::Connect(environments, limits) => {
                self.connector
                    .reconnect(&self.watcher, environments, limits);
            }
            Effect::CreateConfig(text) => self.create_config(&text),
            Effect::Save(number, change) => self.writer.save(number, change),
            Effect::List(number, environment, request) => {
                self.lister
                    .list(&self.connector, number, environment, request);
            }
            Effect::StopListing => self.lister.stop(),
            Effect::WriteFile(name, text) => self.write_file(&name, &text),
            Effect::AddTenantDiscovery(discovery) => self.watcher.add_tenant_discovery(discovery),
            Effect::RemoveTenantDiscovery(discovery) => {
                self.watcher.remove_tenant_discovery(discovery);
            }
            Effect::Record(observations) => self.recorder.record(observations),
            Effect::HistoryQuery(query_history) => self.recorder.query_history(query_history),
            Effect::Notification(words) => self.session.notification(&words),
            Effect::Title(title) => self.session.set_title(&title),
            Effect::Run(hook) => self.hooks.run(hook),
            Effect::Copy(text) => {
                if text.len() > 70_000 {
                    let words = "that is more than most terminals copy; part of it may be missing";
                    let notice = Message::Notice(Severity::Warning, words.to_owned());
                    let _ = self.connector.messages.send(Input::Message(notice));
                }
                self.session.copy(&text);
            }
        }
    }

    fn resumed(&mut self) {
        self.session.retake();
    }
}

fn inner(mut inbox: mpsc::UnboundedReceiver<Input>) -> impl Stream<Item = Input> + Unpin {
    stream::poll_fn(move |context| inbox.poll_recv(context)).fuse()
}

/// What stays in the scrollback: what was left running, what failed.
fn farewell(model: &Model) {
    let counts = model.jobs.counts();
    if counts.total() == 0 {
        return;
    }
    let left = counts.total() - counts.done();
    let mut words = format!(
        "hgtop: {} of {} jobs done, {left} still under way or unknown.\n",
        counts.done(),
        counts.total()
    );
    let failed: Vec<_> = model
        .jobs
        .all()
        .filter(|row| row.state() == State::Failed)
        .map(|row| row.name.one_line())
        .collect();
    match failed.len() {
        0 => words.push_str("None failed.\n"),
        count => {
            let named = failed
                .iter()
                .take(5)
                .cloned()
                .collect::<Vec<_>>()
                .join(", ");
            let more = if count > 5 {
                format!(" and {} more", count - 5)
            } else {
                String::new()
            };
            words.push_str(&format!("{count} failed: {named}{more}.\n"));
        }
    }
    let _ = io::stdout().lock().write_all(words.as_bytes());
}
