//! The state of the dashboard.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use crate::app::alerts::Alerts;
use crate::app::config_edit::{Changes, Followed};
use crate::app::detail::{Detail, Severity};
use crate::app::environments::Environments;
use crate::app::input::{KeyMap, LineInput, PasteBurst};
use crate::app::insights::{EventLog, RunHistory};
use crate::app::jobs::{Columns, Jobs, Row};
use crate::app::layout::ScreenLayout;
use crate::app::message::Effect;
use crate::app::overlay::{Overlay, SetupForm};
use crate::app::settings::{Display, EffectiveSettings};
use crate::config::{Config, HotglueCli, SavedView};
use crate::rollout::Forecast;
use crate::watch::{Batch, FollowId, JobId};

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
    /// How the window is divided.
    pub layout: ScreenLayout,
    /// What the list came from.
    pub source: ConfigSource,
    /// The environments.
    pub environments: Environments,
    /// The settings in effect.
    pub settings: EffectiveSettings,
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
    pub filter_input: Option<LineInput>,
    /// Which key does what.
    pub keymap: KeyMap,
    /// The paste that is being collected.
    pub(super) paste_burst: PasteBurst,
    /// Whether polling is paused.
    pub paused: bool,
    /// The picture stands still, while it does.
    pub freeze: Option<Freeze>,
    /// Something told in passing.
    pub notice: Option<Notice>,
    /// Every change of status seen.
    pub events: EventLog,
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
        let mut environments = Environments::default();
        let adopted = environments.adopt(config.environments);
        let rows: Vec<Row> = config
            .jobs
            .into_iter()
            .zip(0..)
            .map(|(job, number)| {
                let job = adopted.job(job);
                let name = environments.name(job.environment);
                Row::new(JobId(number), job, name)
            })
            .collect();
        let tags = rows.iter().any(|row| !row.tags.is_empty());
        let follows = config.follows.into_iter();
        let follows = follows.map(|follow| adopted.follow(follow)).collect();
        let mut model = Self {
            now,
            zone,
            size,
            layout: ScreenLayout::default(),
            source,
            jobs: Jobs::new(rows, Columns::new(environments.len() > 1, tags)),
            environments,
            settings: EffectiveSettings::new(config.settings, display),
            views: config.views,
            view: None,
            detail: Detail::default(),
            overlay: None,
            filter_input: None,
            keymap,
            paste_burst: PasteBurst::default(),
            paused: false,
            freeze: None,
            notice: None,
            events: EventLog::default(),
            changes: Changes::default(),
            setup_form: SetupForm::default(),
            file_problem: None,
            follows: BTreeMap::new(),
            next_follow: 0,
            next_list: 0,
            matrix: false,
            forecast: Forecast::default(),
            run_history: None,
            alerts: Alerts::default(),
            last_click: None,
        };
        if let Some(warning) = config.warnings.into_iter().next() {
            model.notify(Severity::Warning, warning);
        }
        if matches!(model.source, ConfigSource::NoFile(_)) && model.environments.is_empty() {
            model.open_setup();
        }
        // The effects follow from the model: `begin` has them all.
        model.follow(follows);
        model.refit();
        model
    }

    /// Lets the first-run form open on what the files of hotglue's own tool
    /// hold.
    pub fn offer(&mut self, found: &HotglueCli) {
        self.setup_form = SetupForm::from_hotglue_cli(found);
        if matches!(self.overlay, Some(Overlay::Setup(_))) {
            self.open_setup();
        }
    }

    pub(super) fn open_setup(&mut self) {
        self.overlay = Some(self.setup_form.clone().into());
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

    /// The shortest time in which every unfinished job can be polled once,
    /// where the rate limit makes it longer than the poll interval.
    pub fn stretched_interval(&self) -> Option<Duration> {
        let counts = self.jobs.counts();
        self.settings
            .stretched_interval(counts.total() - counts.finished())
    }

    /// The time that is shown: of the freeze, while there is one.
    pub fn shown_now(&self) -> Timestamp {
        self.freeze.as_ref().map_or(self.now, |freeze| freeze.at)
    }

    /// The effects that put a new model into operation: environments are
    /// connected, jobs watched, tenants discovered, and the history queried.
    pub fn begin(&self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let connections: Vec<_> = self
            .environments
            .iter()
            .map(|entry| (entry.id, entry.config.clone()))
            .collect();
        if !connections.is_empty() {
            effects.push(Effect::Connect(connections, self.settings.limits()));
        }
        let targets: Vec<_> = self.jobs.all().map(|row| self.target(row)).collect();
        if !targets.is_empty() {
            effects.push(Effect::Watch(targets));
        }
        effects.extend(self.tenant_discoveries().map(Effect::AddTenantDiscovery));
        effects.extend(self.query_all_history());
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
}
