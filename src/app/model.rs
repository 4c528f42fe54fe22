//! The state of the dashboard.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;
use tui_input::Input;

use crate::app::alerts::Alerts;
use crate::app::config_edit::{Changes, Followed};
use crate::app::detail::{Detail, Severity};
use crate::app::input::KeyMap;
use crate::app::insights::{EventLog, Forecast, RunHistory};
use crate::app::jobs::{Columns, Jobs, Row};
use crate::app::message::Effect;
use crate::app::overlay::{Overlay, SetupForm};
use crate::app::{detail, layout};
use crate::config::{Config, Environment, Follow, Glyphs, HotglueCli, SavedView, ThemeName};
use crate::hotglue::Text;
use crate::watch::{Batch, EnvironmentId, EnvironmentStatus, FollowId, JobId, Limits};

/// How long a notice stands.
const NOTICE_FOR: SignedDuration = SignedDuration::from_secs(5);

/// The state of the dashboard.
#[derive(Debug)]
pub struct Model {
    /// The time of the last message.
    pub now: Timestamp,
    /// The zone that clocks are shown in.
    pub zone: TimeZone,
    /// The window's size in cells.
    pub size: Size,
    /// What the list came from.
    pub source: ConfigSource,
    /// The environments, by their keys.
    pub environments: BTreeMap<EnvironmentId, EnvironmentInfo>,
    /// The common time between two polls.
    pub poll_interval: Duration,
    /// Requests a second that an environment may get.
    pub max_requests_per_second: u32,
    /// The watched jobs.
    pub jobs: Jobs,
    /// Saved filters.
    pub views: Vec<SavedView>,
    /// Which of them is in use.
    pub view: Option<usize>,
    /// The pane with one job's details.
    pub detail: Detail,
    /// What lies over the table.
    pub overlay: Option<Overlay>,
    /// The filter being typed, while it is.
    pub filter_input: Option<Input>,
    /// Which key does what.
    pub keymap: KeyMap,
    /// Colors and glyphs.
    pub appearance: Appearance,
    /// Whether polling is paused.
    pub paused: bool,
    /// The picture stands still, while it does.
    pub freeze: Option<Freeze>,
    /// Something told in passing.
    pub notice: Option<Notice>,
    /// Every change of status seen.
    pub events: EventLog,
    /// The environments as the config has them, by their keys' numbers.
    pub(super) list: Vec<Environment>,
    /// The bounds that the config sets for each of them.
    pub(super) limits: Limits,
    /// The theme that the config names.
    pub(super) configured_theme: ThemeName,
    /// Whether colors may be used.
    pub(super) colors: bool,
    /// What was changed: saved, unsaved, and how to undo it.
    pub changes: Changes,
    /// The first-run form as it opens.
    pub(super) setup_form: SetupForm,
    /// Why the config file cannot be used as it is now, while it cannot.
    pub file_problem: Option<String>,
    /// The followed flows.
    pub(super) follows: BTreeMap<FollowId, Followed>,
    pub(super) next_follow: u32,
    /// The number of the last listing call.
    pub(super) next_list: u64,
    /// Whether the table is shown as the matrix.
    pub matrix: bool,
    /// What is to be expected of jobs under way.
    pub forecast: Forecast,
    /// The earlier runs of the selected job's flow and tenant.
    pub run_history: Option<RunHistory>,
    /// What a person is told of who may not be looking.
    pub alerts: Alerts,
    /// The row and time of the last click, to tell a double one.
    pub(super) last_click: Option<(JobId, Timestamp)>,
}

/// What a model is made from.
#[derive(Debug)]
pub struct ModelConfig {
    /// The watched jobs and all settings.
    pub config: Config,
    /// What the list came from.
    pub source: ConfigSource,
    /// Which key does what.
    pub keymap: KeyMap,
    /// What the terminal can show.
    pub display: Display,
    /// The time.
    pub now: Timestamp,
    /// The zone that clocks are shown in.
    pub zone: TimeZone,
    /// The window's size in cells.
    pub size: Size,
}

impl ModelConfig {
    /// With the usual keys, on a terminal that shows all there is, in UTC.
    pub fn new(config: Config, source: ConfigSource, now: Timestamp, size: Size) -> Self {
        Self {
            config,
            source,
            keymap: KeyMap::default(),
            display: Display {
                colors: true,
                true_color: true,
                unicode: true,
                light_background: None,
            },
            now,
            zone: TimeZone::UTC,
            size,
        }
    }
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// Whether colors may be used.
    pub colors: bool,
    /// Whether there are more than sixteen of them.
    pub true_color: bool,
    /// Whether glyphs beyond ASCII may be used.
    pub unicode: bool,
    /// Whether its background is light, where it is known.
    pub light_background: Option<bool>,
}

/// What the list of jobs came from, for the welcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// A config file.
    File(String),
    /// There is no config file; it would be this one.
    NoFile(String),
    /// A simulation.
    Demo,
}

/// An environment as the dashboard keeps it.
#[derive(Debug, Clone)]
pub struct EnvironmentInfo {
    /// Its name in the config.
    pub name: Text,
    /// The service's name for it.
    pub env_id: Text,
    /// The host its API is at.
    pub host: String,
    /// The base URL of its API, for the curl command.
    pub base_url: crate::hotglue::BaseUrl,
    /// Its id, for the curl command.
    pub id: crate::hotglue::EnvId,
    /// How it is doing.
    pub status: EnvironmentStatus,
    /// Why there is no key, while there is none.
    pub key_problem: Option<String>,
}

/// Colors and glyphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appearance {
    /// The color theme.
    pub theme: ThemeName,
    /// Whether glyphs beyond ASCII are used.
    pub unicode: bool,
    /// Whether the terminal shows more than sixteen colors.
    pub true_color: bool,
    /// Whether the terminal's background is light, where it is known.
    pub light_background: Option<bool>,
}

/// The picture stands still.
#[derive(Debug)]
pub struct Freeze {
    /// Since then.
    pub at: Timestamp,
    /// What was learned meanwhile.
    pub(super) held: Batch,
}

/// Something told in passing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it is meant.
    pub severity: Severity,
    /// What it says.
    pub text: String,
    /// When it goes away.
    pub until: Timestamp,
}

impl EnvironmentInfo {
    pub(super) fn new(environment: &Environment) -> Self {
        Self {
            name: environment.name.clone(),
            env_id: Text::new(environment.env_id.as_str()),
            host: environment.base_url.host(),
            base_url: environment.base_url.clone(),
            id: environment.env_id.clone(),
            status: EnvironmentStatus::Closed,
            key_problem: None,
        }
    }
}

impl Model {
    /// The dashboard before anything is known of any job.
    pub fn new(setup: ModelConfig) -> Self {
        let ModelConfig {
            config,
            source,
            keymap,
            display,
            now,
            zone,
            size,
        } = setup;
        let environments: BTreeMap<_, _> = config
            .environments
            .iter()
            .enumerate()
            .map(|(at, environment)| (EnvironmentId(at), EnvironmentInfo::new(environment)))
            .collect();
        let rows: Vec<Row> = config
            .jobs
            .iter()
            .zip(0..)
            .map(|(job, number)| {
                let environment = config.environments[job.environment].name.clone();
                Row::new(JobId(number), job.clone(), environment)
            })
            .collect();
        let tags = rows.iter().any(|row| !row.tags.is_empty());
        let theme = if display.colors {
            config.settings.theme
        } else {
            ThemeName::Mono
        };
        let unicode = match config.settings.glyphs {
            Glyphs::Auto => display.unicode,
            Glyphs::Unicode => true,
            Glyphs::Ascii => false,
        };
        let mut model = Self {
            now,
            zone,
            size,
            source,
            jobs: Jobs::new(rows, Columns::new(environments.len() > 1, tags)),
            environments,
            poll_interval: config.settings.poll_interval,
            max_requests_per_second: config.settings.max_requests_per_second,
            views: config.views,
            view: None,
            detail: Detail::default(),
            overlay: None,
            filter_input: None,
            keymap,
            appearance: Appearance {
                theme,
                unicode,
                true_color: display.true_color,
                light_background: display.light_background,
            },
            paused: false,
            freeze: None,
            notice: None,
            events: EventLog::default(),
            list: config.environments,
            limits: Limits {
                requests_per_second: Some(config.settings.max_requests_per_second),
                concurrent_requests: config.settings.max_concurrent_requests,
            },
            configured_theme: config.settings.theme,
            colors: display.colors,
            changes: Changes::default(),
            setup_form: SetupForm::default(),
            file_problem: None,
            follows: BTreeMap::new(),
            next_follow: 0,
            next_list: 0,
            matrix: false,
            forecast: Forecast::default(),
            run_history: None,
            alerts: Alerts::new(config.settings.notify, config.settings.on_change),
            last_click: None,
        };
        if let Some(warning) = config.warnings.into_iter().next() {
            model.notify(Severity::Warning, warning);
        }
        if matches!(model.source, ConfigSource::NoFile(_)) && model.list.is_empty() {
            model.open_setup();
        }
        model.refit();
        model
    }

    /// Lets the first-run form open on what the files of hotglue's own tool
    /// hold.
    pub fn offer(&mut self, found: &HotglueCli) {
        self.setup_form = SetupForm::offering(found);
        if matches!(self.overlay, Some(Overlay::Setup(_))) {
            self.open_setup();
        }
    }

    pub(super) fn open_setup(&mut self) {
        self.overlay = Some(Overlay::Setup(Box::new(self.setup_form.clone())));
    }

    /// An environment by its key.
    pub fn environment(&self, key: EnvironmentId) -> Option<&EnvironmentInfo> {
        self.environments.get(&key)
    }

    /// A time as a clock shows it in the person's zone; with its date where
    /// it is not of today.
    pub fn clock(&self, at: Timestamp) -> String {
        let local = at.to_zoned_datetime(self.zone.clone());
        let today = self.now.to_zoned_datetime(self.zone.clone()).date();
        let form = if local.date() == today {
            "%H:%M:%S"
        } else {
            "%b %-d %H:%M"
        };
        local.strftime(form).to_string()
    }

    /// The environments that are not doing well, with the reason.
    pub fn troubled(&self) -> impl Iterator<Item = &EnvironmentInfo> {
        self.environments.values().filter(|environment| {
            environment.key_problem.is_some()
                || matches!(
                    environment.status,
                    EnvironmentStatus::Unauthorized { .. } | EnvironmentStatus::Outage { .. }
                )
        })
    }

    /// The shortest time in which every unfinished job can be asked once,
    /// where the rate bound makes it longer than the poll interval.
    pub fn stretched_interval(&self) -> Option<Duration> {
        let counts = self.jobs.counts();
        let unfinished = u64::try_from(counts.total() - counts.done()).unwrap_or(u64::MAX);
        let seconds = unfinished.div_ceil(u64::from(self.max_requests_per_second.max(1)));
        let needed = Duration::from_secs(seconds);
        (needed > self.poll_interval).then_some(needed)
    }

    /// The time that is shown: of the freeze, while there is one.
    pub fn shown_now(&self) -> Timestamp {
        self.freeze.as_ref().map_or(self.now, |freeze| freeze.at)
    }

    /// What is to be done before the first picture: flows are followed, and
    /// the past is asked for.
    pub fn begin(&mut self, follows: Vec<Follow>) -> Vec<Effect> {
        let mut effects = self.follow(follows);
        effects.extend(self.query_all_history());
        self.refit();
        effects
    }

    /// Tells something in passing.
    pub(super) fn notify(&mut self, severity: Severity, text: impl Into<String>) {
        self.notify_for(NOTICE_FOR, severity, text);
    }

    /// Tells something for so long.
    pub(super) fn notify_for(
        &mut self,
        time: SignedDuration,
        severity: Severity,
        text: impl Into<String>,
    ) {
        let until = self.now.checked_add(time).unwrap_or(self.now);
        self.notice = Some(Notice {
            severity,
            text: text.into(),
            until,
        });
    }

    /// Fits list and details into the window as it is divided now.
    pub(super) fn refit(&mut self) {
        let layout = layout::Layout::of(self);
        self.jobs.fit(usize::from(layout.rows.height));
        if let Some(pane) = layout.detail {
            let inner = layout::Layout::inside_detail(pane);
            detail::lay_out(self, inner.width, inner.height);
        }
    }
}
