//! The dashboard as a whole: watcher, model, terminal and effects, from the
//! first frame to the end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::config_watch;
use super::config_writer::ConfigWriter;
use super::connector::Connector;
use super::effects::DashboardEffects;
use super::executor;
use super::history::{self, HistoryStore};
use super::known_keys::KnownKeys;
use super::lister::Lister;
use super::processes::custom_commands::CustomCommands;
use super::processes::hooks::Hooks;
use crate::app::{self, ConfigSource, KeyMap, Model, ModelConfig};
use crate::config::{Config, HotglueCli, Overrides, ThemeName};
use crate::hotglue::State;
use crate::terminal::{self, BackgroundReply, Ending, Input, Session};
use crate::watch;

/// How long each of the config file and the history may take to save what is
/// pending when the dashboard ends.
const QUIT_LIMIT: Duration = Duration::from_millis(450);
/// The most failed jobs that the closing summary names.
const MOST_NAMED: usize = 5;

/// Everything a dashboard starts with.
pub(crate) struct Dashboard {
    pub(crate) config: Config,
    pub(crate) source: ConfigSource,
    pub(crate) keymap: KeyMap,
    pub(crate) overrides: Overrides,
    pub(crate) history: HistoryStore,
    /// Whether colors are used at all.
    pub(crate) colors: bool,
    /// What is replayed, instead of watching jobs.
    pub(crate) replay: Option<ReplayRange>,
}

/// The part of a record to replay.
pub(crate) struct ReplayRange {
    /// Where it begins; at the beginning of the record by default.
    pub(crate) from: Option<Timestamp>,
    /// Where it ends; at the end of the record by default.
    pub(crate) to: Option<Timestamp>,
    /// The speed to play at from the start, if it is played.
    pub(crate) speed: Option<f64>,
}

/// How a dashboard ended.
pub(crate) struct Ended {
    pub(crate) ending: Ending,
    /// Finished, unfinished and failed jobs, as lines for the scrollback.
    pub(crate) summary: Option<String>,
    /// What was not saved, in sentences.
    pub(crate) unsaved: Vec<String>,
}

/// Shows a dashboard until the user quits or a signal ends it. The event loop
/// runs on the current thread, all else on the runtime in the background.
///
/// # Errors
/// When the terminal cannot be set up or written to.
#[expect(clippy::too_many_lines, reason = "each part is started once")]
pub(crate) fn show(dashboard: Dashboard, background: &Runtime) -> io::Result<Ended> {
    let _entered = background.enter();
    let Dashboard {
        config,
        source,
        keymap,
        overrides,
        history,
        colors,
        replay,
    } = dashboard;
    let display = terminal::display(colors);
    let query_background = display.colors
        && display.light_background.is_none()
        && config.settings.theme == ThemeName::Auto;
    let (width, height) = crossterm::terminal::size()?;
    let (watcher, mut updates) = watch::start(fastrand::u64(..));
    let (messages, inbox) = mpsc::unbounded_channel();
    let writer = ConfigWriter::start(config.path.clone().unwrap_or_default(), messages.clone());
    let path = config.path.clone().filter(|_| source != ConfigSource::Demo);
    let config_watch = path
        .as_ref()
        .filter(|path| path.exists())
        .and_then(|path| config_watch::start(path, overrides.clone(), messages.clone()));
    let recorder = history::recorder(history, messages.clone());
    let known_keys = Arc::new(KnownKeys::of(&config.environments));
    let hooks = Hooks::new(messages.clone(), Arc::clone(&known_keys));
    let commands = CustomCommands::new(messages.clone(), Arc::clone(&known_keys));
    let connector = Arc::new(Connector::new(messages.clone(), Arc::clone(&known_keys)));
    let watcher = Arc::new(watcher);
    let mut model = Model::new(ModelConfig {
        keymap,
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

    if let Some(ReplayRange { from, to, speed }) = replay {
        model.replay(from, to, speed);
    }
    let first = app::start(&model);
    let signals = terminal::signals();
    let session = Session::take()?;
    let reply = if query_background {
        session.query_background();
        BackgroundReply::Expected
    } else {
        BackgroundReply::Finished
    };
    let keyboard = terminal::keyboard(reply);
    let inputs = stream::select(stream::select(keyboard, signals), inputs_of(inbox));
    let mut surface = session.surface()?;
    let mut effects = DashboardEffects {
        session: &session,
        background: background.handle().clone(),
        watcher,
        connector,
        writer,
        recorder,
        hooks,
        commands,
        known_keys,
        lister: Lister::new(messages.clone()),
        messages,
        path,
        overrides,
        config_watch,
    };
    for effect in first {
        terminal::EffectRunner::perform(&mut effects, effect);
    }
    let ending = executor::for_event_loop()?.block_on(terminal::run(
        &mut surface,
        &mut model,
        inputs,
        &mut updates,
        &mut effects,
        Timestamp::now,
    ));
    let DashboardEffects {
        writer,
        recorder,
        hooks,
        commands,
        ..
    } = effects;
    drop(session);
    background.block_on(async {
        hooks.stop().await;
        commands.stop().await;
    });
    let unsaved = unsaved(
        writer.finish(QUIT_LIMIT) + model.changes.unsaved.len(),
        recorder.close(QUIT_LIMIT),
    );
    Ok(Ended {
        ending: ending?,
        summary: summary(&model),
        unsaved,
    })
}

fn inputs_of(mut inbox: mpsc::UnboundedReceiver<Input>) -> impl Stream<Item = Input> + Unpin {
    stream::poll_fn(move |context| inbox.poll_recv(context)).fuse()
}

/// What was not saved, in sentences.
fn unsaved(changes: usize, observations: usize) -> Vec<String> {
    let changes = match changes {
        0 => None,
        1 => Some("1 change was not saved to the config file".to_owned()),
        count => Some(format!("{count} changes were not saved to the config file")),
    };
    changes
        .into_iter()
        .chain(history::unsaved_notice(observations))
        .collect()
}

/// What stays in the scrollback: how many jobs finished, which failed.
fn summary(model: &Model) -> Option<String> {
    let counts = model.jobs.counts();
    if counts.total() == 0 {
        return None;
    }
    let left = counts.total() - counts.finished();
    let mut text = format!(
        "hgtop: {} of {} jobs finished, {left} unfinished or unknown.\n",
        counts.finished(),
        counts.total()
    );
    let failed: Vec<_> = model
        .jobs
        .all()
        .filter(|row| row.state() == State::Failed)
        .map(|row| row.name.one_line())
        .collect();
    if failed.is_empty() {
        text.push_str("None failed.\n");
    } else {
        let named = failed[..failed.len().min(MOST_NAMED)].join(", ");
        let more = match failed.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text.push_str(&format!("{} failed: {named}{more}.\n", failed.len()));
    }
    Some(text)
}
