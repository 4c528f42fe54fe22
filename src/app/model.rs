//! The state of the dashboard. It is read by `ui` and changed only by
//! `update`.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Size;

use crate::app::alerts::Alerts;
use crate::app::clock::clock_time;
use crate::app::command_runs::CommandRuns;
use crate::app::config_edit::{Changes, Follows};
use crate::app::detail::{Detail, DetailContext, Severity};
use crate::app::environments::Environments;
use crate::app::filter_input::FilterInput;
use crate::app::gates::GateBaselines;
use crate::app::input::{KeyMap, PasteBurst};
use crate::app::insights::{EventLog, Learning, RunHistory, StageSummary, stage_summaries};
use crate::app::jobs::{BurnUp, Columns, FilterClock, GroupBy, Jobs, Row, TableArrangement, View};
use crate::app::layout::{Contents, DetailPlacement, JobsView, ScreenLayout, strip_lines};
use crate::app::matrix_layout::MatrixLayout;
use crate::app::message_strip::MessageStrip;
use crate::app::overlay::{Discover, Overlay, SetupForm};
use crate::app::record::TimeTravel;
use crate::app::settings::{Display, EffectiveSettings};
use crate::config::{Accent, Config, CustomCommand, HotglueCli, ThemeName};
use crate::rollout::{Eta, Forecast, ForecastScope};
use crate::watch::{Batch, CircuitLog, JobId};

/// The most lines of a message below the matrix, which needs the room.
const MATRIX_MESSAGE: u16 = 2;
/// How long a notice is shown.
const NOTICE_TIME: SignedDuration = SignedDuration::from_secs(5);

/// The state of the dashboard.
#[derive(Debug)]
pub struct Model {
    // Time and window.
    /// The time of the last message.
    pub(crate) now: Timestamp,
    /// The time zone for clock times.
    pub(crate) zone: TimeZone,
    /// The size of the window in cells.
    pub size: Size,
    /// How the window is divided.
    pub layout: ScreenLayout,

    // The configuration, and changes to it.
    /// Where the config comes from.
    pub(crate) source: ConfigSource,
    /// The environments.
    pub environments: Environments,
    /// The settings in effect.
    pub settings: EffectiveSettings,
    /// The key bindings.
    pub(crate) keymap: KeyMap,
    /// The saved views.
    pub(crate) views: Vec<View>,
    /// The custom commands.
    pub(crate) commands: Vec<CustomCommand>,
    /// Their runs.
    pub(crate) command_runs: CommandRuns,
    /// The followed flows.
    pub(crate) follows: Follows,
    /// Changes that are not saved yet or can be undone.
    pub changes: Changes,
    /// Why the config file cannot be used as it is, if it cannot.
    pub(crate) file_problem: Option<String>,

    // The jobs, and what is known beside them.
    /// The watched jobs.
    pub jobs: Jobs,
    /// The forecast of the running jobs.
    pub(crate) forecast: Forecast,
    /// Whether earlier runs became known that the baselines do not include.
    pub(super) is_baseline_outdated: bool,
    /// When the baselines were queried last.
    pub(super) baselines_queried: Option<Timestamp>,
    /// What gates compare with the baseline.
    pub(super) gates: GateBaselines,
    /// The transitions that were seen.
    pub events: EventLog,
    /// The earlier runs of the selected job's tenant and flow.
    pub(super) run_history: Option<RunHistory>,
    /// The states of environments that the history has.
    pub(super) circuit_log: CircuitLog,
    /// The flows with a baseline, and the learning of others.
    pub(super) learning: Learning,
    /// What the user has not been notified of or has not seen yet.
    pub(crate) alerts: Alerts,

    // Polling and showing.
    /// Whether polling is paused.
    pub paused: bool,
    /// The jobs that are polled first while the rate limit delays polls.
    pub(super) polled_first: Vec<JobId>,
    /// What is held back while the dashboard is frozen.
    pub freeze: Option<Freeze>,
    /// Where in the record the dashboard is, while it shows the past.
    pub time_travel: Option<TimeTravel>,
    /// The dashboard of that moment, which is shown in place of this one.
    pub(super) past: Option<Box<Model>>,

    // What is on the screen.
    /// The index of the view in use.
    pub view: Option<usize>,
    /// How the table is arranged without a view, while one is in use.
    pub(super) arrangement: Option<TableArrangement>,
    /// Whether the table is shown as the matrix.
    pub(crate) matrix: bool,
    /// What the table was grouped by before the matrix, which groups by flow.
    pub(super) grouped_before_matrix: GroupBy,
    /// The message of the selected job.
    pub(crate) strip: MessageStrip,
    /// The detail pane.
    pub detail: Detail,
    /// The open overlay.
    pub overlay: Option<Overlay>,
    /// The filter while it is being typed.
    pub filter_input: Option<FilterInput>,
    /// The paste that is being collected.
    pub(super) paste_burst: PasteBurst,
    /// A message for the user that disappears.
    pub(crate) notice: Option<Notice>,
    /// The first-run form as it opens.
    pub(super) setup_form: SetupForm,
    /// The browser as it was closed last, for its marks.
    pub(super) closed_browser: Option<Discover>,
    /// The number of the last listing request.
    pub(super) next_list: u64,
    /// The job and time of the last click, to recognize a double click.
    pub(super) last_click: Option<(JobId, Timestamp)>,
}

/// What a model is made from.
#[derive(Debug)]
pub struct ModelConfig {
    /// The watched jobs and all settings.
    pub(crate) config: Config,
    /// Where the config comes from.
    pub(crate) source: ConfigSource,
    /// The key bindings.
    pub keymap: KeyMap,
    /// What the terminal can show.
    pub(crate) display: Display,
    /// The time.
    pub(crate) now: Timestamp,
    /// The time zone for clock times.
    pub(crate) zone: TimeZone,
    /// The size of the window in cells.
    pub(crate) size: Size,
}

impl ModelConfig {
    /// A model with the default keys, in UTC, on a terminal without limits.
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

/// Where the config comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// The config file at this path.
    File(String),
    /// No file; the first-run form creates one at this path.
    NoFile(String),
    /// The simulation of `hgtop demo`; changes are not saved.
    Demo,
    /// The record of a history; nothing is watched.
    Replay,
}

/// A frozen dashboard.
#[derive(Debug)]
pub struct Freeze {
    /// The time that it shows.
    pub(crate) at: Timestamp,
    /// What the watcher has learned since.
    pub(super) held: Batch,
}

/// A message for the user that disappears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// How to draw it.
    pub(crate) severity: Severity,
    /// The message.
    pub(crate) text: String,
    /// When it disappears.
    pub(crate) until: Timestamp,
}

impl Model {
    /// The dashboard before the first poll.
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
        let mut rows: Vec<Row> = Vec::new();
        for (job, number) in config.jobs.into_iter().zip(0..) {
            let job = adopted.job(job);
            let name = environments.name(job.environment);
            rows.push(Row::new(JobId(number), job, name));
        }
        let follows = config.follows.into_iter();
        let follows: Vec<_> = follows.map(|follow| adopted.follow(follow)).collect();
        let has_tags = rows.iter().any(|row| !row.tags.is_empty());
        let columns = Columns::new(environments.len() > 1, has_tags);
        let mut model = Self {
            now,
            zone,
            size,
            layout: ScreenLayout::default(),
            source,
            environments,
            settings: EffectiveSettings::new(config.settings, display),
            keymap,
            views: Vec::new(),
            commands: config.commands,
            command_runs: CommandRuns::default(),
            follows: Follows::default(),
            changes: Changes::default(),
            file_problem: None,
            jobs: Jobs::new(rows, columns),
            forecast: Forecast::default(),
            is_baseline_outdated: false,
            baselines_queried: None,
            gates: GateBaselines::default(),
            events: EventLog::default(),
            run_history: None,
            learning: Learning::default(),
            circuit_log: CircuitLog::default(),
            alerts: Alerts::default(),
            paused: false,
            polled_first: Vec::new(),
            freeze: None,
            time_travel: None,
            past: None,
            view: None,
            arrangement: None,
            matrix: false,
            grouped_before_matrix: GroupBy::None,
            strip: MessageStrip::default(),
            detail: Detail::default(),
            overlay: None,
            filter_input: None,
            paste_burst: PasteBurst::default(),
            notice: None,
            setup_form: SetupForm::default(),
            closed_browser: None,
            next_list: 0,
            last_click: None,
        };
        // The model is not in operation yet: `start` watches every row.
        model.follow(follows);
        if let Some(warning) = config.warnings.into_iter().next() {
            model.notify(Severity::Warning, warning);
        }
        if matches!(model.source, ConfigSource::NoFile(_)) && model.environments.is_empty() {
            model.open_setup();
        }
        model.jobs.set_clock(FilterClock {
            now,
            zone: model.zone.clone(),
        });
        model.set_views(&config.views);
        model.refit();
        // `start` records the list.
        model.jobs.take_list_change();
        model
    }

    /// Fills the first-run form with what the files of hotglue's own CLI say.
    pub(crate) fn offer(&mut self, found: &HotglueCli) {
        self.setup_form = SetupForm::from_hotglue_cli(found);
        if matches!(self.overlay, Some(Overlay::Setup(_))) {
            self.open_setup();
        }
    }

    /// Opens the first-run form.
    pub(super) fn open_setup(&mut self) {
        self.overlay = Some(self.setup_form.clone().into());
    }

    /// Formats a time for reading, in the user's time zone.
    pub(crate) fn clock(&self, time: Timestamp) -> String {
        clock_time(time, self.now, &self.zone)
    }

    /// The time to show: that of the freeze, while the dashboard is frozen.
    pub(crate) fn shown_now(&self) -> Timestamp {
        self.freeze.as_ref().map_or(self.now, |freeze| freeze.at)
    }

    /// The time within which every unfinished job is polled once, where the rate
    /// limit makes it longer than the poll interval.
    pub(crate) fn stretched_interval(&self) -> Option<Duration> {
        let counts = self.jobs.counts();
        self.settings
            .stretched_interval(counts.total() - counts.finished())
    }

    /// The jobs that finished over time, in at most `most` steps.
    pub(crate) fn burn_up(&self, most: usize) -> BurnUp {
        let activity = &self.jobs.tallies().activity;
        activity.burn_up(None, self.shown_now(), most)
    }

    /// The ETA of all jobs, where it can be forecast.
    pub(crate) fn eta(&self) -> Option<&Eta> {
        self.forecast.eta(&ForecastScope::All)
    }

    /// How long the stages took, beside their baselines.
    pub(crate) fn stage_summaries(&self) -> Vec<StageSummary> {
        stage_summaries(&self.jobs.tallies().stages, &self.forecast)
    }

    /// The color of the frames: that of the selected job's environment, or of
    /// the only one.
    pub(crate) fn frame_accent(&self) -> Option<Accent> {
        let selected = self.jobs.selected().map(|row| row.environment);
        let environment = match selected {
            Some(id) => self.environments.get(id),
            None => self
                .environments
                .iter()
                .next()
                .filter(|_| self.environments.len() == 1),
        };
        environment?.config.accent
    }

    /// Shows a notice.
    pub(super) fn notify(&mut self, severity: Severity, text: impl Into<String>) {
        self.notify_for(NOTICE_TIME, severity, text);
    }

    /// Shows a notice for a duration.
    pub(super) fn notify_for(
        &mut self,
        duration: SignedDuration,
        severity: Severity,
        text: impl Into<String>,
    ) {
        let until = self.now.checked_add(duration).unwrap_or(self.now);
        self.notice = Some(Notice {
            severity,
            text: text.into(),
            until,
        });
    }
}

/// The division of the window.
impl Model {
    /// Divides the window for what it has to hold now, and fits the list and
    /// the detail pane into their parts.
    pub(super) fn refit(&mut self) {
        let most = strip_lines(self.size).saturating_sub(1);
        self.strip.update(self.jobs.selected(), self.size, most);
        let contents = self.contents();
        self.layout.update(self.size, contents);
        self.jobs.fit(usize::from(self.layout.rows.height));
        if let Some(text) = self.layout.detail_text() {
            self.lay_out_detail(text.width, text.height);
        }
    }

    /// How the matrix divides the area of the table.
    pub(crate) fn matrix_layout(&self) -> MatrixLayout {
        let appearance = self.settings.appearance();
        let can_halve = appearance.unicode && appearance.theme != ThemeName::Mono;
        let area = self.layout.table();
        MatrixLayout::new(area, self.jobs.table().sections(), can_halve)
    }

    fn contents(&self) -> Contents {
        let is_narrowed = self.jobs.table().settings().are_narrowing();
        let has_lines = self.jobs.table().line_count() > 0;
        Contents {
            progress: self.jobs.counts().total() > 0,
            rollout: self.follows.iter().any(|(_, it)| it.flow.since.is_some()),
            banners: usize::from(self.file_problem.is_some())
                + usize::from(!self.changes.unsaved.is_empty())
                + self.environments.with_problems().count(),
            views: !self.views.is_empty(),
            filter_lines: match &self.filter_input {
                Some(input) => 1 + u16::from(input.error.is_some()),
                None => u16::from(is_narrowed),
            },
            detail: match (self.detail.open, self.detail.zoomed) {
                (false, _) => DetailPlacement::None,
                (true, false) => DetailPlacement::Split,
                (true, true) => DetailPlacement::Zoomed,
            },
            strip: match self.strip.height() {
                _ if self.detail.open || !has_lines => 0,
                height if self.matrix => 1 + height.min(MATRIX_MESSAGE),
                height => 1 + height,
            },
            jobs: if self.matrix {
                JobsView::Matrix
            } else {
                JobsView::Table
            },
        }
    }

    fn lay_out_detail(&mut self, width: u16, height: u16) {
        let row = self.jobs.selected();
        let runs = self.run_history.as_ref();
        let context = DetailContext {
            now: self.now,
            shown_now: self.shown_now(),
            zone: &self.zone,
            environments: &self.environments,
            settings: &self.settings,
            keymap: &self.keymap,
            forecast: &self.forecast,
            runs: runs.filter(|runs| row.is_some_and(|row| runs.is_of(row))),
            paused: self.paused,
        };
        self.detail.lay_out(row, &context, width, height);
    }
}
